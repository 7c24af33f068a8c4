//! Letters between pages, by the server and over data channels: delivered once, by whichever way, and what they say must hold.

use protocol::{
    client::{ConnectionState, Input, PeerEvent},
    id::ParticipantId,
    message::{Endpoint, Media, PeerBody, PeerMessage, ServerMessage},
};

use super::{Event, World};
use crate::simulation::coverage::Seen;

impl World {
    pub(super) fn send_letter(&mut self, key: usize, message: PeerMessage) {
        if !self.peers[key].told_open {
            return self.fail(format!("connection {key} sends over a control channel that is not open"));
        }
        let Some(other) = self.peers[key].other.filter(|_| self.peers[key].channel) else { return };
        self.peers[other].arriving.push_back(message);
        let delay = self.random.between(1, self.weather.delay);
        self.later(delay, Event::Letter(other));
    }

    pub(crate) fn letter_arrives(&mut self, key: usize) {
        let it = &self.peers[key];
        if it.closed || it.arriving.is_empty() {
            return;
        }
        let sender = it.other.or_else(|| it.model.current_remote.as_ref().and_then(|d| usize::try_from(d.origin).ok()));
        if !it.channel && sender.is_none_or(|sender| self.peers[sender].closed) {
            self.peers[key].arriving.clear();
            return;
        }
        let passes = |sender: usize| self.passes(key, sender) && !self.peers[sender].dead || self.peers[sender].closed;
        if !it.channel || !sender.is_some_and(passes) {
            // Sent again by SCTP until it arrives.
            let delay = self.random.between(100, 600);
            return self.later(delay, Event::Letter(key));
        }
        if let Some(message) = self.peers[key].arriving.pop_front() {
            let page = self.peers[key].page;
            self.deliver_letter(page, None, message);
        }
    }

    /// A letter that came by the server, or with no socket by the pair. One that came before must be dropped, and counted.
    pub(crate) fn deliver_letter(&mut self, page: usize, socket: Option<usize>, message: PeerMessage) {
        let dropped = |world: &Self| {
            let counters = world.pages[page].session.counters();
            counters.duplicates + counters.stale
        };
        let number = (self.pages[page].room, message.from, message.link, message.seq);
        let media = match &message.body {
            PeerBody::Media { media } => Some(media.clone()),
            _ => None,
        };
        let before = dropped(self);
        let known = self.pages[page].letters.contains(&number);
        let settled = self.pages[page].settled();
        self.watch_letter(page, &message, socket.is_none() && !known);
        match socket {
            Some(_) => {
                let input = Input::SocketMessage(ServerMessage::Peer { message });
                self.deliver_from(page, socket, input);
            }
            None => self.report_letter(page, message),
        }
        if let (false, Endpoint::Participant(from), Some(media)) = (settled, number.1, &media) {
            // Taken later or not: from now on nothing is known of what this page was told.
            self.pages[page].media.insert(from, (u32::MAX, media.clone()));
        }
        if settled && dropped(self) == before {
            if known {
                self.fail(format!("page {page} acts twice on one letter"));
            }
            self.pages[page].letters.insert(number);
            if let (Endpoint::Participant(from), Some(media)) = (number.1, media) {
                self.told_media(page, from, number.2.from, &media);
            }
        }
    }

    /// A page was told somebody's media: what it shows is the newest that it was told, never an older one that came later.
    pub(crate) fn told_media(&mut self, page: usize, who: ParticipantId, incarnation: u32, media: &Media) {
        // A server that has started anew knows nothing of it yet.
        if media.counter == 0 {
            return;
        }
        let newest = self.pages[page].media.entry(who).or_insert_with(|| (incarnation, media.clone()));
        if (newest.0, newest.1.counter) < (incarnation, media.counter) {
            *newest = (incarnation, media.clone());
        }
        let (newest, said) = newest.clone();
        let view = &self.pages[page].view;
        let tile = view.others.iter().find(|tile| tile.id == who && tile.in_call && newest == incarnation);
        if tile.is_some_and(|tile| (tile.microphone, tile.camera) != (said.microphone.state, said.camera.state)) {
            self.fail(format!("page {page} shows older media of {who} than it was told"));
        }
    }

    /// Notes what a letter meets.
    fn watch_letter(&mut self, page: usize, message: &PeerMessage, first_by_pair: bool) {
        if first_by_pair {
            self.seen.count(Seen::LetterByPairFirst);
        }
        let unready = matches!(message.body, PeerBody::Candidate { .. })
            && self.pages[page].peers.values().any(|peer| self.peers[*peer].model.remote().is_none());
        if unready {
            self.seen.count(Seen::CandidateBeforeDescription);
        }
    }

    /// Hands a letter to the page from the connection it came over.
    pub(crate) fn report_letter(&mut self, page: usize, message: PeerMessage) {
        let from = message.from;
        let over = |key: &usize| Endpoint::Participant(self.peers[*key].to) == from;
        if let Some(key) = self.pages[page].peers.values().copied().find(over) {
            self.report(key, PeerEvent::ControlMessage(message));
        }
    }

    /// Whether letters pass between two pages over their data channel, both ways.
    pub(crate) fn paired(&self, one: usize, other: usize) -> bool {
        let Some(key) = self.pages[other].participant.and_then(|to| self.pages[one].peers.get(&to).copied()) else {
            return false;
        };
        let open = |key: usize, other: usize| {
            let it = &self.peers[key];
            it.channel && it.told_open && it.state == ConnectionState::Connected && !it.dead && self.passes(key, other)
        };
        let back = self.peers[key].other.filter(|back| self.peers[*back].page == other && self.peers[*back].other == Some(key));
        back.is_some_and(|back| open(key, back) && open(back, key))
    }
}
