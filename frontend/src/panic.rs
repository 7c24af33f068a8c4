//! When the engine panics it cannot go on (a panic aborts in WASM): the devices are stopped and the page says so, plainly.
//!
//! It uses raw DOM only, and no Rust closure: nothing of the engine may be trusted any more.

use std::{cell::RefCell, panic::PanicHookInfo};

use app::{i18n, locale::Locale};
use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MediaStreamTrack, MediaStreamTrackState, console};

thread_local! {
    /// Every live local track, so that a panic can stop them.
    static LOCAL: RefCell<Vec<MediaStreamTrack>> = const { RefCell::new(Vec::new()) };
}

/// From now on a panic stops this local track.
pub(crate) fn watch(track: &MediaStreamTrack) {
    LOCAL.with_borrow_mut(|tracks| {
        tracks.retain(|track| track.ready_state() == MediaStreamTrackState::Live);
        // The handle, not the track: `track.clone()` is the browser's own method and would open it a second time.
        tracks.push(Clone::clone(track));
    });
}

/// Before anything else runs.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let trace = Reflect::get(&js_sys::Error::new(""), &JsValue::from_str("stack")).unwrap_or_default();
    console::error_2(&JsValue::from_str(&info.to_string()), &trace);
    LOCAL.with(|tracks| {
        if let Ok(tracks) = tracks.try_borrow() {
            tracks.iter().for_each(MediaStreamTrack::stop);
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
    notice.set_class_name("panic-notice");
    notice.set_attribute("role", "alert").ok()?;
    // In every language: which one is chosen is known only to the page that has stopped.
    for locale in Locale::ALL {
        let texts = i18n::texts(locale);
        let element = |name: &str, text: &str| -> Option<Element> {
            let element = document.create_element(name).ok()?;
            element.set_text_content(Some(text));
            element.set_attribute("lang", locale.code()).ok()?;
            notice.append_child(&element).ok()?;
            Some(element)
        };
        element("p", texts.panicked)?;
        let button = element("button", texts.reload)?;
        button.set_attribute("type", "button").ok()?;
        button.add_event_listener_with_callback("click", &reload).ok()?;
    }
    body.append_child(&notice).ok()?;
    Some(())
}
