//! The browser engine: hydrates the page, then carries out the session's effects and reports what the browser does.
//!
//! It decides nothing about calls: that is `protocol::client::Session`. `hydrate` is what the page's start script runs.

// The page's view types are deep in a release build, where they are not erased.
#![recursion_limit = "256"]

mod devices;
mod engine;
mod event;
mod first_frame;
mod meter;
mod outgoing;
mod page;
mod panic;
mod peer_connection;
mod sharpness;
mod socket;
mod sound;
mod stats;
mod storage;
mod streams;

use std::sync::Arc;

use app::{
    App,
    call::{CallHandle, ViewSignals},
    pages::address::{current, is_home},
};
use leptos::prelude::provide_context;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web::{bindings, listener, timer};

/// Makes the server-rendered page live, then starts the engine.
///
/// The engine waits for the next microtask: what the page shows first must not wait for it.
#[wasm_bindgen]
pub fn hydrate() {
    panic::install();
    leptos::mount::hydrate_body(|| {
        // The signals are made inside: the page's root owns them, so they live as long as the page.
        let view = ViewSignals::new();
        provide_context(CallHandle::new(view, Arc::new(engine::Handle)));
        // A page that leads nowhere makes no room and asks for no camera.
        if is_home(&current()) {
            spawn_local(async move { engine::start(view) });
        }
        App()
    });
}
