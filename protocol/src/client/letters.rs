//! The letters between two pages: numbered when written, counted once when they come, whichever way; kept for a repeat where they
//! must not get lost.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    fault::{self, Fault},
    id::ParticipantId,
    message::{Endpoint, Link, PeerBody, PeerMessage, SdpType},
};

/// Numbers remembered above the contiguous ones.
const SEEN_MAX: usize = 512;
/// Candidates kept for a repeat.
const CANDIDATES_MAX: usize = 128;

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    /// New: act on it.
    Taken,
    /// Of another page than the one this pair is with.
    Stale,
    /// Seen before.
    Duplicate,
}

/// Both directions of one link.
#[derive(Debug)]
pub(super) struct Letters {
    /// From this page to the other.
    pub(super) link: Link,
    next_seq: u64,
    seen_below: u64,
    seen: BTreeSet<u64>,
    offer: Option<PeerMessage>,
    answer: Option<PeerMessage>,
    candidates: VecDeque<PeerMessage>,
    anew: Option<PeerMessage>,
    wish: Option<PeerMessage>,
}

impl Letters {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            next_seq: 1,
            seen_below: 1,
            seen: BTreeSet::new(),
            offer: None,
            answer: None,
            candidates: VecDeque::new(),
            anew: None,
            wish: None,
        }
    }

    /// The next letter.
    pub(super) fn write(&mut self, me: ParticipantId, peer: ParticipantId, body: PeerBody) -> PeerMessage {
        let (from, to) = (Endpoint::Participant(me), Endpoint::Participant(peer));
        let message = PeerMessage { from, to, link: self.link, seq: self.next_seq, body };
        self.next_seq += 1;
        match message.body {
            PeerBody::Description { sdp_type: SdpType::Offer, .. } => self.offer = Some(message.clone()),
            PeerBody::Description { sdp_type: SdpType::Answer, .. } => self.answer = Some(message.clone()),
            PeerBody::Candidate { .. } => {
                self.candidates.push_back(message.clone());
                if self.candidates.len() > CANDIDATES_MAX {
                    self.candidates.pop_front();
                }
            }
            PeerBody::Anew { .. } => self.anew = Some(message.clone()),
            PeerBody::Prefer { .. } => self.wish = Some(message.clone()),
            _ => {}
        }
        message
    }

    /// What to say again after the way was cut: the last descriptions, candidates and wish. The other end drops what it has seen.
    pub(super) fn repeated(&self) -> Vec<PeerMessage> {
        let mut letters: Vec<PeerMessage> = self.candidates.iter().cloned().collect();
        for letter in self.offer.iter().chain(&self.answer).chain(&self.anew).chain(&self.wish) {
            let place = letters.partition_point(|other| other.seq < letter.seq);
            letters.insert(place, letter.clone());
        }
        letters
    }

    /// The own offer was answered, or taken back: it is not repeated.
    pub(super) fn forget_offer(&mut self) {
        self.offer = None;
    }

    /// Another connection takes the place of the one that these were about.
    pub(super) fn forget_connection(&mut self) {
        (self.offer, self.answer, self.anew) = (None, None, None);
        self.candidates.clear();
    }

    /// Whether a letter counts.
    pub(super) fn receive(&mut self, message: &PeerMessage) -> Receipt {
        if message.link.reversed() != self.link && !fault::active(Fault::StaleLinkAccepted) {
            return Receipt::Stale;
        }
        let known = message.seq < self.seen_below || !self.seen.insert(message.seq);
        if known && !fault::active(Fault::SeqNotChecked) {
            return Receipt::Duplicate;
        }
        while self.seen.remove(&self.seen_below) {
            self.seen_below = self.seen_below.saturating_add(1);
        }
        while self.seen.len() > SEEN_MAX {
            if let Some(lowest) = self.seen.pop_first() {
                self.seen_below = lowest.saturating_add(1);
            }
        }
        Receipt::Taken
    }
}
