//! What is sent in each of a pair's slots.

use std::collections::VecDeque;

use super::Pair;
use crate::client::{Effect, PeerOp, SendMode, Slot};

impl Pair {
    /// Sets what a slot sends, if that is a change.
    pub(in crate::client) fn send(&mut self, slot: Slot, mode: SendMode, effects: &mut VecDeque<Effect>) {
        let current = &mut self.sending[slot as usize];
        // Before the transceivers exist there is nothing to attach to; the next reconciliation comes after they do.
        if *current == mode || !self.opened || !(self.allocate || self.adopted) {
            return;
        }
        *current = mode;
        self.sent[slot as usize] = true;
        self.op(effects, PeerOp::Send { slot, mode });
    }

    /// Whether anything, be it silence, was ever sent in a slot.
    pub(in crate::client) const fn has_sent(&self, slot: Slot) -> bool {
        self.sent[slot as usize]
    }
}
