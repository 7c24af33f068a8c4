//! One resettable timer. It says only that time has passed; what is due then its owner knows.

use std::{cell::Cell, rc::Rc};

use protocol::Millis;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Window;

use crate::listener::drop_later;

/// The longest delay `setTimeout` takes; longer ones would fire at once.
const LONGEST: Millis = i32::MAX as Millis;

/// A `setTimeout` that is set anew as often as needed.
pub struct Timer {
    window: Window,
    callback: Option<Closure<dyn Fn()>>,
    due: Option<Millis>,
    /// The timeout that is under way. None once it has fired, be it before `due`: the browser's timers and its clock need not agree.
    timeout: Rc<Cell<Option<i32>>>,
}

impl Timer {
    /// A timer that is not set; it calls `on` whenever it fires.
    pub fn new(window: &Window, on: impl Fn() + 'static) -> Self {
        let timeout = Rc::new(Cell::new(None));
        let fired = Rc::clone(&timeout);
        let callback = Closure::new(move || {
            fired.set(None);
            on();
        });
        Self { window: window.clone(), callback: Some(callback), due: None, timeout }
    }

    /// To fire at `due` (by the same clock as `now`), or not at all. What was set before no longer counts.
    pub fn set(&mut self, due: Option<Millis>, now: Millis) {
        if due.is_some() && due == self.due && self.timeout.get().is_some() {
            return;
        }
        self.clear();
        let (Some(due), Some(callback)) = (due, &self.callback) else { return };
        let delay = i32::try_from(due.saturating_sub(now).min(LONGEST)).unwrap_or(i32::MAX);
        let set = self.window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.as_ref().unchecked_ref(), delay);
        self.timeout.set(set.ok());
        self.due = Some(due);
    }

    /// Whether it is going to fire, or has fired and was not set anew.
    pub fn is_set(&self) -> bool {
        self.due.is_some()
    }

    /// Not set any more.
    pub fn clear(&mut self) {
        self.due = None;
        if let Some(timeout) = self.timeout.take() {
            self.window.clear_timeout_with_handle(timeout);
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
