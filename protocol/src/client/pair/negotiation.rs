//! Perfect negotiation with one allocator (RFC 8829, W3C WebRTC §10.7): offers and answers, those that meet, and those that are lost.
//! Operations are serial: one description is being set at a time.

use std::collections::VecDeque;

use super::{Pair, RESTART_AFTER, RESTART_AGAIN, sdp, sdp::DtlsRole};
use crate::{
    Millis,
    client::{Effect, PeerOp},
    fault::{self, Fault},
    message::{CANDIDATE_MAX, Candidate, PeerBody, SDP_MAX, SdpType},
};

/// How often setting a local description may fail in a row before it waits for another cause.
const FAILURES_MAX: u8 = 3;
/// Candidates that may wait for a description.
const CANDIDATES_MAX: usize = 128;
/// How long after a restart is agreed Firefox learns of the own candidates.
const HEAD_START: Millis = 500;
/// Descriptions that may wait for the one being set.
const INBOX_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signaling {
    Stable,
    HaveLocalOffer,
    HaveRemoteOffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    Local,
    Remote,
}

/// A description from the other end.
#[derive(Clone, Debug)]
pub(in crate::client) struct Remote {
    pub(in crate::client) sdp_type: SdpType,
    pub(in crate::client) sdp: String,
    /// The letter's number.
    pub(in crate::client) seq: u64,
    /// Of an answer: the number of the offer answered.
    pub(in crate::client) answers: Option<u64>,
}

/// An own offer that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) sdp: String,
    /// Its letter's number, once it is sent.
    pub(super) seq: Option<u64>,
    /// When it is said again.
    pub(super) again_at: Millis,
}

/// The other's offer that was taken last, and what was answered to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Answered {
    offer: String,
    answer: Option<String>,
}

impl Pair {
    /// A description from the other end.
    pub(in crate::client) fn description(&mut self, remote: Remote, effects: &mut VecDeque<Effect>) {
        let overtaken = remote.sdp_type == SdpType::Offer && remote.seq < self.last_offer;
        if remote.sdp.len() > SDP_MAX || self.inbox.len() >= INBOX_MAX || overtaken {
            return;
        }
        if remote.sdp_type == SdpType::Offer {
            self.last_offer = remote.seq;
        }
        self.inbox.push_back(remote);
        self.advance(effects);
    }

    /// A candidate from the other end: waits for its description.
    pub(in crate::client) fn candidate(&mut self, candidate: Option<Candidate>, effects: &mut VecDeque<Effect>) {
        if candidate.as_ref().is_some_and(|c| c.candidate.len() > CANDIDATE_MAX) || self.waiting.len() >= CANDIDATES_MAX {
            return;
        }
        self.waiting.push_back(candidate);
        self.advance(effects);
    }

    /// An own candidate. Those of a restart Firefox is told [`HEAD_START`] after it is agreed: if it asks on them before it was asked
    /// itself, others may stay for ever on a pair of their new address with its old one, which answers there and listens no more.
    /// Meanwhile the old way serves; of an offer that is taken back nothing is told.
    pub(super) fn found(&mut self, candidate: Option<Candidate>) {
        let settled = self.signaling == Signaling::Stable && self.busy != Some(Busy::Local);
        let of_now = |candidate: &Candidate| candidate.ufrag.as_ref().is_none_or(|ufrag| *ufrag == self.agreed_ufrag);
        let restarting = !self.agreed_ufrag.is_empty() && !settled && !candidate.as_ref().is_some_and(of_now);
        if self.tell_at.is_some() || (restarting && self.tells_late()) {
            self.kept.push(candidate);
        } else {
            self.outgoing.push(PeerBody::Candidate { candidate, round: self.round });
        }
    }

    const fn tells_late(&self) -> bool {
        self.to_firefox && !self.in_firefox
    }

    /// The own ICE generation is agreed.
    fn agree(&mut self, now: Millis) {
        let restarted = !self.agreed_ufrag.is_empty() && self.agreed_ufrag != self.ufrag;
        self.agreed_ufrag.clone_from(&self.ufrag);
        if self.tells_late() && (restarted || !self.kept.is_empty()) {
            self.tell_at = Some(now + HEAD_START);
        }
    }

