//! The browser's peer connections: the model of JSEP with an operations chain, ICE, DTLS and a data channel around it.
//!
//! Driven by the effects of the page's session; `ice` says when two of them are connected.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{
    client::{ConnectionState, FailedOp, Input, Limit, PeerEvent, PeerOp, SendMode, Slot},
    id::ParticipantId,
    message::{Candidate, PeerMessage, SdpType},
};

use super::{Event, Time, World};
use crate::simulation::{
    coverage::Seen,
    model::{Description, Direction, Error, Kind, PeerConnection, Signaling},
};

/// One `RTCPeerConnection`, the glue of the engine included.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) page: usize,
    pub(crate) to: ParticipantId,
    pub(crate) generation: u32,
    pub(crate) model: PeerConnection,
    pub(crate) closed: bool,
    chain: VecDeque<PeerOp>,
    working: bool,
    pub(crate) sending: [SendMode; 3],
    /// Which transceiver is which slot, once known.
    slots: Option<[usize; 3]>,
    pub(crate) state: ConnectionState,
    pub(super) since: Time,
    /// The other end of the DTLS association, once there is one.
    pub(crate) other: Option<usize>,
    /// The epoch of the path it is connected over.
    pub(super) epoch: u32,
    /// The generation with which ICE failed.
    pub(super) failed_with: Option<String>,
    pub(crate) channel: bool,
    /// Nothing that it sends leaves it any more, whatever ICE says.
    pub(super) dead: bool,
    /// Whether the session was told so.
    pub(crate) told_open: bool,
    pub(super) arriving: VecDeque<PeerMessage>,
    /// In which epoch each own generation's candidates were found.
    pub(super) found: BTreeMap<String, u32>,
    packets: [u64; 3],
    /// The most that may be sent of a picture.
    pub(crate) limit: Limit,
    framed: bool,
    /// `iceTransportPolicy`.
    pub(crate) relay_only: bool,
    /// Whether the two have been in a call, so that each may know the other's address.
    pub(crate) acquainted: bool,
    /// The own generations whose candidates are all relayed.
    pub(crate) relayed: BTreeSet<String>,
}

impl World {
    pub(super) fn report(&mut self, key: usize, event: PeerEvent) {
        let it = &self.peers[key];
        if it.closed {
            return;
        }
        let input = Input::Peer { peer: it.to, generation: it.generation, event };
        self.deliver(it.page, input);
    }

    /// `new RTCPeerConnection`, its data channel, and for the allocator its transceivers.
    pub(crate) fn open_peer(&mut self, page: usize, to: ParticipantId, generation: u32, allocate: bool) {
        let key = self.peers.len();
        let mut model = PeerConnection::new(key as u64);
        model.engine = self.tabs[self.pages[page].tab].engine;
        let mut slots = None;
        if allocate {
            let kinds = [Kind::Audio, Kind::Video, Kind::Video];
            let added = kinds.map(|kind| model.add_transceiver(kind, Direction::SendRecv));
            slots = added.iter().all(Result::is_ok).then_some([0, 1, 2]);
        }
        let made = model.create_data_channel();
        self.peers.push(Peer {
            page,
            to,
            generation,
            model,
            closed: false,
            chain: VecDeque::new(),
            working: false,
            sending: [SendMode::Nothing; 3],
            slots,
            state: ConnectionState::New,
            since: self.now,
            other: None,
            epoch: 0,
            failed_with: None,
            channel: false,
            dead: false,
            told_open: false,
            arriving: VecDeque::new(),
            found: BTreeMap::new(),
            packets: [0; 3],
            limit: Limit::default(),
            framed: false,
            relay_only: false,
            acquainted: false,
            relayed: BTreeSet::new(),
        });
        if self.pages[page].peers.insert(to, key).is_some() || made.is_err() {
            self.fail(format!("page {page} opens a second connection to one participant"));
        }
        self.needs_negotiation(key);
    }

    pub(crate) fn close_peer(&mut self, key: usize) {
        let it = &mut self.peers[key];
        it.closed = true;
        it.model.close();
        let (page, other) = (it.page, it.other);
        self.pages[page].peers.retain(|_, peer| *peer != key);
        if let Some(other) = other {
            let delay = self.delay();
            let after = if self.random.chance(70) { delay } else { self.random.between(2_500, 6_000) };
            self.later(after, Event::Ice(other));
        }
    }

