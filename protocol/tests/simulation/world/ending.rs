//! What must hold when all is quiet, and when everybody has gone.

use std::collections::BTreeMap;

use protocol::{
    client::{CallView, ChatKind, Connection, ConnectionState, Delivery, Limit, SendMode, Slot},
    message::{ChatError, Presence, SourceState},
};

use super::{World, checks::delivered};
use crate::simulation::{
    coverage::Seen,
    model::{Direction, Signaling},
    referee::Said,
};

impl World {
    /// When all is quiet. Something may just be on its way (a grace that ends now): so it counts if it is there a little later too.
    pub(crate) fn check_end(&mut self) {
        if self.all_holds().is_err() {
            self.run(self.now + 20_000);
            if let Err(what) = self.all_holds() {
                self.fail(format!("at the end, {what}"));
            }
        }
    }

    fn all_holds(&mut self) -> Result<(), String> {
        let open: Vec<usize> = self.tabs.iter().filter_map(|tab| tab.page).collect();
        for page in &open {
            self.end_holds(*page).map_err(|what| format!("page {page}: {what}"))?;
        }
        for one in &open {
            for other in &open {
                if one != other && self.together(*one, *other) {
                    self.pair_holds(*one, *other).map_err(|what| format!("page {one} with page {other}: {what}"))?;
                }
            }
        }
        Ok(())
    }

    fn end_holds(&mut self, page: usize) -> Result<(), String> {
        let it = &self.pages[page];
        let view = &it.view;
        if view.connection == Connection::Superseded {
            let rest = it.camera.is_some() || it.microphone.is_some() || !it.peers.is_empty();
            return if rest { Err("superseded, but still holds devices or connections".to_owned()) } else { Ok(()) };
        }
        if view.connection != Connection::Online || !self.steady(page) {
            return Err(format!("is not online: {:?}", view.connection));
        }
        let directory = self.exchange.directory();
        let me = it.participant.ok_or("has no participant")?;
        let room = directory.room_of(me).ok_or("is nowhere")?;
        if it.room != Some(room) {
            return Err("shows another room than it is in".to_owned());
        }
        if view.others.len() + 1 != usize::try_from(directory.people_in(room)).unwrap_or(0) {
            return Err("shows other people than are there".to_owned());
        }
        if matches!(view.call, CallView::Calling { .. } | CallView::Incoming { .. }) {
            return Err(format!("it still rings: {:?}", view.call));
        }
        for tile in &view.others {
            let there = self.tabs.iter().filter_map(|tab| tab.page).any(|other| {
                self.pages[other].participant == Some(tile.id) && self.pages[other].view.connection == Connection::Online
            });
            if (tile.presence == Presence::Here) != there {
                return Err(format!("a ghost: {:?} is {:?}", tile.id, tile.presence));
            }
        }
        // In a larger room: with those in the call, and with those it once had one with.
        let in_call = view.others.iter().filter(|tile| tile.in_call).count();
        let least = if self.made_late(page) { in_call } else { view.others.len() };
        if !(least..=view.others.len()).contains(&it.peers.len()) {
            return Err(format!("has {} connections to {least} people", it.peers.len()));
        }
        self.chat_at_end(page, room)
    }

    /// The room's messages in the room's order, and the own ones delivered, refused or failed, never lost.
    fn chat_at_end(&self, page: usize, room: protocol::id::RoomId) -> Result<(), String> {
        let view = &self.pages[page].view;
        let record = self.referee.chats.get(&room);
        let said: Vec<&str> =
            record.map(|record| record.entries.values().map(|(_, _, text)| text.as_str()).collect()).unwrap_or_default();
        let shown: Vec<_> = delivered(view).into_iter().filter(|text| said.contains(text) || !self.may_be_lost(text)).collect();
        if shown != said {
            return Err(format!("shows another chat than was said: {shown:?} instead of {said:?}"));
        }
        let shown: BTreeMap<&str, Delivery> = view
            .chat
            .iter()
            .filter_map(|item| match &item.kind {
                ChatKind::Said { text, delivery, .. } => Some((text.as_str(), *delivery)),
                _ => None,
            })
            .collect();
        if let Some(text) = shown.iter().find(|(_, delivery)| **delivery == Delivery::Sending) {
            return Err(format!("a message is still on its way: {text:?}"));
        }
        if shown.values().any(|delivery| matches!(delivery, Delivery::Refused(error) if *error != ChatError::TooLong)) {
            return Err("a message was refused".to_owned());
        }
        let alone_in_tab = self.tabs.iter().filter(|tab| tab.origin == self.tabs[self.pages[page].tab].origin).count() == 1;
        let mine = |said: &Said| {
            said.by.is_some()
                && said.by == self.pages[page].participant
                && said.rooms.as_ref().is_some_and(|rooms| rooms.contains(&room))
        };
        for (text, _) in self.referee.said.iter().filter(|(_, said)| alone_in_tab && mine(said)) {
            let elsewhere = self.referee.chats.values().any(|record| record.entries.values().any(|(_, _, said)| said == text));
            if !shown.contains_key(text.as_str()) && !elsewhere && !self.may_be_lost(text) {
                return Err(format!("a message was lost: {text:?}"));
            }
        }
        Ok(())
    }

