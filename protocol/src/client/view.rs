//! What the page shows: derived from the session's state after every input, never kept beside it.

use std::sync::Arc;

use crate::{
    Millis,
    client::{
        Details, Device, Level,
        input::{DeviceError, DeviceInfo},
    },
    id::{MessageId, ParticipantId, RoomCode},
    message::{ChatError, EnterError, Presence, SourceState},
};

/// Everything on the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// How the page stands with the server.
    pub connection: Connection,
    /// The code to share for the room one is in. `None` until the server has answered.
    pub code: Option<RoomCode>,
    /// One's own, personal code.
    pub own_code: Option<RoomCode>,
    /// Whether there is something to leave: somebody else's room, company, or what others have said in the own room.
    pub can_leave: bool,
    /// The page was opened by a link: the modal asks only for the name, then goes to this room.
    pub link: Option<RoomCode>,
    /// Somebody came into the room and one's name is not given yet: the modal asks only for the name.
    pub ask_name: bool,
    /// The modal's state.
    pub entry: Entry,
    /// Oneself.
    pub me: OwnTile,
    /// The others in the room, earliest first.
    pub others: Vec<Tile>,
    /// The call.
    pub call: CallView,
    /// The chat column, oldest first. Shared, because a page compares it after every input.
    pub chat: Vec<Arc<ChatItem>>,
    /// Older messages were dropped by the room.
    pub chat_truncated: bool,
    /// Messages of others that came while the chat was not visible.
    pub unread: u32,
    /// The cameras and microphones to choose from, as the browser lists them.
    pub choices: Vec<DeviceChoice>,
    /// What the banner says, if a device failed and the person has not gone on without it.
    pub problem: Option<DeviceProblem>,
    /// Short notices, oldest first.
    pub notices: Vec<Notice>,
    /// The lines of the call.
    pub weak: WeakView,
}

/// What is shown of the lines of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeakView {
    /// What lies behind each connection's quality, in a call.
    pub links: Vec<LinkView>,
    /// Kilobytes that the connections of this call, or of the last one, have taken, both ways together.
    pub used: u32,
    /// The data saver is on.
    pub data_saver: bool,
    /// Something that may help a poor line, for the person to decide.
    pub offer: Option<Offer>,
}

/// The figures of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// To whom.
    pub to: ParticipantId,
    /// Its quality.
    pub level: Level,
    /// What it is judged by, and more.
    pub details: Details,
}

/// What a page proposes and never does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offer {
    /// The line does not carry the smallest picture: switch the camera off, so that the sound stays whole.
    CameraOff,
    /// The line is good again: the camera that was switched off for it may come back.
    CameraOn,
}

/// How the page stands with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Connection {
    /// On the way for the first time.
    #[default]
    Connecting,
    /// The same, but the server answers questions and its sockets never open: something between bars them.
    Barred,
    /// There.
    Online,
    /// Broken; being re-established without limit.
    Reconnecting,
    /// A newer page of the same session has taken over; `UseHere` takes it back.
    Superseded,
    /// The page is older than the server; it loads itself anew when the call is over.
    Outdated,
}

/// What the modal's fields say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Nothing is under way.
    #[default]
    Idle,
    /// Waiting for the server's answer.
    Busy,
    /// Refused; the fields keep what was typed.
    Refused(EnterError),
    /// The room was entered: the modal may close. Stays until the modal is used again.
    Done,
}

/// One's own tile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnTile {
    /// The name; empty until given.
    pub name: String,
    /// Who one is; a stable colour comes from it.
    pub id: Option<ParticipantId>,
    /// The camera.
    pub camera: DeviceView,
    /// The microphone.
    pub microphone: DeviceView,
}

/// A device of one's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceView {
    /// Off by choice.
    #[default]
    Off,
    /// Being opened (a permission prompt may be open).
    Opening,
    /// On.
    On,
    /// Microphone only: held, sends silence.
    Muted,
    /// Did not open, or ended by itself.
    Failed(DeviceError),
}

