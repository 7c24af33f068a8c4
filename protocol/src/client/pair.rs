//! The connection to one other participant: perfect negotiation with one allocator (RFC 8829, W3C WebRTC §10.7), candidates,
//! and what is sent in each slot; `path` restarts ICE. Operations are serial: one description is being set at a time.
//!
//! Driven by [`Session`](super::Session), which carries the letters.

mod again;
mod path;
mod sdp;
mod slots;
mod weak;

use std::collections::VecDeque;

use self::sdp::DtlsRole;
use crate::{
    Millis,
    client::{ConnectionState, Counters, Effect, FailedOp, PeerEvent, PeerOp, SendMode, Slot, letters::Letters},
    fault::{self, Fault},
    id::ParticipantId,
    message::{CANDIDATE_MAX, Candidate, IceServer, Link, PeerBody, PeerMessage, Round, SDP_MAX, SdpType},
};

/// How long a connection may be `disconnected` before ICE is restarted.
const RESTART_AFTER: Millis = 3_000;
/// How long a new connection, or a restart, may take before (another) restart. Without limit in number.
const RESTART_AGAIN: Millis = 10_000;
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
/// How often setting a local description may fail in a row before it waits for another cause.
const FAILURES_MAX: u8 = 3;
/// Candidates that may wait for a description.
const CANDIDATES_MAX: usize = 128;
/// Descriptions that may wait for the one being set.
const INBOX_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signaling {
    Stable,
    HaveLocalOffer,
    HaveRemoteOffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Busy {
    Local,
    Remote,
}

/// A description from the other end.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    pub(super) sdp_type: SdpType,
    pub(super) sdp: String,
    /// The letter's number.
    pub(super) seq: u64,
    /// Of an answer: the number of the offer answered.
    pub(super) answers: Option<u64>,
}

/// An own offer that waits for its answer.
#[derive(Clone, Debug)]
struct Pending {
    sdp: String,
    /// Its letter's number, once it is sent.
    seq: Option<u64>,
    /// When it is said again.
    again_at: Millis,
}

/// The connection to one participant, between two given pages.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) peer: ParticipantId,
    pub(super) letters: Letters,
    pub(super) generation: u32,
    allocate: bool,
    opened: bool,
    /// The browser made no connection: when to try again.
    again_at: Option<Millis>,
    /// It is not the first try.
    again: bool,
    /// Only relayed candidates are given to the other end.
    relay_only: bool,
    /// The ICE generation in which the other end was given only relayed candidates (empty: not known), and when to begin another.
    hidden: Option<(String, Millis)>,
    /// The own ICE generation (RFC 8839 §5.4 `ice-ufrag`).
    ufrag: String,
    /// The other's.
    their_ufrag: String,
    /// Which end of the DTLS association this one is, once that is settled: for as long as the connection lasts.
    role: Option<DtlsRole>,
    busy: Option<Busy>,
    /// The remote description being set, in case it is refused.
    setting: Option<Remote>,
    /// A refused offer is being tried once more.
    insisted: bool,
    signaling: Signaling,
    needed: bool,
    adopted: bool,
    remote_known: bool,
    media_lines: Option<usize>,
    inbox: VecDeque<Remote>,
    offer: Option<Pending>,
    /// The other's offer that came while an own one waits: taken after the answer, if it was made after that.
    held: Option<Remote>,
    /// The number of the other's offer that is being answered.
    answering: u64,
    last_offer: u64,
    waiting: VecDeque<Option<Candidate>>,
    sending: [SendMode; 3],
    sent: [bool; 3],
    pub(super) mids: [Option<String>; 3],
    pub(super) connection: ConnectionState,
    pub(super) control: bool,
    failures: u8,
    restart_at: Option<Millis>,
    packets: [u64; 3],
    stalled: [u8; 3],
    /// Until when silence is no cause for another restart.
    silence_until: Millis,
    /// Nothing came of what the other end says that it sends.
    silent: bool,
    /// Whole frames to send, one with each report.
    whole: u8,
    /// ICE was restarted, and no packet has come since.
    restarted: bool,
    /// Restarts that were answered since it was connected last.
    fruitless: u8,
    /// Only another connection helps.
    beyond_repair: bool,
    /// Which connection between the two pages this is.
    pub(super) round: Round,
    /// How good it is, and what is sent because of that.
    pub(super) weak: weak::Weak,
    /// Letters to send, in order.
    pub(super) outgoing: Vec<PeerBody>,
    /// Offers of the other that this end, the impolite one, ignored.
    ignored_offers: u64,
    /// Own offers this end, the polite one, took back.
    rollbacks: u64,
    /// ICE restarts asked for.
    restarts: u64,
    /// Connections put in the place of another.
    replaced: u64,
}

