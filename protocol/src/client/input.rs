//! What happens to a page: the person's commands and what the browser and the server report.

use crate::{
    client::{
        Device, Measured, Preferences,
        effect::{Saved, Slot},
    },
    id::{MessageId, PageId, ParticipantId, RoomCode},
    message::{Candidate, IceConfig, PeerMessage, SdpType, ServerMessage, Ticket},
};

/// What a page starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// This loading of the page, random.
    pub page: PageId,
    /// A random seed for message ids.
    pub seed: u64,
    /// What an earlier page in this tab left (`sessionStorage`).
    pub saved: Option<Saved>,
    /// What the person chose in earlier visits (`localStorage`).
    pub preferences: Preferences,
    /// The code in the address `/<code>`.
    pub link: Option<RoomCode>,
}

/// Everything that can happen to a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The page runs. First, once.
    Start,
    /// The person wants something.
    Command(Command),
    /// `create_room` answered.
    RoomCreated(Result<Ticket, ApiError>),
    /// `ice_servers` answered, or could not be asked: then it is asked again.
    IceServers(Result<IceConfig, ApiError>),
    /// The socket of the last [`Effect::Connect`](super::Effect::Connect) is open.
    SocketOpen,
    /// It brought a frame.
    SocketMessage(ServerMessage),
    /// It closed, or could not be opened.
    SocketClosed {
        /// RFC 6455 §7.4; 1006 when there was no close frame.
        code: u16,
    },
    /// `getUserMedia` gave tracks.
    DevicesOpened {
        /// Which [`Effect::OpenDevices`](super::Effect::OpenDevices).
        request: u32,
        /// A camera track is there: the `deviceId` it comes from.
        camera: Option<String>,
        /// Likewise a microphone's.
        microphone: Option<String>,
    },
    /// `getUserMedia` failed as a whole.
    DevicesFailed {
        /// Which [`Effect::OpenDevices`](super::Effect::OpenDevices).
        request: u32,
        /// How.
        error: DeviceError,
    },
    /// An open device ended by itself (unplugged, permission taken back).
    DeviceEnded(Device),
    /// The devices that there are (`enumerateDevices`): after some were opened, and whenever one comes or goes.
    DeviceList(Vec<DeviceInfo>),
    /// Something happened at the connection to another participant.
    Peer {
        /// To whom.
        peer: ParticipantId,
        /// Which connection: the number in [`Effect::Peer`](super::Effect::Peer).
        generation: u32,
        /// What.
        event: PeerEvent,
    },
    /// `pagehide`, or the page was frozen.
    Hidden,
    /// `pageshow`, or thawed: check the socket now.
    Shown,
    /// The browser says that it is in a network again, or in another one: ways through the last one may be dead.
    NetworkChanged,
    /// Time has passed.
    Wake,
}

/// A device as the browser lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its kind.
    pub device: Device,
    /// Its `deviceId`; empty while the site has no permission.
    pub id: String,
    /// Its name; empty while the site has no permission.
    pub label: String,
}

/// What the person wants. Each is legal at any time; one that does not fit changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The modal's button: this name, and the room of this code or link.
    Connect {
        /// As typed; may be empty.
        name: String,
        /// As typed.
        code: String,
    },
    /// The modal's "only your name" turn, and any later change of name.
    SetName(String),
    /// The modal's input changed: an earlier refusal no longer applies.
    ForgetRefusal,
    /// Ring the other.
    Ring,
    /// Take the call that rings.
    Accept {
        /// With the camera (if there is one), or without.
        camera: bool,
    },
    /// Refuse it.
    Decline,
    /// Leave the call, or take one's ring back.
    HangUp,
    /// The microphone switch.
    SetMicrophone(bool),
    /// The camera switch, in a call and for the preview.
    SetCamera(bool),
    /// Use this camera or microphone, now and later.
    Choose {
        /// Which kind.
        device: Device,
        /// Its `deviceId`.
        id: String,
    },
    /// Try again to open the devices that failed.
    RetryDevices,
    /// Go on without what failed: the banner goes away.
    WithoutDevices,
    /// Say something.
    Say(String),
    /// Send a failed message again.
    Resend(MessageId),
    /// Whether the person sees the chat (for the unread badge).
    ChatVisible(bool),
    /// Back to one's own room.
    Leave,
    /// The link's invitation is not wanted: stay in one's own room.
    DropLink,
    /// A notice was read or timed out.
    DismissNotice(u32),
    /// On a superseded page: take the session over here.
    UseHere,
    /// The switch of the data saver, now and later: a small picture, both ways.
    SaveData(bool),
    /// The answer to [`WeakView::offer`](super::WeakView::offer): do it, or leave all as it is.
    AnswerOffer(bool),
}