/// Another person's tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Who. The `<video>` has the key `peer-<id>`.
    pub id: ParticipantId,
    /// The name; empty: not given yet.
    pub name: String,
    /// Whether the page is reachable.
    pub presence: Presence,
    /// In the same call as oneself.
    pub in_call: bool,
    /// What is said of the microphone (off outside a call).
    pub microphone: SourceState,
    /// What is said of the camera (off outside a call). A picture is shown only if this is `On`.
    pub camera: SourceState,
    /// Media should come but does not: the connection is broken or being made anew.
    pub interrupted: bool,
    /// The picture comes, the sound does not though the microphone is said to be on.
    pub unheard: bool,
    /// How good the connection is; known in a call only.
    pub quality: Option<Level>,
}

/// The call as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CallView {
    /// No call.
    #[default]
    None,
    /// One rings somebody.
    Calling {
        /// Whom.
        to: ParticipantId,
    },
    /// Somebody rings here.
    Incoming {
        /// Who.
        from: ParticipantId,
        /// Their name.
        name: String,
    },
    /// In a call.
    Active {
        /// Media can flow to everyone in it.
        connected: bool,
    },
}

/// A line of the chat column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatItem {
    /// Unique in the list and stable.
    pub key: String,
    /// It came from others while one was in the room, not with the room's history: something to announce.
    pub news: bool,
    /// What it is.
    pub kind: ChatKind,
}

/// What a line of the chat column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatKind {
    /// A message.
    Said {
        /// Said by oneself.
        mine: bool,
        /// The author's name.
        name: String,
        /// Plain text.
        text: String,
        /// Unix milliseconds; `None` until the server took it.
        at: Option<Millis>,
        /// Where it is (others' are always delivered).
        delivery: Delivery,
        /// Its id, for `Resend`.
        id: MessageId,
    },
    /// Somebody came.
    Joined {
        /// Their name; may be empty.
        name: String,
    },
    /// Somebody went.
    Left {
        /// Their name; may be empty.
        name: String,
    },
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// On its way; resent by itself.
    Sending,
    /// In the room.
    Delivered,
    /// No receipt for long; still resent by itself on reconnecting, or now by the person.
    Failed,
    /// The room did not take it.
    Refused(ChatError),
}

/// A device to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceChoice {
    /// What it is.
    pub info: DeviceInfo,
    /// It is the one in use.
    pub used: bool,
}

/// What failed, for the banner. At least one is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceProblem {
    /// The camera's failure.
    pub camera: Option<DeviceError>,
    /// The microphone's failure.
    pub microphone: Option<DeviceError>,
}

/// A short notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// For `DismissNotice`.
    pub id: u32,
    /// What it says.
    pub kind: NoticeKind,
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// The other refused the call.
    Declined,
    /// The other did not answer.
    Unanswered,
    /// A call was missed.
    Missed {
        /// Who called.
        name: String,
    },
    /// The call is over.
    Ended,
    /// The other was unreachable too long; the call is over.
    Vanished {
        /// Who.
        name: String,
    },
    /// Leaving did not happen: end the call first.
    EndCallFirst,
    /// The earlier session is over; this is a fresh room.
    SessionExpired,
    /// One is in another room than before the connection was lost.
    OtherRoom,
    /// The browser makes no connection to the other; trying again.
    NoConnection,
    /// The server has no place; trying again.
    ServerFull,
    /// The device chosen, or used till now, is not there: another one is in use.
    OtherDevice(Device),
    /// The device chosen did not open: the one used till now stays.
    DeviceKept(Device, DeviceError),
}

impl NoticeKind {
    /// Whether it says how a call went. The next call ends such a notice.
    #[must_use]
    pub const fn is_of_a_call(&self) -> bool {
        match self {
            Self::Declined | Self::Unanswered | Self::Missed { .. } | Self::Ended | Self::Vanished { .. } => true,
            Self::NoConnection
            | Self::EndCallFirst
            | Self::SessionExpired
            | Self::OtherRoom
            | Self::ServerFull
            | Self::OtherDevice(_)
            | Self::DeviceKept(..) => false,
        }
    }
}
