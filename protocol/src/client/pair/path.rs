//! Whether packets get through: ICE restarts, without limit in number, and when the other end may learn the own addresses.

use std::collections::VecDeque;

use super::{Pair, RESTART_AFTER, RESTART_AGAIN, negotiation::Busy};
use crate::{
    Millis,
    client::{ConnectionState, Effect, PeerOp, Slot},
    fault::{self, Fault},
    message::{Media, PeerBody, SdpType, SourceState},
};

/// The end that does not allocate waits longer, so that restarts seldom meet.
const RESTART_LATER: Millis = 2_000;
/// After how many reports, two a second, without a new packet media counts as interrupted. Reports, not time: timers of hidden tabs
/// are slow.
const STALLED_REPORTS: u8 = 6;
/// After how many of them ICE is restarted: sooner than anybody is told.
const SILENT_REPORTS: u8 = 3;
/// How many whole frames are sent when packets come again: the first may meet a change of the encoder, or a path not there yet.
const WHOLE_FRAMES: u8 = 3;
/// After how long without a packet a connection that says it is connected is found dead.
const DEAD_AFTER: Millis = 4_000;
/// After how many answered restarts in a row a connection that does not come about is given up.
const RESTARTS_MAX: u8 = 3;

impl Pair {
    /// The other end may learn the own addresses from now on: a restart of ICE tells it. Both ends have to begin a new generation;
    /// mostly one restart serves both, so the end that does not allocate waits for it.
    pub(in crate::client) fn reveal(&mut self, now: Millis, effects: &mut VecDeque<Effect>) {
        if std::mem::take(&mut self.relay_only) {
            self.op(effects, PeerOp::Reveal);
            let at = now + if self.allocate { 0 } else { RESTART_LATER };
            // A description that is just being set may be of either kind.
            let ufrag = if self.busy == Some(Busy::Local) { String::new() } else { self.ufrag.clone() };
            self.hidden = Some((ufrag, at)).filter(|_| !fault::active(Fault::RelayedForEver));
        }
    }

    pub(super) fn connection_changed(&mut self, state: ConnectionState, now: Millis) {
        self.connection = state;
        match state {
            ConnectionState::Connected => {
                self.restart_at = None;
                self.fruitless = 0;
                self.silence_until = now + if self.restarted { DEAD_AFTER } else { RESTART_LATER };
            }
            ConnectionState::Disconnected => self.plan_restart(now, RESTART_AFTER),
            ConnectionState::Failed => self.plan_restart(now, 0),
            ConnectionState::New | ConnectionState::Connecting | ConnectionState::Closed => {}
        }
    }

    pub(in crate::client) fn plan_restart(&mut self, now: Millis, after: Millis) {
        let at = now + after + if self.allocate { 0 } else { RESTART_LATER };
        self.restart_at = Some(self.restart_at.map_or(at, |planned| planned.min(at)));
    }

    /// The other end has begun another ICE generation, and with it this end does: what is planned here waits for what comes of it.
    pub(super) fn restart_under_way(&mut self, now: Millis) {
        self.silence_until = self.silence_until.max(now + RESTART_AGAIN);
        self.restarted = true;
        if self.connection != ConnectionState::Connected {
            self.fruitless += 1;
        }
        if self.restart_at.take().is_some() {
            self.plan_restart(now, RESTART_AGAIN);
        }
    }

    /// A report of what has come in a slot so far.
    pub(super) fn received(&mut self, slot: Slot, packets: u64, effects: &mut VecDeque<Effect>) {
        let index = slot as usize;
        if packets > self.packets[index] {
            self.stalled[index] = 0;
            self.restarted = false;
            if std::mem::take(&mut self.silent) {
                self.whole = WHOLE_FRAMES;
            }
        } else {
            self.stalled[index] = self.stalled[index].saturating_add(1);
        }
        self.packets[index] = packets;
        if slot == Slot::Camera && self.whole > 0 {
            self.whole -= 1;
            self.op(effects, PeerOp::SendWhole);
        }
    }