    /// Tells the candidates that were kept, if they are of a restart that is agreed.
    pub(super) fn tell(&mut self) {
        let (kept, round) = (std::mem::take(&mut self.kept), self.round);
        if self.tell_at.take().is_some() {
            self.outgoing.extend(kept.into_iter().map(|candidate| PeerBody::Candidate { candidate, round }));
        }
    }

    /// An own description is set: it goes to the other end.
    pub(super) fn local_set(&mut self, sdp_type: SdpType, sdp: &str, mids: [Option<String>; 3], now: Millis) {
        self.busy = None;
        self.failures = 0;
        self.signaling = match sdp_type {
            SdpType::Offer => Signaling::HaveLocalOffer,
            SdpType::Answer => Signaling::Stable,
        };
        // What was needed before is in it; what came up meanwhile the browser reports when it is stable again.
        self.needed = false;
        self.media_lines.get_or_insert_with(|| sdp::media_lines(sdp));
        self.ufrag = sdp::ufrag(sdp).to_owned();
        self.in_firefox = sdp::is_of_firefox(sdp);
        if self.hidden.as_ref().is_some_and(|(hidden, _)| !hidden.is_empty() && *hidden != self.ufrag) {
            self.hidden = None;
        }
        self.mids = mids;
        let answers = (sdp_type == SdpType::Answer).then_some(self.answering);
        let again_at = if fault::active(Fault::OfferSaidOnce) { Millis::MAX } else { now + RESTART_AGAIN };
        let mut sdp = sdp::silence_unsent(sdp);
        match (sdp_type, self.role) {
            (SdpType::Answer, None) => self.role = DtlsRole::chosen(&sdp),
            // Left open, Firefox answers as the one that opens, whatever it was before (RFC 8842 §5.3 forbids it), and
            // Chromium, of the same role, takes no description ever after.
            (SdpType::Offer, Some(role)) if !fault::active(Fault::RoleLeftOpen) => sdp = role.choose(&sdp),
            _ => {}
        }
        if answers.is_some() {
            self.answered.answer = Some(sdp.clone());
            self.agree(now);
        }
        self.offer = answers.is_none().then(|| Pending { sdp: sdp.clone(), seq: None, again_at });
        self.outgoing.push(PeerBody::Description { sdp_type, sdp, answers, round: self.round });
    }

    /// The browser makes no own description.
    pub(super) fn local_refused(&mut self, now: Millis) {
        self.busy = None;
        self.failures += 1;
        // A browser that cannot answer is not asked again and again; the next offer begins anew.
        if self.failures == FAILURES_MAX {
            self.failures = 0;
            self.signaling = Signaling::Stable;
            self.plan_restart(now, RESTART_AFTER);
        } else {
            self.needed |= self.signaling == Signaling::Stable;
        }
    }

    /// The other's description is set.
    pub(super) fn remote_set(&mut self, now: Millis) {
        let Some(remote) = self.setting.take() else { return };
        self.busy = None;
        self.insisted = false;
        self.remote_known = true;
        self.offer = None;
        self.letters.forget_offer();
        self.to_firefox = sdp::is_of_firefox(&remote.sdp);
        let ufrag = sdp::ufrag(&remote.sdp);
        if self.their_ufrag != ufrag {
            let first = std::mem::replace(&mut self.their_ufrag, ufrag.to_owned()).is_empty();
            if !first {
                self.restart_under_way(now);
            }
        }
        match remote.sdp_type {
            SdpType::Offer => {
                self.signaling = Signaling::HaveRemoteOffer;
                self.answering = remote.seq;
                self.answered = Answered { offer: remote.sdp, answer: None };
                self.held = None;
                self.tell();
            }
            SdpType::Answer => {
                self.signaling = Signaling::Stable;
                self.agree(now);
                self.role = self.role.or_else(|| DtlsRole::chosen(&remote.sdp).map(DtlsRole::other));
                // An offer written before the answer was taken back for it.
                self.inbox.extend(self.held.take().filter(|held| held.seq > remote.seq));
            }
        }
    }

