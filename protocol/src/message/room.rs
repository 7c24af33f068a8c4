//! A room, who is in it, and why one is not.

use serde::Serialize;

use super::{Call, ChatEntry, Media};
use crate::id::{ParticipantId, RoomCode, RoomId};

/// A room as a page sees it on arrival.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoomSnapshot {
    /// Which room.
    pub room: RoomId,
    /// The code to share for this room.
    pub code: RoomCode,
    /// How many people fit.
    pub capacity: u32,
    /// Everybody in it, the receiver included, earliest first.
    pub members: Vec<Member>,
    /// The call, if one is on.
    pub call: Option<Call>,
    /// What was said, oldest first.
    pub history: Vec<ChatEntry>,
    /// Whether older messages were dropped ([`HISTORY_MESSAGES`](super::HISTORY_MESSAGES), [`HISTORY_BYTES`](super::HISTORY_BYTES)).
    pub truncated: bool,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Who.
    pub id: ParticipantId,
    /// The name shown; empty until given.
    pub name: String,
    /// Which loading of the page it is; one end of a [`Link`](super::Link).
    pub incarnation: u32,
    /// Rises with each coming into any room: of two members the lower came earlier, and no two rooms have it twice. The earlier
    /// allocates the transceivers.
    pub order: u64,
    /// Whether the page is there.
    pub presence: Presence,
    /// What the member says of the own media.
    pub media: Media,
}

/// Whether a member's page is reachable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Connected.
    #[default]
    Here,
    /// Connected or not, the page said it goes away (another tab, a reload, the phone's home screen).
    Away,
    /// The connection broke; the member may come back.
    Lost,
}

/// How a member left the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneReason {
    /// By own wish.
    Left,
    /// Was unreachable too long, or the seat was needed.
    Expired,
}

/// Why one did not come into a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EnterError {
    /// Nothing was typed. (Found on the page.)
    #[error("no code was given")]
    Empty,
    /// What was typed is no code. (Found on the page.)
    #[error("that is not a code")]
    Malformed,
    /// It is the person's own code.
    #[error("that is your own code")]
    OwnCode,
    /// Unknown, expired, or closed: one answer.
    #[error("room not found or closed")]
    NotFound,
    /// No seat is free.
    #[error("the room is full")]
    Full,
    /// Too many wrong codes from this address.
    #[error("too many wrong codes")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The room can't be left or entered right now (the person is in a call).
    #[error("end the call first")]
    InCall,
}