    /// Whether what the owner says is sent does not arrive.
    pub(in crate::client) fn interrupted(&self, slot: Slot) -> bool {
        self.connection != ConnectionState::Connected || self.stalled[slot as usize] >= STALLED_REPORTS
    }

    /// Nothing has come for a moment, though the other end says that it sends: browsers call that `disconnected` seconds later, and
    /// seconds more pass until it `failed`. A restart costs nothing that still gets through: the old way is used until there is a new.
    /// Whether one is planned because of that.
    pub(in crate::client) fn restart_if_silent(&mut self, said: &Media, now: Millis) -> bool {
        let sources = [&said.microphone, &said.camera, &said.screen];
        let mut sent = sources.into_iter().zip(self.stalled).filter(|(source, _)| source.state == SourceState::On).peekable();
        self.silent = sent.peek().is_some() && sent.all(|(_, stalled)| stalled >= SILENT_REPORTS);
        if !self.silent || now < self.silence_until {
            return false;
        }
        if self.restarted && self.connection == ConnectionState::Connected {
            // ICE has a way, and still nothing comes: Firefox, once its ICE has failed, may send nothing ever after.
            self.beyond_repair = true;
            return false;
        }
        self.silence_until = now + RESTART_AGAIN;
        self.plan_restart(now, 0);
        true
    }

    /// What the other end says has changed. Of a source that comes on earlier reports say nothing.
    pub(in crate::client) fn expect_what_begins(&mut self, before: &Media, after: &Media) {
        let sources = [(&before.microphone, &after.microphone), (&before.camera, &after.camera), (&before.screen, &after.screen)];
        for (stalled, (before, after)) in self.stalled.iter_mut().zip(sources) {
            if after.state == SourceState::On && before.state != SourceState::On {
                *stalled = 0;
            }
        }
    }

    /// When to [`Self::wake`] it.
    pub(in crate::client) fn deadline(&self) -> Option<Millis> {
        let reveal_at = self.hidden.as_ref().map(|(_, at)| *at);
        self.restart_at
            .into_iter()
            .chain(self.again_at)
            .chain(self.tell_at)
            .chain(self.offer.as_ref().map(|offer| offer.again_at))
            .chain(reveal_at)
            .min()
    }

    /// Restarts ICE if that is due; then what was said last should be said again.
    pub(in crate::client) fn wake(&mut self, now: Millis, effects: &mut VecDeque<Effect>) -> bool {
        if let Some(offer) = self.offer.as_mut().filter(|offer| offer.again_at <= now) {
            // Lost on the way, or refused by the other browser: with a new number the other end takes it anew.
            offer.again_at = now + RESTART_AGAIN;
            self.outgoing.push(PeerBody::Description {
                sdp_type: SdpType::Offer,
                sdp: offer.sdp.clone(),
                answers: None,
                round: self.round,
            });
        }
        if self.tell_at.is_some_and(|at| at <= now) {
            self.tell();
        }
        let due = self.restart_at.is_some_and(|at| at <= now);
        if due {
            self.restart_at = None;
            // One that is connected, and was restarted for another reason, reports no new connection to wait for.
            if self.connection != ConnectionState::Connected {
                self.beyond_repair |= self.fruitless >= RESTARTS_MAX;
                self.plan_restart(now, RESTART_AGAIN);
            }
        }
        let revealing = self.hidden.as_ref().is_some_and(|(_, at)| *at <= now);
        if (due || revealing) && self.remote_known {
            self.hidden = None;
            self.restarts += 1;
            self.op(effects, PeerOp::RestartIce);
        } else if due && self.allocate && self.offer.is_none() {
            // The browser made no first offer, and reports no other need of one.
            self.needed = true;
            self.advance(effects);
        } else if let Some((_, at)) = self.hidden.as_mut().filter(|(_, at)| *at <= now) {
            *at = now + RESTART_AFTER;
        }
        due
    }
}
