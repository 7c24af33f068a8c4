//! Baylanys' pages and components, compiled twice: to HTML on the server (`ssr`), to live elements in the browser (`hydrate`).
//!
//! Nothing here touches WebRTC; components show signals of [`call::ViewSignals`] and send commands.

#![recursion_limit = "256"]

pub mod api;
pub mod app;
pub mod browser;
pub mod call;
pub mod components;
pub mod i18n;
pub mod keyboard;
pub mod link;
pub mod locale;
pub mod look;
pub mod page;
pub mod pages;
#[cfg(feature = "ssr")]
mod shell;
pub mod text;

pub use app::{App, Assets, Authority, PageConfig};
#[cfg(feature = "ssr")]
pub use shell::shell;
