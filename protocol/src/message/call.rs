//! A room's call, its rings, and what becomes of them.

use serde::Serialize;

use crate::id::{CallId, ParticipantId};

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
