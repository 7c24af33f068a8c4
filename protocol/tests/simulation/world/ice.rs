//! ICE, DTLS and the data channel's opening: when two modelled connections are connected, for how long, and when they give up.
//!
//! Stricter than real ICE: both ends need a candidate of the other's present generation, so that a lost one is noticed.

use protocol::client::{ConnectionState, PeerEvent};

use super::{Event, Path, Peer, Time, World};
use crate::simulation::{coverage::Seen, model::Kind};

/// How long ICE tries before it has failed.
const GIVE_UP: Time = 20_000;

impl World {
    pub(super) fn path_of(&self, key: usize) -> Option<Path> {
        let it = &self.peers[key];
        let mine = self.pages[it.page].tab;
        let theirs = self.pages.iter().rev().find(|page| page.participant == Some(it.to))?.tab;
        Some(self.path(mine, theirs))
    }

    /// Whether packets pass between two that were connected in this epoch.
    pub(super) fn passes(&self, key: usize, other: usize) -> bool {
        let (mine, theirs) = (&self.peers[key], &self.peers[other]);
        let path = self.path(self.pages[mine.page].tab, self.pages[theirs.page].tab);
        !path.down && !theirs.closed && path.epoch == mine.epoch
    }

    /// Whether ICE and DTLS come about now.
    fn ready(&self, key: usize) -> Option<usize> {
        let mine = &self.peers[key];
        let theirs_id = mine.model.current_remote.as_ref()?.origin;
        let other = usize::try_from(theirs_id).ok()?;
        let theirs = &self.peers[other];
        let (my_local, my_remote) = (mine.model.current_local.as_ref()?, mine.model.current_remote.as_ref()?);
        let (their_local, their_remote) = (theirs.model.current_local.as_ref()?, theirs.model.current_remote.as_ref()?);
        let path = self.path(self.pages[mine.page].tab, self.pages[theirs.page].tab);
        let fits = !theirs.closed
            && !path.down
            && their_remote.origin == key as u64
            && my_local.ufrag == their_remote.ufrag
            && their_local.ufrag == my_remote.ufrag
            && mine.model.active != theirs.model.active
            && mine.model.candidates.contains_key(&my_remote.ufrag)
            && theirs.model.candidates.contains_key(&their_remote.ufrag)
            && mine.found.get(&my_local.ufrag) == Some(&path.epoch)
            && theirs.found.get(&their_local.ufrag) == Some(&path.epoch)
            && mine.other.is_none_or(|before| before == other);
        fits.then_some(other)
    }

    fn set_state(&mut self, key: usize, state: ConnectionState) {
        self.peers[key].state = state;
        self.peers[key].since = self.now;
        self.trace(|_| format!("connection {key} is {state:?}"));
        if state == ConnectionState::Failed {
            self.seen.count(Seen::ConnectionFailed);
            self.peers[key].failed_with = self.peers[key].model.current_local.as_ref().map(|d| d.ufrag.clone());
        }
        self.report(key, PeerEvent::Connection(state));
    }

    pub(crate) fn ice(&mut self, key: usize) {
        use ConnectionState as S;
        let it = &self.peers[key];
        if it.closed {
            return;
        }
        let (state, lasted) = (it.state, self.now - it.since);
        let current = it.model.current_local.as_ref().map(|d| &d.ufrag);
        let anew = current.is_some() && current != it.failed_with.as_ref();
        let ready = self.ready(key);
        match (state, ready) {
            (S::New, _) if current.is_some() => {
                self.set_state(key, S::Connecting);
                self.later(GIVE_UP, Event::Ice(key));
                self.later(5, Event::Ice(key));
            }
            (S::Failed, _) if anew => {
                self.set_state(key, S::Connecting);
                self.later(GIVE_UP, Event::Ice(key));
                self.later(5, Event::Ice(key));
            }
            (S::Connecting | S::Disconnected, Some(other)) => self.connected(key, other),
            (S::Connecting, None) if lasted >= GIVE_UP => self.set_state(key, S::Failed),
            (S::Connected, _) => self.still_connected(key, ready),
            (S::Disconnected, None) => {
                if self.peers[key].other.is_some_and(|other| self.passes(key, other)) {
                    self.set_state(key, S::Connected);
                } else if lasted >= GIVE_UP / 2 {
                    self.set_state(key, S::Failed);
                }
            }
            _ => {}
        }
    }

    fn connected(&mut self, key: usize, other: usize) {
        let epoch = self.path_of(key).map_or(0, |path| path.epoch);
        self.peers[key].other = Some(other);
        self.peers[key].epoch = epoch;
        self.set_state(key, ConnectionState::Connected);
        let delay = self.delay();
        self.later(delay, Event::Ice(other));
        self.later(delay, Event::Ice(key));
    }

    fn still_connected(&mut self, key: usize, ready: Option<usize>) {
        let Some(other) = self.peers[key].other else { return };
        if let Some(again) = ready {
            // A restart moves to the new generation without a gap.
            let (mine, theirs) = (self.pages[self.peers[key].page].tab, self.pages[self.peers[again].page].tab);
            self.peers[key].epoch = self.path(mine, theirs).epoch;
        }
        if !self.passes(key, other) {
            if self.peers[other].closed && std::mem::take(&mut self.peers[key].channel) {
                self.seen.count(Seen::ControlClosed);
                self.report(key, PeerEvent::ControlClosed);
            }
            self.set_state(key, ConnectionState::Disconnected);
            self.later(GIVE_UP / 2, Event::Ice(key));
            return;
        }
        let data = |peer: &Peer| {
            peer.model.current_local.as_ref().is_some_and(|d| d.lines.iter().any(|line| line.kind == Kind::Application))
        };
        let both = self.peers[other].state == ConnectionState::Connected && data(&self.peers[key]) && data(&self.peers[other]);
        if both && !self.peers[key].channel {
            self.peers[key].channel = true;
            self.report(key, PeerEvent::ControlOpen);
        }
    }
}
