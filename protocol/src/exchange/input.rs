//! What happens to the exchange: the shell tells it, in this one enum.

use crate::{
    id::{PageId, ParticipantId},
    message::ClientMessage,
};

/// One socket. Numbers are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What happens to the exchange.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A socket said `hello` with a token that the shell has verified.
    Connected {
        /// The socket.
        connection: ConnectionId,
        /// Whom the token names.
        participant: ParticipantId,
        /// The loading of the page. The same page again is the same incarnation; another one raises it.
        page: PageId,
        /// The name in the `hello`.
        name: Option<String>,
        /// The incarnation that the token was signed for.
        signed: u32,
        /// The incarnation in the `hello` of a page that comes back. Lower than the newest: closed as superseded.
        resuming: Option<u32>,
    },
    /// A later frame of the socket. A second `hello` is a [`CloseCode::BadMessage`].
    Message {
        /// The socket.
        connection: ConnectionId,
        /// The frame.
        message: ClientMessage,
    },
    /// The socket is gone. Unknown and already replaced sockets are ignored.
    Disconnected {
        /// The socket.
        connection: ConnectionId,
    },
    /// Time has passed; a deadline may be due.
    Wake,
}
