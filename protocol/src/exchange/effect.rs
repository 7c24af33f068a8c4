//! What the exchange wants done: the shell does it, in this order.

use super::ConnectionId;
use crate::{
    id::{ParticipantId, RoomCode},
    message::{CloseCode, ServerMessage},
};

/// What the exchange wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put a frame in the socket's outbox.
    Send {
        /// The socket.
        connection: ConnectionId,
        /// The frame.
        message: ServerMessage,
    },
    /// Sign a fresh token for the participant and send it as [`ServerMessage::Token`].
    Issue {
        /// The socket.
        connection: ConnectionId,
        /// Whom it names.
        participant: ParticipantId,
        /// The incarnation it is for.
        incarnation: u32,
        /// The participant's own code.
        code: RoomCode,
    },
    /// Close the socket after what was sent before. No `Disconnected` need follow; one that does is ignored.
    Close {
        /// The socket.
        connection: ConnectionId,
        /// Why.
        code: CloseCode,
    },
    /// Somebody tried a code that leads nowhere: the shell counts it against the address.
    WrongCode {
        /// The socket.
        connection: ConnectionId,
    },
}
