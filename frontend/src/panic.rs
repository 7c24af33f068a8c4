//! When the engine panics it cannot go on (a panic aborts in WASM): everything that runs is ended, so that the others see it too, and
//! the page says so, plainly. The same when an exception of the browser's has gone through the engine.
//!
//! It uses raw DOM only, and no Rust closure: nothing of the engine may be trusted any more.

use std::{
    cell::{Cell, RefCell},
    panic::PanicHookInfo,
};

use app::{i18n, locale::Locale};
use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, MediaStream, MediaStreamTrack, MediaStreamTrackState, RtcPeerConnection, RtcPeerConnectionState, WebSocket, console,
};

thread_local! {
    /// Everything that runs without the engine, so that its end can end it.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// What goes on when the engine does not.
pub(crate) enum Running {
    /// A local track: a camera's light stays on.
    Track(MediaStreamTrack),
    /// The others see the person in the room.
    Socket(WebSocket),
    /// They hear and see what is still sent.
    Connection(RtcPeerConnection),
}

impl Running {
    fn runs(&self) -> bool {
        match self {
            Self::Track(track) => track.ready_state() == MediaStreamTrackState::Live,
            Self::Socket(socket) => socket.ready_state() < WebSocket::CLOSING,
            Self::Connection(connection) => connection.connection_state() != RtcPeerConnectionState::Closed,
        }
    }

    fn end(&self) {
        match self {
            Self::Track(track) => track.stop(),
            Self::Socket(socket) => drop(socket.close()),
            Self::Connection(connection) => connection.close(),
        }
    }
}

/// From now on a panic ends this.
pub(crate) fn watch(it: Running) {
    if stopped() {
        return it.end();
    }
    RUNNING.with_borrow_mut(|running| {
        running.retain(Running::runs);
        running.push(it);
    });
}

/// What a prompt that was still open has brought: nobody will take it if the engine has stopped.
pub(crate) fn watch_opened(stream: &MediaStream) {
    if stopped() {
        stream.get_tracks().iter().for_each(|track| track.unchecked_into::<MediaStreamTrack>().stop());
    }
}

/// Before anything else runs.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| stop(&info.to_string())));
}

/// Whether the engine has stopped for good.
pub(crate) fn stopped() -> bool {
    STOPPED.get()
}

/// The engine cannot go on, for this reason.
pub(crate) fn stop(why: &str) {
    STOPPED.set(true);
    let trace = Reflect::get(&js_sys::Error::new(""), &JsValue::from_str("stack")).unwrap_or_default();
    console::error_2(&JsValue::from_str(why), &trace);
    RUNNING.with(|running| {
        if let Ok(running) = running.try_borrow() {
            running.iter().for_each(Running::end);
        }
    });
    if show().is_none() {
        console::error_1(&JsValue::from_str("the notice could not be shown"));
    }
}

fn show() -> Option<()> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let body = document.body()?;
    if document.query_selector(".panic-notice").ok()?.is_some() {
        return Some(());
    }
    // `location.reload` itself, bound: a click needs nothing of the stopped engine.
    let location: JsValue = window.location().into();
    let reload: Function = Reflect::get(&location, &JsValue::from_str("reload")).ok()?.dyn_into().ok()?;
    let reload: Function = reload.bind0(&location).unchecked_into();
    let notice = document.create_element("div").ok()?;
    notice.set_class_name("boot-notice panic-notice");
    notice.set_attribute("role", "alert").ok()?;
    // An open window would lie over it and make it deaf.
    while let Some(window) = document.query_selector("dialog[open]").ok()? {
        window.remove();
    }
    // In every language: which one is chosen is known only to the page that has stopped.
    let element = |name: &str, text: &str| -> Option<Element> {
        let element = document.create_element(name).ok()?;
        element.set_text_content(Some(text));
        notice.append_child(&element).ok()?;
        Some(element)
    };
    for locale in Locale::ALL {
        element("p", i18n::texts(locale).panicked)?.set_attribute("lang", locale.code()).ok()?;
    }
    let button = element("button", &Locale::ALL.map(|locale| i18n::texts(locale).reload).join(" · "))?;
    button.set_class_name("button button--primary");
    button.set_attribute("type", "button").ok()?;
    button.add_event_listener_with_callback("click", &reload).ok()?;
    body.append_child(&notice).ok()?;
    Some(())
}