    pub(crate) fn peer_op(&mut self, key: usize, op: PeerOp) {
        match op {
            PeerOp::SetLocal | PeerOp::SetRemote { .. } | PeerOp::AddCandidate(_) => {
                self.peers[key].chain.push_back(op);
                if !std::mem::replace(&mut self.peers[key].working, true) {
                    self.next_step(key);
                }
            }
            PeerOp::Adopt => self.adopt(key),
            PeerOp::Send { slot, mode } => {
                let it = &mut self.peers[key];
                it.sending[slot as usize] = mode;
                if it.slots.is_none() {
                    self.fail(format!("connection {key} sends before it has transceivers"));
                }
            }
            PeerOp::Control(message) => {
                self.check_hidden(self.peers[key].page, &message);
                self.send_letter(key, message);
            }
            PeerOp::Reveal => {
                self.seen.count(Seen::AddressesRevealed);
                self.peers[key].relay_only = false;
            }
            PeerOp::RestartIce => {
                self.peers[key].model.restart_ice();
                self.needs_negotiation(key);
            }
            PeerOp::Close => self.close_peer(key),
            PeerOp::Servers(_) => self.seen.count(Seen::CredentialsRenewed),
            PeerOp::Limit(limit) => self.peers[key].limit = limit,
            PeerOp::Open { .. } | PeerOp::SendWhole => {}
        }
    }

    fn next_step(&mut self, key: usize) {
        let length = self.random.between(1, 25);
        self.later(length, Event::Chain(key));
    }

    pub(crate) fn chain_step(&mut self, key: usize) {
        let Some(op) = self.peers[key].chain.pop_front().filter(|_| !self.peers[key].closed) else { return };
        let faulty = !self.quiet() && self.random.chance(self.weather.failures);
        if faulty {
            self.seen.count(Seen::PromiseFailed);
        }
        let report = match op {
            PeerOp::SetLocal => Some(self.set_local(key, faulty)),
            PeerOp::SetRemote { sdp_type, sdp } => Some(self.set_remote(key, sdp_type, &sdp, faulty)),
            PeerOp::AddCandidate(candidate) => self.add_candidate(key, candidate.as_ref()),
            _ => None,
        };
        let it = &mut self.peers[key];
        it.working = !it.chain.is_empty();
        let working = it.working;
        if working {
            self.next_step(key);
        }
        if let Some(event) = report {
            self.report(key, event);
        }
        self.needs_negotiation(key);
        self.later(3, Event::Ice(key));
    }

    /// `negotiationneeded` fires in a turn of its own.
    fn needs_negotiation(&mut self, key: usize) {
        let it = &mut self.peers[key];
        if !it.closed && !it.working && it.model.update_negotiation_needed() {
            let input = Input::Peer { peer: it.to, generation: it.generation, event: PeerEvent::NegotiationNeeded };
            let page = it.page;
            self.later(1, Event::Input(page, Box::new(input)));
        }
    }

    /// Both browsers of a pair want to negotiate, of their own, at about the same time.
    pub(crate) fn needless_negotiation(&mut self) {
        let settled: Vec<usize> =
            (0..self.peers.len()).filter(|key| !self.peers[*key].closed && self.peers[*key].channel).collect();
        let Some(one) = self.random.pick(&settled).copied() else { return };
        for key in [Some(one), self.peers[one].other].into_iter().flatten() {
            let it = &self.peers[key];
            let input = Input::Peer { peer: it.to, generation: it.generation, event: PeerEvent::NegotiationNeeded };
            let page = it.page;
            let soon = self.random.between(0, 60);
            self.later(soon, Event::Input(page, Box::new(input)));
        }
    }

    /// A browser's connection goes dead: Firefox's may, once its ICE has failed.
    pub(crate) fn connection_dies(&mut self) {
        let live: Vec<usize> = (0..self.peers.len()).filter(|key| !self.peers[*key].closed && self.peers[*key].channel).collect();
        if let Some(key) = self.random.pick(&live).copied() {
            self.seen.count(Seen::ConnectionDead);
            self.trace(|_| format!("connection {key} is dead"));
            self.peers[key].dead = true;
        }
    }

    fn set_local(&mut self, key: usize, faulty: bool) -> PeerEvent {
        let it = &mut self.peers[key];
        let result = if faulty { Err(Error::Operation) } else { it.model.set_local().cloned() };
        let description = match result {
            Ok(description) => description,
            Err(error) => return failed(FailedOp::SetLocal, error),
        };
        let mids = it.slots.map(|slots| slots.map(|slot| it.model.transceivers[slot].mid.clone())).unwrap_or_default();
        if !it.found.contains_key(&description.ufrag) {
            self.gather(key, &description);
        }
        PeerEvent::LocalSet { sdp_type: description.sdp_type, sdp: description.encode(), mids }
    }

