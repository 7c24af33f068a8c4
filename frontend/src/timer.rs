//! One resettable timer. It says only that time has passed; what is due then its owner knows.

use protocol::Millis;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Window;

use crate::listener::drop_later;

/// The longest delay `setTimeout` takes; longer ones would fire at once.
const LONGEST: Millis = i32::MAX as Millis;

/// A `setTimeout` that is set anew as often as needed.
pub(crate) struct Timer {
    window: Window,
    callback: Option<Closure<dyn Fn()>>,
    set: Option<(i32, Millis)>,
}

impl Timer {
    /// A timer that is not set; it calls `on` whenever it fires.
    pub(crate) fn new(window: &Window, on: impl Fn() + 'static) -> Self {
        Self { window: window.clone(), callback: Some(Closure::new(on)), set: None }
    }

    /// To fire at `due` (by the same clock as `now`), or not at all. What was set before no longer counts.
    pub(crate) fn set(&mut self, due: Option<Millis>, now: Millis) {
        // A due moment that has passed needs a new timeout even if it is the same: the old one has fired.
        if let (Some((_, set)), Some(due)) = (self.set, due)
            && set == due
            && due > now
        {
            return;
        }
        self.clear();
        let (Some(due), Some(callback)) = (due, &self.callback) else { return };
        let delay = i32::try_from(due.saturating_sub(now).min(LONGEST)).unwrap_or(i32::MAX);
        self.set = self
            .window
            .set_timeout_with_callback_and_timeout_and_arguments_0(callback.as_ref().unchecked_ref(), delay)
            .ok()
            .map(|handle| (handle, due));
    }

    /// Whether it is going to fire, or has fired and was not set anew.
    pub(crate) fn is_set(&self) -> bool {
        self.set.is_some()
    }

    /// Not set any more.
    pub(crate) fn clear(&mut self) {
        if let Some((handle, _)) = self.set.take() {
            self.window.clear_timeout_with_handle(handle);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.clear();
        if let Some(callback) = self.callback.take() {
            drop_later(callback);
        }
    }
}
