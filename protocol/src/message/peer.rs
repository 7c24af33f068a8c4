//! Letters: what one page tells another. The server passes them on unread.

use serde::Serialize;

use super::{Media, Member};
use crate::{
    fault::{self, Fault},
    id::{CallId, ParticipantId},
};

/// An end of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// A participant.
    Participant(ParticipantId),
    /// The media server.
    MediaServer,
}

/// What a letter runs between: two pages, since they last came together. Given by the server through [`Member`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Link {
    /// The sender's incarnation.
    pub from: u32,
    /// The receiver's.
    pub to: u32,
    /// The higher [`Member::order`] of both: who leaves and comes back on the same page begins anew.
    pub since: u64,
}

impl Link {
    /// From one member of a room to another.
    #[must_use]
    pub fn between(from: &Member, to: &Member) -> Self {
        Self {
            from: from.incarnation,
            to: to.incarnation,
            since: if fault::active(Fault::ReturnIgnored) { 0 } else { from.order.max(to.order) },
        }
    }

    /// The same link seen from the other end.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { from: self.to, to: self.from, since: self.since }
    }
}

/// The how manieth connection over a [`Link`] it is, at both ends alike: one beyond repair is replaced, by the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Round(pub u32);

impl Round {
    /// The next one's.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The first's, which is not written.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }
}

/// What one participant tells another. The server checks `from` and passes it on; it never reads `body`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeerMessage {
    /// Who tells.
    pub from: Endpoint,
    /// Whom.
    pub to: Endpoint,
    /// Between which pages. A late letter of an old page is dropped.
    pub link: Link,
    /// Rises per sender and link; the first of each counts.
    pub seq: u64,
    /// What.
    pub body: PeerBody,
}

/// The content of a [`PeerMessage`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PeerBody {
    /// An offer or answer (RFC 8829).
    Description {
        /// Offer or answer.
        sdp_type: SdpType,
        /// At most [`SDP_MAX`](super::SDP_MAX) bytes.
        sdp: String,
        /// Of an answer: the `seq` of the offer answered. Two ways may change the order, and an offer may be said again.
        #[serde(skip_serializing_if = "Option::is_none")]
        answers: Option<u64>,
        /// Of which connection.
        #[serde(skip_serializing_if = "Round::is_first")]
        round: Round,
    },
    /// An ICE candidate (RFC 8839), or the end of candidates (`None`).
    Candidate {
        /// The candidate.
        candidate: Option<Candidate>,
        /// Of which connection.
        #[serde(skip_serializing_if = "Round::is_first")]
        round: Round,
    },
    /// The sender's connection was beyond repair, and it makes this one instead; so must the receiver.
    Anew {
        /// Which one.
        round: Round,
    },
    /// The sender's media, the same as in its presence.
    Media {
        /// The state.
        media: Media,
    },
    /// The sender has left the call. Said to the server too; this way it arrives while the server is out of reach.
    HungUp {
        /// The call.
        call: CallId,
    },
    /// How much picture the sender wants to be sent. Said once the control channel is open, and with each change.
    Prefer {
        /// The most kilobits a second; `None`: whatever the line carries.
        video_max: Option<u32>,
    },
    /// A later version's letter.
    Unknown,
}

/// The kind of a session description (W3C WebRTC §4.4.2 `RTCSdpType`; rollback is never sent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SdpType {
    /// An offer.
    Offer,
    /// An answer.
    Answer,
}

/// An ICE candidate as `RTCIceCandidate.toJSON()` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The candidate line, at most [`CANDIDATE_MAX`](super::CANDIDATE_MAX) bytes.
    pub candidate: String,
    /// The media line's id.
    pub mid: Option<String>,
    /// The media line's number.
    pub line: Option<u16>,
    /// The ICE generation it belongs to.
    pub ufrag: Option<String>,
}
