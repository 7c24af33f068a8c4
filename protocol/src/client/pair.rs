//! The connection to one other participant: `negotiation` makes offers and answers, `path` restarts ICE, `again` replaces what is
//! beyond that, `slots` says what is sent, `weak` how much of it.
//!
//! Driven by [`Session`](super::Session), which carries the letters.

mod again;
mod negotiation;
mod path;
mod sdp;
mod slots;
mod weak;

use std::collections::VecDeque;

pub(super) use self::negotiation::Remote;
use self::{
    negotiation::{Answered, Busy, Pending, Signaling},
    sdp::DtlsRole,
};
use crate::{
    Millis,
    client::{ConnectionState, Counters, Effect, FailedOp, PeerEvent, PeerOp, SendMode, letters::Letters},
    fault::{self, Fault},
    id::ParticipantId,
    message::{Candidate, IceServer, Link, PeerBody, PeerMessage, Round, SdpType},
};

/// How long a connection may be `disconnected` before ICE is restarted.
const RESTART_AFTER: Millis = 3_000;
/// How long a new connection, or a restart, may take before (another) restart. Without limit in number.
const RESTART_AGAIN: Millis = 10_000;

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
    /// The own one that an offer and its answer have settled.
    agreed_ufrag: String,
    /// This page is in a Firefox; so is the other.
    in_firefox: bool,
    to_firefox: bool,
    /// Own candidates of another one, and once that is agreed, when they are told.
    kept: Vec<Option<Candidate>>,
    tell_at: Option<Millis>,
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
    answered: Answered,
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
    /// Offers of the other that met an own one, and were not taken.
    ignored_offers: u64,
    /// Own offers that were taken back for one of the other.
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
            agreed_ufrag: String::new(),
            in_firefox: false,
            to_firefox: false,
            kept: Vec::new(),
            tell_at: None,
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
            answered: Answered::default(),
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

    /// Something the browser reports.
    pub(super) fn event(&mut self, event: PeerEvent, now: Millis, effects: &mut VecDeque<Effect>) {
        match event {
            PeerEvent::NegotiationNeeded => self.needed = true,
            PeerEvent::LocalSet { sdp_type, sdp, mids } => self.local_set(sdp_type, &sdp, mids, now),
            PeerEvent::RemoteSet => self.remote_set(now),
            PeerEvent::Failed { op: FailedOp::SetLocal, .. } => self.local_refused(now),
            PeerEvent::Failed { op: FailedOp::SetRemote, .. } => self.remote_refused(now, effects),
            PeerEvent::Failed { op: FailedOp::Open, .. } => self.not_made(now),
            PeerEvent::Failed { .. } => {}
            // The browser's policy is not trusted alone.
            PeerEvent::Candidate(Some(candidate)) if self.relay_only && !candidate.candidate.contains(" typ relay") => {}
            PeerEvent::Candidate(candidate) => self.found(candidate),
            PeerEvent::Connection(state) => self.connection_changed(state, now),
            PeerEvent::ControlOpen => self.control = true,
            PeerEvent::ControlClosed => self.control = false,
            PeerEvent::Received { slot, packets } => self.received(slot, packets, effects),
            PeerEvent::ControlMessage(_) | PeerEvent::FirstFrame | PeerEvent::Measured(_) => {}
        }
        self.advance(effects);
    }

    /// Adds what happened here to the session's count.
    pub(super) fn count_into(&self, counters: &mut Counters) {
        counters.ignored_offers += self.ignored_offers;
        counters.rollbacks += self.rollbacks;
        counters.restarts += self.restarts;
        counters.replaced += self.replaced;
    }
}