    /// The browser took no remote description. Firefox refuses an offer that restarts ICE while an own offer is pending that
    /// does not: it rolls that back and refuses every repeat, until an own offer restarts too. Else a later restart tries anew.
    pub(super) fn remote_refused(&mut self, now: Millis, effects: &mut VecDeque<Effect>) {
        let refused = self.setting.take();
        self.busy = None;
        match refused {
            Some(offer) if offer.sdp_type == SdpType::Offer => {
                let own_pending = self.signaling == Signaling::HaveLocalOffer;
                self.signaling = Signaling::Stable;
                self.offer = None;
                self.tell();
                if own_pending && !self.insisted {
                    self.insisted = true;
                    self.inbox.push_front(offer);
                    self.op(effects, PeerOp::RestartIce);
                    self.busy = Some(Busy::Local);
                    self.op(effects, PeerOp::SetLocal);
                }
            }
            // The own offer is said again when its time has come, and answered anew.
            _ => {}
        }
        self.plan_restart(now, RESTART_AFTER);
    }

    /// The next step of the negotiation, while none is under way.
    pub(super) fn advance(&mut self, effects: &mut VecDeque<Effect>) {
        while self.opened && self.busy.is_none() {
            if let Some(remote) = self.inbox.pop_front() {
                if self.wants(&remote) {
                    let Remote { sdp_type, sdp, .. } = remote.clone();
                    self.busy = Some(Busy::Remote);
                    self.setting = Some(remote);
                    self.op(effects, PeerOp::SetRemote { sdp_type, sdp });
                }
            } else if self.signaling == Signaling::HaveRemoteOffer {
                if !self.allocate && !self.adopted {
                    self.adopted = true;
                    self.op(effects, PeerOp::Adopt);
                }
                self.busy = Some(Busy::Local);
                self.op(effects, PeerOp::SetLocal);
            } else if self.needed && self.signaling == Signaling::Stable && (self.allocate || self.remote_known) {
                self.needed = false;
                self.tell();
                self.busy = Some(Busy::Local);
                self.op(effects, PeerOp::SetLocal);
            } else {
                break;
            }
        }
        let ready = self.remote_known && self.inbox.is_empty() && self.busy != Some(Busy::Remote);
        if self.opened && (ready || fault::active(Fault::CandidatesNotQueued)) {
            while let Some(candidate) = self.waiting.pop_front() {
                self.op(effects, PeerOp::AddCandidate(candidate));
            }
        }
    }

    /// Whether to set a remote description: perfect negotiation's choice. The end that allocates is the polite one: Chromium shows
    /// nothing any more of a transceiver that a remote offer has made, once an own offer is rolled back. Its first offer it does not
    /// take back either, for then its transceivers would be nobody's.
    fn wants(&mut self, remote: &Remote) -> bool {
        let lines = sdp::media_lines(&remote.sdp);
        if *self.media_lines.get_or_insert(lines) != lines {
            return false;
        }
        let polite = self.allocate != fault::active(Fault::AdopterRollsBack);
        match (remote.sdp_type, self.signaling) {
            (SdpType::Answer, Signaling::HaveLocalOffer) => {
                remote.answers.is_some() && remote.answers == self.offer.as_ref().and_then(|offer| offer.seq)
            }
            (SdpType::Answer, _) => false,
            (SdpType::Offer, Signaling::Stable | Signaling::HaveRemoteOffer) => true,
            (SdpType::Offer, Signaling::HaveLocalOffer) if polite && self.remote_known && !fault::active(Fault::NoRollback) => {
                self.rollbacks += 1;
                true
            }
            (SdpType::Offer, Signaling::HaveLocalOffer) => {
                self.ignored_offers += 1;
                if !self.answer_again(remote) {
                    self.held = Some(remote.clone());
                }
                false
            }
        }
    }

    /// An offer that was answered is said again: the answer was lost, and is too. Whether it was so.
    fn answer_again(&mut self, offer: &Remote) -> bool {
        let known = self.answered.offer == offer.sdp && !fault::active(Fault::AnswerSaidOnce);
        let Some(sdp) = self.answered.answer.clone().filter(|_| known) else { return false };
        self.outgoing.push(PeerBody::Description { sdp_type: SdpType::Answer, sdp, answers: Some(offer.seq), round: self.round });
        true
    }
}
