//! STUN and TURN servers as browsers take them.

use js_sys::Array;
use protocol::message::IceServer;
use wasm_bindgen::JsValue;
use web_sys::RtcIceServer;

/// A server as browsers want it.
#[must_use]
pub fn ice_server(server: &IceServer) -> RtcIceServer {
    let init = RtcIceServer::new();
    init.set_urls(&server.urls.iter().map(|url| JsValue::from_str(url)).collect::<Array>());
    if let Some(username) = &server.username {
        init.set_username(username);
    }
    if let Some(credential) = &server.credential {
        init.set_credential(credential);
    }
    init
}