    /// Candidates of a new generation come one by one, then their end.
    fn gather(&mut self, key: usize, description: &Description) {
        let (page, to, generation) = (self.peers[key].page, self.peers[key].to, self.peers[key].generation);
        let epoch = self.path_of(key).map_or(0, |path| path.epoch);
        self.peers[key].found.insert(description.ufrag.clone(), epoch);
        let relay_only = self.peers[key].relay_only;
        if relay_only {
            self.peers[key].relayed.insert(description.ufrag.clone());
        }
        let kind = if relay_only { "relay" } else { "host" };
        let mut at = 0;
        for number in 0..self.random.between(1, 3) {
            at += self.random.between(1, 60);
            let candidate = Candidate {
                candidate: format!("candidate:{number} 1 udp 1 192.0.2.1 9 typ {kind} ufrag {}", description.ufrag),
                mid: description.lines.first().map(|line| line.mid.clone()),
                line: Some(0),
                ufrag: Some(description.ufrag.clone()),
            };
            let event = PeerEvent::Candidate(Some(candidate));
            self.later(at, Event::Input(page, Box::new(Input::Peer { peer: to, generation, event })));
        }
        let event = PeerEvent::Candidate(None);
        self.later(at + 1, Event::Input(page, Box::new(Input::Peer { peer: to, generation, event })));
    }

    fn set_remote(&mut self, key: usize, sdp_type: SdpType, sdp: &str, faulty: bool) -> PeerEvent {
        let Some(description) = Description::decode(sdp_type, sdp) else {
            self.fail(format!("a description arrived broken: {sdp:?}"));
            return failed(FailedOp::SetRemote, Error::Operation);
        };
        let it = &mut self.peers[key];
        let (glare, rollbacks) =
            (it.model.signaling == Signaling::HaveLocalOffer && sdp_type == SdpType::Offer, it.model.rollbacks);
        let result = if faulty { Err(Error::Operation) } else { it.model.set_remote(description) };
        let rolled_back = it.model.rollbacks > rollbacks;
        if glare {
            self.seen.count(Seen::Glare);
        }
        if rolled_back {
            self.seen.count(Seen::Rollback);
        }
        if rolled_back && it.model.is_blind_when_rolled_back() {
            self.fail(format!("connection {key} takes an offer back, and shows nothing any more of what comes"));
        }
        match result {
            Ok(()) => PeerEvent::RemoteSet,
            Err(error) => {
                self.trace(|world| format!("connection {key} refuses: {error:?} in {:?}", world.peers[key].model.signaling));
                self.seen.count(Seen::RemoteRefused);
                failed(FailedOp::SetRemote, error)
            }
        }
    }

    fn add_candidate(&mut self, key: usize, candidate: Option<&Candidate>) -> Option<PeerEvent> {
        let error = self.peers[key].model.add_candidate(candidate).err()?;
        if error == Error::InvalidState {
            self.fail(format!("connection {key} is given a candidate before any description"));
        }
        self.seen.count(Seen::CandidateRefused);
        Some(failed(FailedOp::AddCandidate, error))
    }

    fn adopt(&mut self, key: usize) {
        let model = &mut self.peers[key].model;
        let lines: Vec<_> = model.remote().into_iter().flat_map(|remote| remote.lines.clone()).collect();
        let media = lines.iter().filter(|line| line.kind != Kind::Application);
        let found: Vec<usize> =
            media.filter_map(|line| model.transceivers.iter().position(|t| t.mid.as_ref() == Some(&line.mid))).collect();
        let Ok(slots) = <[usize; 3]>::try_from(found) else {
            return self.fail(format!("connection {key} adopts other than three transceivers"));
        };
        let set = slots.map(|slot| model.set_direction(slot, Direction::SendRecv));
        if set.iter().any(Result::is_err) {
            return self.fail(format!("connection {key} adopts after its end"));
        }
        self.peers[key].slots = Some(slots);
        self.needs_negotiation(key);
    }

    /// Reports the packets received, and the first picture.
    pub(crate) fn count_packets(&mut self, key: usize) {
        let it = &self.peers[key];
        let Some(other) = it.other else { return };
        let passes = it.state == ConnectionState::Connected && self.passes(key, other) && !self.peers[other].dead;
        for slot in [Slot::Microphone, Slot::Camera] {
            if passes && self.peers[other].sending[slot as usize] != SendMode::Nothing {
                self.peers[key].packets[slot as usize] += 30;
            }
            let packets = self.peers[key].packets[slot as usize];
            self.report(key, PeerEvent::Received { slot, packets });
        }
        let live = matches!(self.peers[other].sending[Slot::Camera as usize], SendMode::Live { .. });
        if passes && live && !std::mem::replace(&mut self.peers[key].framed, true) {
            self.seen.count(Seen::FirstFrame);
            self.report(key, PeerEvent::FirstFrame);
        }
    }
}

fn failed(op: FailedOp, error: Error) -> PeerEvent {
    PeerEvent::Failed { op, message: error.name().to_owned() }
}
