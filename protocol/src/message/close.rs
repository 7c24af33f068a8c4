//! Why a socket ends.

use serde::Serialize;

/// Why the socket was closed by the server (RFC 6455 §7.4; 4000–4999 are ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseCode {
    /// 1001: the server stops; come back.
    GoingAway,
    /// 1009: a frame over [`FRAME_MAX`].
    TooBig,
    /// 4000: a frame that is no message, or another first than `hello`.
    BadMessage,
    /// 4001: a newer page of the same participant has taken over; do not reconnect.
    Superseded,
    /// 4002: the token is forged, expired, or its session has ended: make a new one.
    BadToken,
    /// 4003: messages came faster than any person makes them.
    TooFast,
    /// 4004: this page reads too slowly; resume.
    TooSlow,
    /// 4005: no answer to the heartbeat.
    Silent,
    /// 4006: the wire version of the page is not spoken here: load the page anew.
    Outdated,
    /// 4007: the server has no place for more.
    Busy,
}

impl CloseCode {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::GoingAway,
        Self::TooBig,
        Self::BadMessage,
        Self::Superseded,
        Self::BadToken,
        Self::TooFast,
        Self::TooSlow,
        Self::Silent,
        Self::Outdated,
        Self::Busy,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::TooBig => 1009,
            Self::BadMessage => 4000,
            Self::Superseded => 4001,
            Self::BadToken => 4002,
            Self::TooFast => 4003,
            Self::TooSlow => 4004,
            Self::Silent => 4005,
            Self::Outdated => 4006,
            Self::Busy => 4007,
        }
    }

    /// The code with this number, if it is one of ours.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }
}
