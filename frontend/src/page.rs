//! The page itself: its clock, randomness, address, and what happens to it (hidden, shown, first touch).

use std::cell::RefCell;

use js_sys::Reflect;
use protocol::{client::Input, id::RoomCode};
use wasm_bindgen::{JsCast as _, JsValue};
pub(crate) use web::page::{now, warn};
use web_sys::{Event, EventTarget, PageTransitionEvent, VisibilityState, Window};

use crate::{engine, event, listener::Listener};

/// A random number from the browser's secure source; 0 where there is none.
pub(crate) fn random(window: &Window) -> u64 {
    let mut bytes = [0; 8];
    if let Ok(crypto) = window.crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    u64::from_le_bytes(bytes)
}

/// The code in the address `/<code>`, if it is one.
pub(crate) fn link(window: &Window) -> Option<RoomCode> {
    let path = window.location().pathname().ok()?;
    RoomCode::parse(&path).ok()
}

/// Shows the code's address, without loading.
pub(crate) fn show_link(window: &Window, code: Option<RoomCode>) {
    let path = code.map_or_else(|| "/".to_owned(), |code| format!("/{code}"));
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
}

/// Reports what happens to the page, as long as the listeners live.
pub(crate) fn listen(window: &Window) -> Vec<Listener> {
    let mut listeners = vec![
        Listener::new::<Event>(window, "pagehide", |_| engine::input(Input::Hidden)),
        Listener::new::<PageTransitionEvent>(window, "pageshow", |event| {
            if event.persisted() {
                engine::input(Input::Shown);
            }
        }),
        Listener::new::<Event>(window, "online", |_| engine::input(Input::NetworkChanged)),
    ];
    listeners.extend(listen_to_network(window));
    if let Some(document) = window.document() {
        listeners.push(Listener::new::<Event>(&document, "freeze", |_| engine::input(Input::Hidden)));
        listeners.push(Listener::new::<Event>(&document, "resume", |_| engine::input(Input::Shown)));
        let page = document.clone();
        listeners.push(Listener::new::<Event>(&document, "visibilitychange", move |_| {
            if page.visibility_state() == VisibilityState::Visible {
                engine::input(Input::Shown);
            }
        }));
        for touch in ["pointerup", "keydown"] {
            listeners.push(Listener::new::<Event>(&document, touch, |_| engine::dispatch(event::Event::Touched)));
        }
    }
    listeners
}

/// From Wi-Fi to a mobile network, where the browser tells (Network Information API: Android and Chrome OS). Its `change` also says how
/// fast the same network seems to be, which is no cause for anything.
fn listen_to_network(window: &Window) -> Option<Listener> {
    let kind = |connection: &JsValue| Reflect::get(connection, &"type".into()).ok().and_then(|kind| kind.as_string());
    let connection = Reflect::get(&window.navigator(), &"connection".into()).ok()?.dyn_into::<EventTarget>().ok()?;
    let last = RefCell::new(kind(&connection));
    let now = connection.clone();
    Some(Listener::new::<Event>(&connection, "change", move |_| {
        let kind = kind(&now);
        // Without any there is nothing to try; `online` follows.
        if last.replace(kind.clone()) != kind && kind.is_some_and(|kind| kind != "none") {
            engine::input(Input::NetworkChanged);
        }
    }))
}