impl Pair {
    /// `allocate`: this end is the earlier member.
    pub(super) fn new(peer: ParticipantId, link: Link, generation: u32, allocate: bool) -> Self {
        Self {
            peer,
            letters: Letters::new(link),
            generation,
            allocate,
            opened: false,
            again_at: None,
            again: false,
            relay_only: false,
            hidden: None,
            ufrag: String::new(),
            their_ufrag: String::new(),
            role: None,
            busy: None,
            setting: None,
            insisted: false,
            signaling: Signaling::Stable,
            needed: false,
            adopted: false,
            remote_known: false,
            media_lines: None,
            inbox: VecDeque::new(),
            offer: None,
            held: None,
            answering: 0,
            last_offer: 0,
            waiting: VecDeque::new(),
            sending: [SendMode::Nothing; 3],
            sent: [false; 3],
            mids: [None, None, None],
            connection: ConnectionState::New,
            control: false,
            failures: 0,
            restart_at: None,
            packets: [0; 3],
            stalled: [0; 3],
            silence_until: 0,
            silent: false,
            whole: 0,
            restarted: false,
            fruitless: 0,
            beyond_repair: false,
            round: Round::default(),
            weak: weak::Weak::default(),
            outgoing: Vec::new(),
            ignored_offers: 0,
            rollbacks: 0,
            restarts: 0,
            replaced: 0,
        }
    }

    fn op(&self, effects: &mut VecDeque<Effect>, op: PeerOp) {
        effects.push_back(Effect::Peer { peer: self.peer, generation: self.generation, op });
    }

    /// Brings the connection up, once.
    pub(super) fn open(&mut self, ice: &[IceServer], relay_only: bool, now: Millis, effects: &mut VecDeque<Effect>) {
        if !self.opened && self.again_at.is_none() {
            self.opened = true;
            self.relay_only = relay_only;
            self.needed = self.allocate;
            self.plan_restart(now, RESTART_AGAIN);
            let allocate = self.allocate || fault::active(Fault::BothAllocate);
            self.op(effects, PeerOp::Open { allocate, ice: ice.to_vec(), relay_only });
            self.advance(effects);
        }
    }

    /// Servers with newer credentials.
    pub(super) fn renew(&self, ice: &[IceServer], effects: &mut VecDeque<Effect>) {
        if self.opened {
            self.op(effects, PeerOp::Servers(ice.to_vec()));
        }
    }

    /// Takes it down.
    pub(super) fn close(&self, effects: &mut VecDeque<Effect>) {
        if self.opened {
            self.op(effects, PeerOp::Close);
        }
    }

    /// Wraps a letter, numbered.
    pub(super) fn letter(&mut self, me: ParticipantId, body: PeerBody) -> PeerMessage {
        let message = self.letters.write(me, self.peer, body);
        if let (PeerBody::Description { sdp_type: SdpType::Offer, .. }, Some(offer)) = (&message.body, &mut self.offer) {
            offer.seq = Some(message.seq);
        }
        message
    }

