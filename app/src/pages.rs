//! The pages. A page composes components.

pub mod address;
#[cfg(feature = "ssr")]
pub mod check;
pub mod home;
pub mod not_found;
#[cfg(feature = "ssr")]
pub mod trust;
