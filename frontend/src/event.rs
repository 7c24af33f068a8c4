//! What the parts of the engine report to its drain loop (`engine.rs`). Data only.

use protocol::{
    client::{DeviceError, Input, PeerEvent},
    id::ParticipantId,
};
use web_sys::MediaStream;

use crate::{peer_connection::PeerKey, socket::SocketEvent};

/// Everything that happens.
pub(crate) enum Event {
    /// Something the session knows by itself.
    Input(Input),
    /// Something at a connection; of an older one it is dropped.
    Peer(PeerKey, PeerEvent),
    /// Something at a socket; of an older one it is dropped.
    Socket {
        /// Which socket.
        number: u32,
        /// What.
        event: SocketEvent,
    },
    /// `getUserMedia` answered.
    Devices {
        /// Which asking.
        request: u32,
        /// The tracks, or why there are none.
        answer: Result<MediaStream, DeviceError>,
    },
    /// The `<video>` of this key is in the document.
    Mounted(String),
    /// The person wants to hear what the browser refused to play.
    Play,
    /// The browser refused to play.
    PlayRefused,
    /// The person touched the page anywhere.
    Touched,
    /// Time to ask for statistics.
    Stats,
    /// Whether the person looks at the microphone's meter.
    Meter(bool),
    /// Time to measure how loud it is.
    Measure,
    /// Time to ring again.
    RingAgain,
    /// Time to make the connections that were held back.
    Open,
    /// A frame of this person's picture was painted.
    Frame(ParticipantId),
}
