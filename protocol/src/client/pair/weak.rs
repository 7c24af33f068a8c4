//! What a pair knows of its line, and what it sends because of that: the step that the line carries, within what either end wishes.

use std::collections::VecDeque;

use super::Pair;
use crate::client::{ConnectionState, Effect, Level, Limit, Measured, PeerOp, SendMode, Slot, quality::Quality, steps::Steps};

/// The line of one pair.
#[derive(Debug, Default)]
pub(in crate::client) struct Weak {
    pub(in crate::client) quality: Quality,
    pub(in crate::client) steps: Steps,
    /// How much picture the other end wants, in kbit/s.
    pub(in crate::client) wished: Option<u32>,
    /// The same of this end, as last said to the other.
    pub(in crate::client) said: Option<u32>,
    /// What the browser was last told.
    limit: Limit,
}

impl Pair {
    /// A second of the call was measured. `video_max`: this end's own wish. Returns the bytes that it took.
    pub(in crate::client) fn measured(&mut self, now: &Measured, interrupted: bool, video_max: Option<u32>) -> u64 {
        if matches!(self.sending[Slot::Camera as usize], SendMode::Live { .. }) && !interrupted {
            self.weak.steps.measured(now, self.wish(video_max).is_some());
        } else {
            self.weak.steps.rest();
        }
        self.weak.quality.measured(*now, interrupted || self.connection != ConnectionState::Connected)
    }

    /// The quality, once something was measured.
    pub(in crate::client) fn level(&self, interrupted: bool) -> Option<Level> {
        let measured = self.weak.quality.shown()?;
        Some(if interrupted { Level::Lost } else { measured })
    }

    /// Tells the browser what it may send, if that is a change.
    pub(in crate::client) fn keep_within(&mut self, video_max: Option<u32>, effects: &mut VecDeque<Effect>) {
        let limit = self.weak.steps.limit(self.wish(video_max));
        if self.opened && limit != self.weak.limit {
            self.weak.limit = limit;
            self.op(effects, PeerOp::Limit(limit));
        }
    }

    /// The smaller of both ends' wishes.
    fn wish(&self, own: Option<u32>) -> Option<u32> {
        own.into_iter().chain(self.weak.wished).min()
    }
}
