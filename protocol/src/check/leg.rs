//! What is tried, how it stands, and what is said of that. No words: the page has them.

use crate::client::DeviceError;

/// What is tried, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Opens and gives pictures.
    Camera,
    /// Opens and hears.
    Microphone,
    /// A tone that the person hears.
    Speaker,
    /// The socket opens.
    Server,
    /// A STUN server answers.
    Stun,
    /// A TURN server gives a relayed address over UDP.
    TurnUdp,
    /// The same over TCP or TLS.
    TurnTcp,
    /// A picture comes through the TURN server.
    Media,
}

impl Leg {
    /// In the order in which they are shown.
    pub const ALL: [Self; 8] =
        [Self::Camera, Self::Microphone, Self::Speaker, Self::Server, Self::Stun, Self::TurnUdp, Self::TurnTcp, Self::Media];

    /// What the page calls it in its attributes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::Speaker => "speaker",
            Self::Server => "server",
            Self::Stun => "stun",
            Self::TurnUdp => "turn-udp",
            Self::TurnTcp => "turn-tcp",
            Self::Media => "media",
        }
    }
}

/// How a leg stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    #[default]
    Waiting,
    /// Under way.
    Trying,
    /// Only the person can tell.
    Asking,
    /// It works.
    Good,
    /// This server has none.
    Absent,
    /// It does not work.
    Failed(Fault),
}

impl State {
    /// What the page calls it in its attributes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Trying => "trying",
            Self::Asking => "asking",
            Self::Good => "good",
            Self::Absent => "absent",
            Self::Failed(_) => "failed",
        }
    }

    pub(super) const fn is_settled(self) -> bool {
        matches!(self, Self::Good | Self::Absent | Self::Failed(_))
    }
}

/// Why a leg failed. With the leg it names what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device did not open.
    Device(DeviceError),
    /// It opened, and nothing comes of it: no pictures, no sound, or the person heard no tone.
    Nothing,
    /// Nobody answers there.
    NoAnswer,
    /// Nobody answers there, but the other kind of TURN works: a call has its way.
    OtherWay,
    /// It could not be tried: what it needs has failed.
    NotTried,
}

impl Fault {
    /// What the page calls it in its attributes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device(DeviceError::Denied) => "denied",
            Self::Device(DeviceError::DeniedBySystem) => "denied-by-system",
            Self::Device(DeviceError::Missing) => "missing",
            Self::Device(DeviceError::Unplugged) => "unplugged",
            Self::Device(DeviceError::Overconstrained) => "overconstrained",
            Self::Device(DeviceError::Busy) => "busy",
            Self::Device(DeviceError::Insecure) => "insecure",
            Self::Device(DeviceError::Other) => "other",
            Self::Nothing => "nothing",
            Self::NoAnswer => "no-answer",
            Self::OtherWay => "other-way",
            Self::NotTried => "not-tried",
        }
    }
}

/// How all of it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not begun.
    Waiting,
    /// Under way.
    Trying,
    /// Ready for a lesson.
    Good,
    /// Something failed that calls can do without.
    Limited,
    /// Something failed that has to be mended.
    Failed,
}

impl Verdict {
    /// What the page calls it in its attributes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Trying => "trying",
            Self::Good => "good",
            Self::Limited => "limited",
            Self::Failed => "failed",
        }
    }
}
