//! What is said in a room, in its one order.

use serde::Serialize;

use crate::{
    Millis,
    id::{MessageId, ParticipantId},
};

/// What is said in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Plain text; markup in it is text.
    Plain {
        /// 1 to [`TEXT_MAX`](super::TEXT_MAX) characters.
        text: String,
    },
    /// A later version's body.
    Unknown,
}

/// Something said, in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChatEntry {
    /// Its place in the room's one order.
    pub order: ChatOrder,
    /// Who said it.
    pub from: ParticipantId,
    /// Their name then.
    pub name: String,
    /// Their id for it.
    pub id: MessageId,
    /// What.
    pub body: Body,
    /// When the server took it: Unix time in milliseconds.
    pub at: Millis,
}

/// A place in a room's chat: first by `epoch` (rises when a server has lost the end of a chat), then by `seq`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ChatOrder {
    /// The server's life.
    pub epoch: u64,
    /// From 1, without gaps.
    pub seq: u64,
}

/// Why a chat message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ChatError {
    /// Nothing in it.
    #[error("the message is empty")]
    Empty,
    /// Over [`TEXT_MAX`](super::TEXT_MAX).
    #[error("the message is too long")]
    TooLong,
    /// The sender is not in the room it was meant for.
    #[error("the sender is in another room")]
    OtherRoom,
    /// More messages than one person writes. It may be said again a little later.
    #[error("too many messages at once")]
    TooFast,
    /// A body of a later version.
    #[error("the message's kind is not known here")]
    Unknown,
}
