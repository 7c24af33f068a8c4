//! A connection that the browser does not make: another try, as often as it takes. One that carries nothing any more: another one
//! in its place, at both ends.

use std::collections::VecDeque;

use super::{Pair, RESTART_AGAIN};
use crate::{
    Millis,
    client::Effect,
    fault::{self, Fault},
    message::{PeerBody, Round},
};

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
        let failed = self.start_over(generation);
        self.again = true;
        self.round = failed.round;
        self.inbox = failed.setting.into_iter().chain(failed.inbox).collect();
        self.waiting = failed.waiting;
    }

    /// Whether another ICE restart would be of no use.
    pub(in crate::client) fn is_beyond_repair(&self) -> bool {
        self.beyond_repair && !fault::active(Fault::NeverReplaced)
    }

    /// Puts the next connection in the place of this one, and tells the other end.
    pub(in crate::client) fn replace(&mut self, generation: u32, effects: &mut VecDeque<Effect>) {
        let round = self.round.next();
        self.begin_anew(round, generation, effects);
        self.outgoing.push(PeerBody::Anew { round });
    }

    /// The other end has put another connection in its place.
    pub(in crate::client) fn begin_anew(&mut self, round: Round, generation: u32, effects: &mut VecDeque<Effect>) {
        self.close(effects);
        let replaced = self.start_over(generation);
        self.replaced = replaced.replaced + 1;
        self.round = round;
        self.letters.forget_connection();
    }

    /// As new, but for what does not belong to the connection. Gives what was.
    fn start_over(&mut self, generation: u32) -> Self {
        let fresh = Self::new(self.peer, self.letters.link, generation, self.allocate);
        let mut before = std::mem::replace(self, fresh);
        std::mem::swap(&mut self.letters, &mut before.letters);
        self.last_offer = before.last_offer;
        self.weak.wished = before.weak.wished;
        (self.ignored_offers, self.rollbacks) = (before.ignored_offers, before.rollbacks);
        (self.restarts, self.replaced) = (before.restarts, before.replaced);
        before
    }
}
