//! What a session wants done by the browser.

use serde::Serialize;

use crate::{
    client::Limit,
    id::{CallId, MessageId, ParticipantId, RoomCode, RoomId},
    message::{Candidate, ClientMessage, IceServer, PeerMessage, SdpType},
};

/// What a session wants done. Each is carried out in order, without an answer unless its text names one.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Call `create_room`; answered by `RoomCreated`.
    CreateRoom,
    /// Call `ice_servers`; answered by `IceServers`.
    FetchIceServers {
        /// Of this session: a TURN server's credentials are somebody's.
        token: String,
    },
    /// Open a socket (dropping an older one, whose events no longer count); answered by `SocketOpen` or `SocketClosed`.
    Connect,
    /// Close the socket; no answer.
    Disconnect,
    /// Send a frame. Only given between `SocketOpen` and `SocketClosed`.
    Send(ClientMessage),
    /// One `getUserMedia` for what is set; answered by `DevicesOpened` or `DevicesFailed`.
    ///
    /// Opened tracks replace those held. The own preview shows the camera held.
    OpenDevices {
        /// Repeated in the answer. An answer to an older request for the same device is dropped by the session, not by the engine.
        request: u32,
        /// Want a camera: 1280×720, 30 frames/s aimed at.
        camera: Option<Ask>,
        /// Want a microphone: echo cancellation, noise suppression, automatic gain on.
        microphone: Option<Ask>,
    },
    /// Stop the device's track, so that its light goes out.
    CloseDevice(Device),
    /// Do something at the connection to another participant.
    Peer {
        /// To whom.
        peer: ParticipantId,
        /// Which connection. A new number comes with each [`PeerOp::Open`].
        generation: u32,
        /// What.
        op: PeerOp,
    },
    /// Keep for a reload (`sessionStorage`).
    Save(Saved),
    /// Keep for the next visit (`localStorage`).
    Remember(Preferences),
    /// Show `/<code>`, or `/`, in the address bar, without loading.
    Location(Option<RoomCode>),
    /// Set a User Timing mark.
    Mark(Mark),
    /// Load the page anew: it is outdated.
    Reload,
}

/// Work at one `RTCPeerConnection`.
#[derive(Clone, Debug, PartialEq)]
pub enum PeerOp {
    /// Make it, with the negotiated data channel `control` (id 0). The allocator adds the three transceivers of [`Slot::ALL`].
    Open {
        /// Whether this end is the allocator.
        allocate: bool,
        /// For ICE.
        ice: Vec<IceServer>,
        /// Whether to use only relayed candidates (`iceTransportPolicy`), until [`PeerOp::Reveal`].
        relay_only: bool,
    },
    /// `setConfiguration` with every kind of candidate allowed; the next ICE restart finds them. A browser that cannot (Firefox
    /// before 119) goes on relaying.
    Reveal,
    /// `setConfiguration` with these servers, whose credentials are newer; the next ICE restart uses them.
    Servers(Vec<IceServer>),
    /// `setLocalDescription()` without argument; answered by `LocalSet` or `Failed`.
    SetLocal,
    /// `setRemoteDescription`, with implicit rollback; answered by `RemoteSet` or `Failed`.
    SetRemote {
        /// Offer or answer.
        sdp_type: SdpType,
        /// The description.
        sdp: String,
    },
    /// The other end's three transceivers, in m-line order, are ours too: set each `sendrecv` (before answering).
    Adopt,
    /// `addIceCandidate`; `Failed` only if it fails.
    AddCandidate(Option<Candidate>),
    /// What to send in a slot.
    Send {
        /// Where.
        slot: Slot,
        /// What.
        mode: SendMode,
    },
    /// Send no more of the camera than this; stands until another is given.
    Limit(Limit),
    /// Send a letter over the control channel. Only given between `ControlOpen` and `ControlClosed`.
    Control(PeerMessage),
    /// Send the next frame of the camera whole, if the browser can: the other end has missed those before it.
    SendWhole,
    /// `restartIce()`; `NegotiationNeeded` follows.
    RestartIce,
    /// Close it and forget it. Nothing it reports counts any more.
    Close,
}

/// A transceiver, by its source. The order is that of the media lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// First.
    Microphone,
    /// Second.
    Camera,
    /// Third.
    Screen,
}

impl Slot {
    /// In the order of the media lines.
    pub const ALL: [Self; 3] = [Self::Microphone, Self::Camera, Self::Screen];
}

/// What a slot sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SendMode {
    /// `replaceTrack(null)`.
    #[default]
    Nothing,
    /// A clone of the device's track with `enabled = false`: black, silence.
    Silent {
        /// Which opening of the device (the `request`): another number means another track to clone.
        device: u32,
    },
    /// A clone of the device's track, enabled.
    Live {
        /// As in `Silent`.
        device: u32,
    },
}

/// Which of several devices of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The one that the browser prefers.
    Any,
    /// The one with this `deviceId`, no other (a constraint `exact`).
    This(String),
}

/// A device of the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// A camera.
    Camera,
    /// A microphone.
    Microphone,
}

/// What a reload resumes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Saved {
    /// The session's token.
    pub token: String,
    /// The name.
    pub name: String,
    /// The room the person is in.
    pub room: Option<RoomId>,
    /// The code by which the person came into the room, if it was not the own one.
    pub entered: Option<RoomCode>,
    /// The call the person has left, if the server has not confirmed it: the next page tells it.
    pub left: Option<CallId>,
    /// The call that the person takes part in without the camera, whatever is preferred.
    pub without_camera: Option<CallId>,
    /// Messages without a receipt.
    pub unsent: Vec<Unsent>,
}

/// A message without a receipt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unsent {
    /// The room it is meant for.
    pub room: RoomId,
    /// Its id.
    pub id: MessageId,
    /// What it says.
    pub text: String,
}

/// What a person chose once and need not choose again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preferences {
    /// The name last given.
    pub name: String,
    /// Whether the camera shall be on.
    pub camera: bool,
    /// Whether the microphone shall be on.
    pub microphone: bool,
    /// The `deviceId` of the camera chosen; `None`: whichever the browser prefers.
    pub camera_id: Option<String>,
    /// Likewise the microphone's.
    pub microphone_id: Option<String>,
    /// The data saver: the most kilobits a second that a picture may take, each way. `None`: whatever the line carries.
    pub video_max: Option<u32>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { name: String::new(), camera: true, microphone: true, camera_id: None, microphone_id: None, video_max: None }
    }
}

/// A moment a person waits for, as a User Timing mark `baylanys:<name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// `room-joined`
    RoomJoined,
    /// `peer-ready`: the control channel is open.
    PeerReady,
    /// `call-accepted`
    CallAccepted,
    /// `first-remote-frame`
    FirstRemoteFrame,
}

impl Mark {
    /// The mark's name after `baylanys:`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoomJoined => "room-joined",
            Self::PeerReady => "peer-ready",
            Self::CallAccepted => "call-accepted",
            Self::FirstRemoteFrame => "first-remote-frame",
        }
    }
}
