//! Answers of the server functions.

use serde::Serialize;

/// What `room_info` tells before one enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RoomInfo {
    /// How many are in it.
    pub people: u32,
    /// How many fit.
    pub capacity: u32,
}

/// What `create_room` gives: a fresh session in a room of one's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticket {
    /// For [`ClientMessage::Hello`].
    pub token: String,
}

/// A STUN or TURN server (W3C WebRTC §4.2.4 `RTCIceServer`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` addresses.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

/// What `ice_servers` gives: how connections to others begin (W3C WebRTC §4.2.1 `RTCConfiguration`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IceConfig {
    /// May be none: two on one network need none.
    pub servers: Vec<IceServer>,
    /// Until a call is accepted the other learns no address of this page: only relayed candidates, or, without a TURN server, no
    /// connection.
    pub hide_addresses: bool,
    /// For how many seconds the credentials are good; `None`: for good.
    pub good_for: Option<u32>,
}

impl IceConfig {
    /// Whether a TURN server is among them.
    #[must_use]
    pub fn relays(&self) -> bool {
        self.servers.iter().flat_map(|server| &server.urls).any(|url| url.starts_with("turn:") || url.starts_with("turns:"))
    }
}
