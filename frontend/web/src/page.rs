//! The page itself: its clock, its console, where its sockets lead.

use protocol::Millis;
use wasm_bindgen::JsValue;
use web_sys::Window;

/// Milliseconds since the page began, by a clock that never jumps.
#[must_use]
pub fn now(window: &Window) -> Millis {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and never negative; saturates")]
    window.performance().map_or(0, |performance| performance.now() as Millis)
}

/// A line in the console, for who looks into a problem. Never with a description, a name, a code or a token.
pub fn warn(what: &str, detail: &JsValue) {
    web_sys::console::warn_2(&JsValue::from_str(&format!("baylanys: {what}")), detail);
}

/// Where sockets of this page lead.
///
/// # Errors
/// The browser does not tell the page's address.
pub fn socket_address(window: &Window) -> Result<String, JsValue> {
    let location = window.location();
    let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
    Ok(format!("{scheme}://{}/ws", location.host()?))
}
