//! The wire: JSON text frames, tagged enums. Golden files in `tests/golden` hold every message's form.
//!
//! Decoders (`read.rs`) ignore unknown fields; a message of an unknown type decodes as `Unknown` and is counted, never an error.

mod asked;
mod close;
mod peer;

use serde::Serialize;

use crate::{
    Millis,
    id::{CallId, MessageId, PageId, ParticipantId, RoomCode, RoomId},
};

pub use asked::{IceConfig, IceServer, RoomInfo, Ticket};
pub use close::CloseCode;
pub use peer::{Candidate, Endpoint, Link, PeerBody, PeerMessage, SdpType};

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
        /// The request answered, if it was one.
        request: Option<u32>,
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
    /// Whether older messages were dropped ([`HISTORY_MESSAGES`], [`HISTORY_BYTES`]).
    pub truncated: bool,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Who.
    pub id: ParticipantId,
    /// The name shown; empty until given.
    pub name: String,
    /// Which loading of the page it is; one end of a [`Link`].
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

/// The states of the four sources, under one counter: the higher counter wins, whichever way it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Media {
    /// Rises with each change within a page's incarnation.
    pub counter: u32,
    /// The microphone.
    pub microphone: Source,
    /// The camera.
    pub camera: Source,
    /// The screen.
    pub screen: Source,
    /// The screen's sound.
    pub screen_audio: Source,
}

/// One source of media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// What the owner says of it.
    pub state: SourceState,
    /// Its media line's identification (RFC 8843 §4), where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mid: Option<String>,
}

/// What an owner says of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Nothing is sent.
    #[default]
    Off,
    /// It is sent.
    On,
    /// A microphone that sends silence.
    Muted,
    /// It should be sent, but the device went away.
    Lost,
}

/// The room's call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// Who is in it, in the order they came in.
    pub members: Vec<ParticipantId>,
    /// Who is being rung.
    pub rings: Vec<Ring>,
}

/// An invitation into the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ring {
    /// Who rings.
    pub from: ParticipantId,
    /// Whom.
    pub to: ParticipantId,
}

/// What happened to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallEvent {
    /// `from` rings `to`.
    Rang {
        /// Who rings.
        from: ParticipantId,
        /// Whom.
        to: ParticipantId,
    },
    /// `by` is in the call now.
    Accepted {
        /// Who.
        by: ParticipantId,
    },
    /// `by` refused.
    Declined {
        /// Who.
        by: ParticipantId,
    },
    /// `to` did not answer in time.
    Unanswered {
        /// Who did not.
        to: ParticipantId,
    },
    /// The caller took an unanswered ring back, or left.
    Cancelled {
        /// The caller.
        by: ParticipantId,
    },
    /// `by` left the call by own wish (or left the room).
    HungUp {
        /// Who.
        by: ParticipantId,
    },
    /// `who` was unreachable too long and is out of the call.
    Vanished {
        /// Who.
        who: ParticipantId,
    },
    /// The requested act no longer fits; the call is as given (for the asker only).
    Unchanged,
    /// A later version's event.
    Unknown,
}

/// What is said in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Plain text; markup in it is text.
    Plain {
        /// 1 to [`TEXT_MAX`] characters.
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
    /// Over [`TEXT_MAX`].
    #[error("the message is too long")]
    TooLong,
    /// The sender is not in the room it was meant for.
    #[error("the sender is in another room")]
    OtherRoom,
    /// A body of a later version.
    #[error("the message's kind is not known here")]
    Unknown,
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