    /// Whether a connection is only made for a call: in a larger room, or where no relay hides the addresses until then.
    fn made_late(&self, page: usize) -> bool {
        self.pages[page].view.others.len() > 1 || self.ice.hide_addresses && !self.ice.relays()
    }

    fn pair_holds(&mut self, one: usize, other: usize) -> Result<(), String> {
        let wrong = self.disagreements(one, other);
        if !wrong.is_empty() {
            return Err(format!("do not agree: {wrong:?}"));
        }
        let their_id = self.pages[other].participant.ok_or("nobody")?;
        let active = self.pages[one].view.others.iter().any(|tile| tile.id == their_id && tile.in_call);
        let connected = matches!(self.pages[one].view.call, CallView::Active { connected: true });
        let Some(key) = self.pages[one].peers.get(&their_id).copied() else {
            return if self.made_late(one) { Ok(()) } else { Err("no connection".to_owned()) };
        };
        let me = self.pages[one].participant;
        if !active && !self.pages[other].peers.keys().any(|peer| Some(*peer) == me) {
            // One end made it while a third came: it waits until the other has a reason to.
            return if self.made_late(one) { Ok(()) } else { Err("no connection at the other end".to_owned()) };
        }
        let it = &self.peers[key];
        let lines = it.model.local().map_or(0, |description| description.lines.len());
        let currents: Vec<_> = it.model.transceivers.iter().map(|transceiver| transceiver.current).collect();
        if it.model.signaling != Signaling::Stable {
            return Err(format!("connection {key} is {:?}", it.model.signaling));
        }
        if lines != 4 || currents != [Some(Direction::SendRecv); 3] {
            return Err(format!("connection {key} has {lines} media lines and transceivers {currents:?}"));
        }
        if it.state != ConnectionState::Connected || !it.channel {
            return Err(format!("connection {key} is {:?}, control channel {}", it.state, it.channel));
        }
        if active {
            self.seen.count(Seen::FinalCall);
            if self.ice.hide_addresses {
                self.seen.count(Seen::AddressesHidden);
            }
            if it.model.local().is_some_and(|description| it.relayed.contains(&description.ufrag)) {
                return Err(format!("connection {key} is still relayed in a call"));
            }
            if !connected {
                return Err("in a call, but shown as not connected".to_owned());
            }
            let tile = self.pages[one].view.others.iter().find(|tile| tile.id == their_id).ok_or("no tile")?;
            if tile.interrupted {
                return Err("media is shown as interrupted".to_owned());
            }
            if tile.camera == SourceState::On || tile.microphone == SourceState::On {
                self.seen.count(Seen::FinalMediaOn);
            }
            let saving = self.pages[one].view.weak.data_saver || self.pages[other].view.weak.data_saver;
            if saving {
                self.seen.count(Seen::FinalDataSaved);
            }
            if saving != (self.peers[key].limit != Limit::default()) {
                return Err(format!("data are saved: {saving}, but the limit is {:?}", self.peers[key].limit));
            }
            let their_key = self.pages[other].peers.values().copied().find(|theirs| Some(*theirs) == self.peers[key].other);
            let theirs = &self.peers[their_key.ok_or("connected to a connection that is gone")?];
            for (slot, state) in [(Slot::Camera, tile.camera), (Slot::Microphone, tile.microphone)] {
                let live = matches!(theirs.sending[slot as usize], SendMode::Live { .. });
                if live != (state == SourceState::On) {
                    return Err(format!("{slot:?} is said {state:?} but live is {live}"));
                }
            }
        }
        Ok(())
    }

    /// When everybody has gone and every grace is over.
    pub(crate) fn check_empty(&mut self) {
        let (people, rooms) = (self.exchange.participants(), self.exchange.rooms());
        let (sockets, codes) = (self.exchange.connections(), self.exchange.directory().codes());
        let deadline = self.exchange.next_deadline();
        self.seen.count(Seen::Emptied);
        if (people, rooms, sockets, codes) != (0, 0, 0, 0) || deadline.is_some() {
            self.fail(format!(
                "nobody is left, but the server keeps {people} people, {rooms} rooms, {sockets} sockets, {codes} codes, next deadline {deadline:?}"
            ));
        }
    }
}
