//! A connection that the browser does not make: another try, as often as it takes.

use super::{Pair, RESTART_AGAIN};
use crate::Millis;

impl Pair {
    /// Whether this one could not be made, and none before it: worth a word to the person.
    pub(in crate::client) const fn is_first_not_made(&self) -> bool {
        self.again_at.is_some() && !self.again
    }

    /// Nothing can be done at it. What comes from the other end waits.
    pub(super) fn not_made(&mut self, now: Millis) {
        self.opened = false;
        self.restart_at = None;
        self.again_at = Some(now + RESTART_AGAIN);
    }

    /// Whether it is time for another try, under a new generation.
    pub(in crate::client) fn is_due_again(&self, now: Millis) -> bool {
        self.again_at.is_some_and(|at| at <= now)
    }

    /// Begins anew with all that the other end has sent: its letters are numbered on, and it sends none twice unasked.
    pub(in crate::client) fn begin_again(&mut self, generation: u32) {
        let fresh = Self::new(self.peer, self.letters.link, generation, self.allocate);
        let failed = std::mem::replace(self, fresh);
        self.again = true;
        self.letters = failed.letters;
        self.last_offer = failed.last_offer;
        self.weak.wished = failed.weak.wished;
        self.inbox = failed.setting.into_iter().chain(failed.inbox).collect();
        self.waiting = failed.waiting;
        (self.ignored_offers, self.rollbacks, self.restarts) = (failed.ignored_offers, failed.rollbacks, failed.restarts);
    }
}
