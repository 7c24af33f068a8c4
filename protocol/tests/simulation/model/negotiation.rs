//! How the model makes offers and answers, and what an exchange, or its rollback, does to transceivers (RFC 8829 §5).

use protocol::message::SdpType;

use super::{Description, Direction, Engine, Error, Kind, Line, PeerConnection, Signaling, Transceiver, line, same_lines};

impl PeerConnection {
    pub(super) fn needs_negotiation(&self) -> bool {
        if !self.replace.is_empty() || self.data_channel && self.data.is_none() {
            return true;
        }
        self.transceivers.iter().any(|transceiver| {
            let (Some(mid), Some(local), Some(remote)) = (&transceiver.mid, &self.current_local, &self.current_remote) else {
                return true;
            };
            let (Some(mine), Some(theirs)) = (line(local, mid), line(remote, mid)) else {
                return true;
            };
            let theirs = theirs.direction.reversed();
            match local.sdp_type {
                SdpType::Offer => mine.direction != transceiver.direction && theirs != transceiver.direction,
                SdpType::Answer => mine.direction != transceiver.direction.intersect(theirs),
            }
        })
    }

    /// The m-lines of what was negotiated, then those new: transceivers in the order they were added, data last (RFC 8829 §5.2).
    pub(super) fn offer(&mut self) -> Description {
        let mut lines: Vec<Line> = Vec::new();
        for line in self.pending_local.as_ref().or(self.current_local.as_ref()).map_or(&[][..], |d| &d.lines) {
            let owner = self.transceivers.iter().find(|t| t.mid.as_ref() == Some(&line.mid));
            lines.push(Line { direction: owner.map_or(line.direction, |t| t.direction), ..line.clone() });
        }
        for index in 0..self.transceivers.len() {
            if self.transceivers[index].mid.is_none() {
                let mid = self.fresh_mid();
                let transceiver = &mut self.transceivers[index];
                transceiver.mid = Some(mid.clone());
                transceiver.fresh = true;
                lines.push(Line { kind: transceiver.kind, mid, direction: transceiver.direction });
            }
        }
        if self.data_channel && self.data.is_none() {
            let mid = self.fresh_mid();
            self.data = Some((mid.clone(), true));
            lines.push(Line { kind: Kind::Application, mid, direction: Direction::SendRecv });
        }
        let ufrag = self.local().map(|d| d.ufrag.clone()).filter(|ufrag| !self.replace.contains(ufrag));
        let ufrag = ufrag.unwrap_or_else(|| self.fresh_ufrag());
        Description { sdp_type: SdpType::Offer, origin: self.id, ufrag, active: None, lines }
    }

    pub(super) fn answer_to(&mut self, offer: &Description) -> Description {
        let lines = offer.lines.iter().map(|line| {
            let owner = self.transceivers.iter().find(|t| t.mid.as_ref() == Some(&line.mid));
            let direction = owner.map_or(line.direction, |t| t.direction.intersect(line.direction.reversed()));
            Line { direction, ..line.clone() }
        });
        let lines = lines.collect();
        let first = self.current_remote.is_none();
        let kept = self.current_local.as_ref().filter(|_| !first && !self.restarts(offer)).map(|d| d.ufrag.clone());
        let ufrag = kept.unwrap_or_else(|| self.fresh_ufrag());
        let active = match (offer.active, self.engine) {
            (Some(theirs), _) => !theirs,
            (None, Engine::Firefox) => true,
            (None, _) => self.active.unwrap_or(true),
        };
        Description { sdp_type: SdpType::Answer, origin: self.id, ufrag, active: Some(active), lines }
    }

    /// An offer and its answer are complete: both become current.
    pub(super) fn settle(&mut self, local: Description, remote: Description, answered_here: bool) {
        self.signaling = Signaling::Stable;
        let settled = if answered_here { local.active } else { remote.active.map(|theirs| !theirs) };
        self.active = self.active.or(settled);
        for transceiver in &mut self.transceivers {
            let answer = if answered_here { &local } else { &remote };
            if let Some(line) = transceiver.mid.as_ref().and_then(|mid| line(answer, mid)) {
                transceiver.current = Some(if answered_here { line.direction } else { line.direction.reversed() });
            }
            transceiver.fresh = false;
            transceiver.remote = false;
        }
        if let Some((_, fresh)) = &mut self.data {
            *fresh = false;
        }
        if !self.replace.contains(&local.ufrag) {
            self.replace.clear();
        }
        self.current_local = Some(local);
        self.current_remote = Some(remote);
        self.pending_local = None;
        self.pending_remote = None;
        self.negotiation_needed = false;
    }

    /// Their m-lines get transceivers. Those added here by `addTransceiver` are never taken for it (RFC 8829 §5.10).
    pub(super) fn associate(&mut self, offer: &Description) {
        for line in &offer.lines {
            if line.kind == Kind::Application {
                self.data.get_or_insert_with(|| (line.mid.clone(), true));
            } else if !self.transceivers.iter().any(|t| t.mid.as_ref() == Some(&line.mid)) {
                self.transceivers.push(Transceiver {
                    kind: line.kind,
                    mid: Some(line.mid.clone()),
                    direction: Direction::RecvOnly,
                    current: None,
                    fresh: true,
                    remote: true,
                    theirs: true,
                });
            }
        }
    }

    pub(super) fn roll_back(&mut self) {
        self.rollbacks += 1;
        self.pending_local = None;
        self.pending_remote = None;
        self.transceivers.retain(|transceiver| !transceiver.remote);
        for transceiver in self.transceivers.iter_mut().filter(|transceiver| transceiver.fresh) {
            transceiver.mid = None;
            transceiver.fresh = false;
        }
        if self.data.as_ref().is_some_and(|(_, fresh)| *fresh) {
            self.data = None;
        }
    }

    /// A later offer keeps every m-line that was negotiated, in its place.
    pub(super) fn check_subsequent(&self, offer: &Description) -> Result<(), Error> {
        let before = self.current_remote.as_ref().map_or(&[][..], |description| &description.lines);
        let kept = offer.lines.len() >= before.len() && same_lines(before, &offer.lines[..before.len()]);
        if kept { Ok(()) } else { Err(Error::InvalidAccess) }
    }

    /// Mids are never used twice, nor those the other end chose.
    fn fresh_mid(&mut self) -> String {
        loop {
            let mid = self.next_mid.to_string();
            self.next_mid += 1;
            let known = [&self.current_remote, &self.current_local, &self.pending_remote];
            if known.into_iter().flatten().all(|description| description.index_of(&mid).is_none()) {
                return mid;
            }
        }
    }

    /// Whether a remote description begins another ICE generation.
    pub(super) fn restarts(&self, remote: &Description) -> bool {
        self.current_remote.as_ref().is_some_and(|before| before.ufrag != remote.ufrag)
    }

    /// Whether an own offer does.
    pub(super) fn restarted(&self, own: &Description) -> bool {
        self.current_local.as_ref().is_some_and(|before| before.ufrag != own.ufrag)
    }

    fn fresh_ufrag(&mut self) -> String {
        self.next_ufrag += 1;
        format!("u{}.{}", self.id, self.next_ufrag)
    }
}