    /// A description from the other end.
    pub(super) fn description(&mut self, remote: Remote, effects: &mut VecDeque<Effect>) {
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
    pub(super) fn candidate(&mut self, candidate: Option<Candidate>, effects: &mut VecDeque<Effect>) {
        if candidate.as_ref().is_some_and(|c| c.candidate.len() > CANDIDATE_MAX) || self.waiting.len() >= CANDIDATES_MAX {
            return;
        }
        self.waiting.push_back(candidate);
        self.advance(effects);
    }

    /// Something the browser reports.
    pub(super) fn event(&mut self, event: PeerEvent, now: Millis, effects: &mut VecDeque<Effect>) {
        match event {
            PeerEvent::NegotiationNeeded => self.needed = true,
            PeerEvent::LocalSet { sdp_type, sdp, mids } => {
                self.busy = None;
                self.failures = 0;
                self.signaling = match sdp_type {
                    SdpType::Offer => Signaling::HaveLocalOffer,
                    SdpType::Answer => Signaling::Stable,
                };
                // What was needed before is in it; what came up meanwhile the browser reports when it is stable again.
                self.needed = false;
                self.media_lines.get_or_insert_with(|| sdp::media_lines(&sdp));
                self.ufrag = sdp::ufrag(&sdp).to_owned();
                if self.hidden.as_ref().is_some_and(|(hidden, _)| !hidden.is_empty() && *hidden != self.ufrag) {
                    self.hidden = None;
                }
                self.mids = mids;
                let answers = (sdp_type == SdpType::Answer).then_some(self.answering);
                let again_at = if fault::active(Fault::OfferSaidOnce) { Millis::MAX } else { now + RESTART_AGAIN };
                let mut sdp = sdp::silence_unsent(&sdp);
                match (sdp_type, self.role) {
                    (SdpType::Answer, None) => self.role = DtlsRole::chosen(&sdp),
                    // Left open, Firefox answers as the one that opens, whatever it was before (RFC 8842 §5.3 forbids it), and
                    // Chromium, of the same role, takes no description ever after.
                    (SdpType::Offer, Some(role)) if !fault::active(Fault::RoleLeftOpen) => sdp = role.choose(&sdp),
                    _ => {}
                }
                self.offer = answers.is_none().then(|| Pending { sdp: sdp.clone(), seq: None, again_at });
                self.outgoing.push(PeerBody::Description { sdp_type, sdp, answers, round: self.round });
            }
            PeerEvent::RemoteSet => self.remote_set(now),
            PeerEvent::Failed { op: FailedOp::SetLocal, .. } => {
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
            PeerEvent::Failed { op: FailedOp::SetRemote, .. } => self.remote_refused(now, effects),
            PeerEvent::Failed { op: FailedOp::Open, .. } => self.not_made(now),
            PeerEvent::Failed { .. } => {}
            // The browser's policy is not trusted alone.
            PeerEvent::Candidate(Some(candidate)) if self.relay_only && !candidate.candidate.contains(" typ relay") => {}
            PeerEvent::Candidate(candidate) => self.outgoing.push(PeerBody::Candidate { candidate, round: self.round }),
            PeerEvent::Connection(state) => self.connection_changed(state, now),
            PeerEvent::ControlOpen => self.control = true,
            PeerEvent::ControlClosed => self.control = false,
            PeerEvent::Received { slot, packets } => {
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
            PeerEvent::ControlMessage(_) | PeerEvent::FirstFrame | PeerEvent::Measured(_) => {}
        }
        self.advance(effects);
    }

    fn remote_set(&mut self, now: Millis) {
        let Some(remote) = self.setting.take() else { return };
        self.busy = None;
        self.insisted = false;
        self.remote_known = true;
        self.offer = None;
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
                self.held = None;
            }
            SdpType::Answer => {
                self.signaling = Signaling::Stable;
                self.role = self.role.or_else(|| DtlsRole::chosen(&remote.sdp).map(DtlsRole::other));
                // An offer written before the answer was taken back for it.
                self.inbox.extend(self.held.take().filter(|held| held.seq > remote.seq));
            }
        }
    }

    /// The browser took no remote description. Firefox refuses an offer that restarts ICE while an own offer is pending that
    /// does not: it rolls that back and refuses every repeat, until an own offer restarts too. Else a later restart tries anew.
    fn remote_refused(&mut self, now: Millis, effects: &mut VecDeque<Effect>) {
        let refused = self.setting.take();
        self.busy = None;
        match refused {
            Some(offer) if offer.sdp_type == SdpType::Offer => {
                let own_pending = self.signaling == Signaling::HaveLocalOffer;
                self.signaling = Signaling::Stable;
                self.offer = None;
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

    /// Adds what happened here to the session's count.
    pub(super) fn count_into(&self, counters: &mut Counters) {
        counters.ignored_offers += self.ignored_offers;
        counters.rollbacks += self.rollbacks;
        counters.restarts += self.restarts;
        counters.replaced += self.replaced;
    }

    /// The next step of the negotiation, while none is under way.
    fn advance(&mut self, effects: &mut VecDeque<Effect>) {
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

    /// Whether to set a remote description: perfect negotiation's choice. The allocator is the impolite end.
    fn wants(&mut self, remote: &Remote) -> bool {
        let lines = sdp::media_lines(&remote.sdp);
        if *self.media_lines.get_or_insert(lines) != lines {
            return false;
        }
        match (remote.sdp_type, self.signaling) {
            (SdpType::Answer, Signaling::HaveLocalOffer) => {
                remote.answers.is_some() && remote.answers == self.offer.as_ref().and_then(|offer| offer.seq)
            }
            (SdpType::Answer, _) => false,
            (SdpType::Offer, Signaling::Stable) => true,
            (SdpType::Offer, _) if self.allocate || fault::active(Fault::NoRollback) => {
                self.ignored_offers += 1;
                self.held = Some(remote.clone());
                false
            }
            (SdpType::Offer, _) => {
                self.rollbacks += 1;
                true
            }
        }
    }
}
