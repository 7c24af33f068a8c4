//! Event listeners that end with their owner. `forget()` is never used.

use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, EventTarget};

/// Listens until it is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Option<Closure<dyn Fn(Event)>>,
}

impl Listener {
    /// Calls `on` with every such event at `target`. `E` must be what the browser sends for `event`.
    pub fn new<E: JsCast>(target: &EventTarget, event: &'static str, on: impl Fn(E) + 'static) -> Self {
        Self::attach(target, event, Closure::new(move |event: Event| on(event.unchecked_into())))
    }

    /// What is the same for every kind of event, compiled once.
    fn attach(target: &EventTarget, event: &'static str, closure: Closure<dyn Fn(Event)>) -> Self {
        // Fails only for a callback that is no function.
        let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), event, closure: Some(closure) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(closure) = self.closure.take() {
            let _ = self.target.remove_event_listener_with_callback(self.event, closure.as_ref().unchecked_ref());
            drop_later(closure);
        }
    }
}

/// Drops in a later microtask: what an event brings about may drop the very closure that is running.
pub fn drop_later<T: 'static>(value: T) {
    spawn_local(async move { drop(value) });
}
