//! What both programs of the browser, the page's engine and the check, need of it: listeners, timers, devices, tones. No rules, no
//! state of a call.

pub mod bindings;
pub mod capture;
pub mod ear;
pub mod ice;
pub mod listener;
pub mod page;
pub mod timer;
pub mod tone;