/// What a connection to another participant reports.
#[derive(Clone, Debug, PartialEq)]
pub enum PeerEvent {
    /// `negotiationneeded` (W3C WebRTC §4.7.3).
    NegotiationNeeded,
    /// [`PeerOp::SetLocal`](super::PeerOp::SetLocal) is done.
    LocalSet {
        /// Offer or answer, as the browser chose.
        sdp_type: SdpType,
        /// The description.
        sdp: String,
        /// The mids of the microphone, camera and screen transceivers, where known.
        mids: [Option<String>; 3],
    },
    /// [`PeerOp::SetRemote`](super::PeerOp::SetRemote) is done.
    RemoteSet,
    /// An operation failed.
    Failed {
        /// Which.
        op: FailedOp,
        /// The browser's words, for the console only.
        message: String,
    },
    /// A local candidate was found; `None` ends them.
    Candidate(Option<Candidate>),
    /// `connectionState` changed.
    Connection(ConnectionState),
    /// The control channel is open.
    ControlOpen,
    /// It brought a letter.
    ControlMessage(PeerMessage),
    /// It closed.
    ControlClosed,
    /// Packets received so far (RFC 7002 / webrtc-stats `packetsReceived`), asked about once a second in a call.
    Received {
        /// By source.
        slot: Slot,
        /// Since the connection began.
        packets: u64,
    },
    /// What the browser has counted, asked about once a second in a call.
    Measured(Box<Measured>),
    /// The first remote frame that is not black was shown.
    FirstFrame,
}

/// The operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailedOp {
    /// Making the connection itself.
    Open,
    /// Setting the local description.
    SetLocal,
    /// Setting a remote description.
    SetRemote,
    /// Adding a remote candidate.
    AddCandidate,
    /// Attaching a track.
    Send,
}

/// `RTCPeerConnectionState` (W3C WebRTC §4.3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Not begun.
    #[default]
    New,
    /// On the way.
    Connecting,
    /// Media can flow.
    Connected,
    /// Perhaps only for a moment.
    Disconnected,
    /// Needs an ICE restart.
    Failed,
    /// Over.
    Closed,
}

/// Why a device did not open, in the visitor's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum DeviceError {
    /// The person or the site's settings refused (`NotAllowedError`).
    #[error("refused by the person or the browser's settings for this site")]
    Denied,
    /// The operating system refuses the browser (`NotAllowedError: Permission denied by system`).
    #[error("refused by the operating system")]
    DeniedBySystem,
    /// There is no such device (`NotFoundError`).
    #[error("no such device")]
    Missing,
    /// It was in use and went away.
    #[error("the device went away")]
    Unplugged,
    /// No device can give what was asked of it (`OverconstrainedError`).
    #[error("no device can do what is asked of it")]
    Overconstrained,
    /// Another program has it (`NotReadableError`, `AbortError`).
    #[error("in use by another program")]
    Busy,
    /// The page is not on https or localhost: `navigator.mediaDevices` is undefined.
    #[error("the page is not on a secure address")]
    Insecure,
    /// Anything else.
    #[error("the device did not open")]
    Other,
}

impl DeviceError {
    /// `getUserMedia`'s exception (W3C Media Capture §10.2). Chromium alone tells the system's refusal from the person's, and only
    /// in its message.
    #[must_use]
    pub fn from_exception(name: &str, message: &str) -> Self {
        match name {
            "NotAllowedError" if message.to_ascii_lowercase().contains("system") => Self::DeniedBySystem,
            "NotAllowedError" | "SecurityError" => Self::Denied,
            "NotFoundError" => Self::Missing,
            "OverconstrainedError" => Self::Overconstrained,
            "NotReadableError" | "AbortError" => Self::Busy,
            _ => Self::Other,
        }
    }
}

/// Why a server function failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ApiError {
    /// The server is out of reach.
    #[error("the server is out of reach")]
    Unreachable,
    /// The server has no place for more.
    #[error("the server is full")]
    Full,
}

#[cfg(test)]
mod tests {
    use super::DeviceError;

    #[test]
    fn the_browsers_words_become_the_visitors() {
        for (name, message, expected) in [
            ("NotAllowedError", "Permission denied", DeviceError::Denied),
            ("NotAllowedError", "Permission denied by system", DeviceError::DeniedBySystem),
            ("NotAllowedError", "The request is not allowed by the user agent or the platform.", DeviceError::Denied),
            ("NotFoundError", "Requested device not found", DeviceError::Missing),
            ("OverconstrainedError", "", DeviceError::Overconstrained),
            ("NotReadableError", "Could not start video source", DeviceError::Busy),
            ("AbortError", "Starting videoinput failed", DeviceError::Busy),
            ("TypeError", "", DeviceError::Other),
        ] {
            assert_eq!(DeviceError::from_exception(name, message), expected, "{name}: {message}");
        }
    }
}
