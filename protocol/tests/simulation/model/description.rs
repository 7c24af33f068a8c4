//! A session description as the model has it, and as text: one `m=` line for each media line, as in real SDP.

use std::fmt::{self, Write as _};

use protocol::message::SdpType;

/// What a media line carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Data channels.
    Application,
}

impl Kind {
    /// As in SDP.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Application => "application",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Audio, Self::Video, Self::Application].into_iter().find(|kind| kind.name() == text)
    }
}

/// `RTCRtpTransceiverDirection`, without `stopped`: nothing here stops a transceiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Both ways.
    SendRecv,
    /// Out.
    SendOnly,
    /// In.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// Every direction.
    pub(crate) const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];

    /// As in SDP and in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The direction with this name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.name() == text)
    }

    const fn parts(self) -> (bool, bool) {
        match self {
            Self::SendRecv => (true, true),
            Self::SendOnly => (true, false),
            Self::RecvOnly => (false, true),
            Self::Inactive => (false, false),
        }
    }

    const fn of(send: bool, receive: bool) -> Self {
        match (send, receive) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// As the other end sees it.
    pub(crate) const fn reversed(self) -> Self {
        let (send, receive) = self.parts();
        Self::of(receive, send)
    }

    /// What both allow.
    pub(crate) const fn intersect(self, other: Self) -> Self {
        let (send, receive) = self.parts();
        let (other_send, other_receive) = other.parts();
        Self::of(send && other_send, receive && other_receive)
    }
}

/// One media line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it carries.
    pub(crate) kind: Kind,
    /// Its identification (RFC 8843 §4).
    pub(crate) mid: String,
    /// Which way. `SendRecv` for data.
    pub(crate) direction: Direction,
}

/// An offer or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Offer or answer.
    pub(crate) sdp_type: SdpType,
    /// Which peer connection made it: its DTLS fingerprint, so to speak.
    pub(crate) origin: u64,
    /// The ICE generation. All lines are bundled, so there is one.
    pub(crate) ufrag: String,
    /// `a=setup`: whether who describes is the DTLS client. `None` in offers (`actpass`).
    pub(crate) active: Option<bool>,
    /// The media lines.
    pub(crate) lines: Vec<Line>,
}

impl Description {
    /// The text another end can read; the type travels beside it, as with real SDP.
    pub(crate) fn encode(&self) -> String {
        let setup = self.active.map_or("actpass", |active| if active { "active" } else { "passive" });
        let mut text = format!("v=0\no={}\na=ice-ufrag:{}\na=setup:{setup}\n", self.origin, self.ufrag);
        for line in &self.lines {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "m={} {} {}", line.kind.name(), line.mid, line.direction.name());
        }
        text
    }

    /// What [`Description::encode`] wrote, or `None`.
    pub(crate) fn decode(sdp_type: SdpType, text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == "v=0").then_some(())?;
        let origin = lines.next()?.strip_prefix("o=")?.parse().ok()?;
        let ufrag = lines.next()?.strip_prefix("a=ice-ufrag:")?.to_owned();
        let active = match lines.next()?.strip_prefix("a=setup:")? {
            "active" => Some(true),
            "passive" => Some(false),
            _ => None,
        };
        let lines = lines.map(|line| {
            let mut words = line.strip_prefix("m=")?.split(' ');
            Some(Line {
                kind: Kind::parse(words.next()?)?,
                mid: words.next()?.to_owned(),
                direction: Direction::parse(words.next()?)?,
            })
        });
        Some(Self { sdp_type, origin, ufrag, active, lines: lines.collect::<Option<_>>()? })
    }

    /// The number of the line with this mid.
    pub(crate) fn index_of(&self, mid: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.mid == mid)
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} ({}):", self.sdp_type, self.origin, self.ufrag)?;
        for line in &self.lines {
            write!(f, " {}={}/{}", line.mid, line.kind.name(), line.direction.name())?;
        }
        Ok(())
    }
}
