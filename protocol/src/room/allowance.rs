//! What one member may do how often, so that nobody is drowned in messages or rings. Carried from room to room: going out and in again
//! refills nothing.

use crate::{Millis, budget::Bucket, exchange::Settings};

/// What is left to a member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    messages: Bucket,
    rings: Bucket,
}

impl Allowance {
    /// Of somebody who has done nothing yet.
    #[must_use]
    pub const fn full(settings: &Settings, now: Millis) -> Self {
        Self { messages: Bucket::full(settings.messages, now), rings: Bucket::full(settings.rings, now) }
    }

    /// Whether one more message may be said.
    pub(super) fn may_say(&mut self, settings: &Settings, now: Millis) -> bool {
        self.messages.take(settings.messages, 1.0, now)
    }

    /// Whether it may ring once more.
    pub(super) fn may_ring(&mut self, settings: &Settings, now: Millis) -> bool {
        self.rings.take(settings.rings, 1.0, now)
    }
}
