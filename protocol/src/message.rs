//! The wire: JSON text frames, tagged enums. Golden files in `tests/golden` hold every message's form.
//!
//! Decoders (`read.rs`) ignore unknown fields; a message of an unknown type decodes as `Unknown` and is counted, never an error.

mod asked;
mod call;
mod chat;
mod close;
mod media;
mod peer;
mod room;

use serde::Serialize;

use crate::id::{CallId, MessageId, PageId, ParticipantId, RoomCode, RoomId};

pub use asked::{IceConfig, IceServer, RoomInfo, Ticket};
pub use call::{Call, CallEvent, Ring};
pub use chat::{Body, ChatEntry, ChatError, ChatOrder};
pub use close::CloseCode;
pub use media::{Media, Source, SourceState};
pub use peer::{Candidate, Endpoint, Link, PeerBody, PeerMessage, Round, SdpType};
pub use room::{EnterError, GoneReason, Member, Presence, RoomSnapshot};

/// The longest name, in characters, after trimming.
pub const NAME_MAX: usize = 40;
/// The longest chat message, in characters.
pub const TEXT_MAX: usize = 4_000;
/// The longest session description, in bytes.
pub const SDP_MAX: usize = 32 * 1024;
/// The longest ICE candidate line, in bytes.
pub const CANDIDATE_MAX: usize = 1024;
/// The largest frame from a page, in bytes. (What the server sends is bounded by [`HISTORY_BYTES`].)
pub const FRAME_MAX: usize = 64 * 1024;
/// How many messages a room keeps for those who come later.
pub const HISTORY_MESSAGES: usize = 500;
/// How many bytes of text a room keeps for those who come later.
pub const HISTORY_BYTES: usize = 256 * 1024;

/// From a page to the server. The first frame must be [`ClientMessage::Hello`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Who this is. Sent once, first.
    Hello {
        /// The wire version of the page.
        version: u32,
        /// The signed token from `create_room` or a later [`ServerMessage::Token`].
        token: String,
        /// This loading of the page.
        page: PageId,
        /// The person's name, if given already (a resumed session).
        name: Option<String>,
        /// The incarnation this very page was welcomed with before, when it comes back over a new socket. `None`: a new page, or
        /// one that the person wants to go on with here; it takes over. A lower one than the newest is refused: taken over since.
        #[serde(skip_serializing_if = "Option::is_none")]
        resuming: Option<u32>,
    },
    /// Come to the room of this code.
    Enter {
        /// Rises with each request of this page; the answer repeats it.
        request: u32,
        /// The code typed, or taken from a link.
        code: RoomCode,
    },
    /// The name to show to others; empty takes it back.
    Name {
        /// Trimmed, at most [`NAME_MAX`] characters; the server trims and cuts again.
        name: String,
    },
    /// Say something in the room.
    Chat {
        /// The room it is meant for: never shown in another.
        room: RoomId,
        /// Chosen by the sender; the same when sent again.
        id: MessageId,
        /// What is said.
        body: Body,
    },
    /// Invite a member into the call (making the call, if there is none).
    Ring {
        /// Who shall hear it ring.
        to: ParticipantId,
    },
    /// Take the call that rings here.
    Accept {
        /// The call.
        call: CallId,
    },
    /// Refuse the call that rings here.
    Decline {
        /// The call.
        call: CallId,
    },
    /// Leave the call; a caller whose ring is unanswered thereby takes it back.
    HangUp {
        /// The call.
        call: CallId,
    },
    /// What this participant says of the own media.
    Media {
        /// The new state.
        media: Media,
    },
    /// The page goes to the background for good or comes back: away, not left.
    Away {
        /// Whether the person is away.
        away: bool,
    },
    /// To another participant, by way of the server.
    Peer {
        /// The letter.
        message: PeerMessage,
    },
    /// Back to one's own room.
    Leave {
        /// Like [`ClientMessage::Enter`]'s.
        request: u32,
    },
    /// Is the server there? Answered by [`ServerMessage::Pong`].
    Ping {
        /// Repeated in the answer.
        nonce: u32,
    },
    /// A message of a later version.
    Unknown,
}

/// From the server to a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`; the room follows in the same frame.
    Welcome {
        /// The server's wire version. Higher than the page's: the page is outdated.
        version: u32,
        /// Who the page is.
        you: ParticipantId,
        /// This page's incarnation; rises with every new page of the participant.
        incarnation: u32,
        /// The participant's own, personal code.
        own_code: RoomCode,
        /// Where the participant is.
        room: RoomSnapshot,
    },
    /// The token to resume with from now on.
    Token {
        /// Signed; opaque to the page.
        token: String,
    },
    /// The participant is now in this room (entered, left, or was taken back home).
    Room {
        /// The request answered.
        request: u32,
        /// The whole room.
        room: RoomSnapshot,
    },
    /// An `enter` or `leave` did not happen; nothing has changed.
    Refused {
        /// The request answered.
        request: u32,
        /// Why.
        reason: EnterError,
    },
    /// A member came, or something about one changed: the whole member.
    Member {
        /// As it is now.
        member: Member,
    },
    /// A member is no longer in the room.
    Gone {
        /// Who.
        participant: ParticipantId,
        /// How.
        why: GoneReason,
    },
    /// The call as it is now, and what happened to it.
    Call {
        /// `None`: there is no call.
        call: Option<Call>,
        /// What brought this about.
        event: CallEvent,
    },
    /// Something was said. Also the sender's receipt.
    Chat {
        /// The entry.
        entry: ChatEntry,
    },
    /// A chat message was not taken.
    ChatRefused {
        /// Which.
        id: MessageId,
        /// Why.
        reason: ChatError,
    },
    /// From another participant.
    Peer {
        /// The letter.
        message: PeerMessage,
    },
    /// The answer to `ping`.
    Pong {
        /// As asked.
        nonce: u32,
    },
    /// A message of a later version.
    Unknown,
}
