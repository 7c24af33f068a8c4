//! The server's disk: what it was told to keep, and a server started from it.

use std::collections::BTreeMap;

use protocol::{
    client::ChatKind,
    exchange::{Change, Exchange, RoomFacts},
    id::RoomId,
    message::{ChatEntry, ChatOrder},
};

use super::{Event, World};
use crate::simulation::coverage::Seen;

/// What is on the disk.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    rooms: BTreeMap<RoomId, (RoomFacts, Vec<ChatEntry>)>,
    /// The last things written, while nothing but messages was.
    tail: Vec<(RoomId, ChatOrder)>,
}

impl Journal {
    fn write(&mut self, change: Change) {
        match change {
            Change::Room(facts) => {
                let history = self.rooms.remove(&facts.room).map(|(_, history)| history).unwrap_or_default();
                self.rooms.insert(facts.room, (facts, history));
            }
            Change::Ended(room) => drop(self.rooms.remove(&room)),
            Change::Forgot { room, oldest } => {
                let Some((_, history)) = self.rooms.get_mut(&room) else { return };
                history.retain(|entry| oldest.is_some_and(|oldest| entry.order >= oldest));
            }
            Change::Said { room, entry, oldest } => {
                self.tail.push((room, entry.order));
                let Some((_, history)) = self.rooms.get_mut(&room) else { return };
                history.push(entry);
                history.retain(|entry| entry.order >= oldest);
            }
        }
    }
}

impl World {
    /// After every input: what has changed is written down, and then all is.
    pub(crate) fn keep(&mut self) {
        let changes = self.exchange.changes();
        let Some(journal) = &mut self.journal else { return };
        let idle = changes.is_empty();
        let only_said = changes.iter().all(|change| matches!(change, Change::Said { .. }));
        changes.into_iter().for_each(|change| journal.write(change));
        if !only_said {
            journal.tail.clear();
        }
        if idle && !self.random.chance(2) {
            return;
        }
        let mut all = Journal::default();
        self.exchange.facts_of_all().into_iter().for_each(|change| all.write(change));
        if all.rooms != journal.rooms {
            let differs = |id: &&RoomId| journal.rooms.get(id) != all.rooms.get(id);
            let room = journal.rooms.keys().chain(all.rooms.keys()).find(differs).copied();
            let facts = |journal: &Journal| room.and_then(|room| journal.rooms.get(&room).map(|(facts, _)| facts.clone()));
            let what = format!("{room:?} is kept as {:?}, but is {:?}", facts(journal), facts(&all));
            self.fail(what);
        }
    }

    /// The server stops without a word and starts anew: with what its disk holds, or knowing nothing.
    pub(crate) fn restart_server(&mut self) {
        self.seen.count(Seen::ServerRestart);
        let now = self.server_time();
        if self.journal.is_some() {
            self.lose_the_end();
            let kept = self.journal.iter().flat_map(|journal| journal.rooms.values().cloned()).collect();
            self.exchange = Exchange::restore(self.settings, now, kept, now);
            self.seen.count(Seen::RoomsRestored);
        } else {
            self.exchange = Exchange::new(self.settings, now);
            self.referee.restarted();
        }
        // Whoever was away has its time again.
        self.absent.values_mut().for_each(|since| *since = self.now);
        self.trace(|world| format!("server: starts anew with {} rooms", world.exchange.rooms()));
        self.server_wake = None;
        for socket in 0..self.sockets.len() {
            let it = &mut self.sockets[socket];
            if !std::mem::replace(&mut it.cut, true) && it.open_at_page {
                self.later(5, Event::ClosedAtPage(socket, 1001));
            }
            if std::mem::take(&mut self.sockets[socket].open_at_server)
                && let Some(who) = self.pages[self.sockets[socket].page].participant
            {
                self.absent.insert(who, self.now);
            }
        }
        self.keep();
        self.schedule_server();
    }

    /// The last messages may not have reached the disk when the power went.
    fn lose_the_end(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        let most = journal.tail.len() as u64;
        for _ in 0..if self.random.chance(50) { self.random.between(0, most.min(3)) } else { 0 } {
            let Some((room, order)) = journal.tail.pop() else { return };
            let Some((_, history)) = journal.rooms.get_mut(&room) else { continue };
            history.retain(|entry| entry.order != order);
            let shown = self.referee.lose(room, order);
            let sender = shown.map(|(by, text)| {
                let open = self.tabs.iter().filter_map(|tab| tab.page);
                let says = |kind: &ChatKind| matches!(kind, ChatKind::Said { mine: true, text: said, .. } if said == &text);
                let shows = |page: &usize| self.pages[*page].view.chat.iter().any(|item| says(&item.kind));
                let mut pages = open.filter(|page| self.pages[*page].participant == Some(by) && shows(page));
                let page = pages.next().map(|page| (page, room));
                (text, page)
            });
            if let Some((text, page)) = sender {
                self.referee.lost.insert(text, page);
                self.seen.count(Seen::ChatLost);
            }
        }
    }

    /// Whether a message may be missing: the server lost it, and the page that said it was gone, or elsewhere, before it could say it
    /// again.
    pub(crate) fn may_be_lost(&self, text: &str) -> bool {
        self.referee.lost.get(text).is_some_and(Option::is_none)
    }

    /// A page is closed, or another one serves its person: it says nothing any more.
    pub(crate) fn silenced(&mut self, page: usize) {
        for sender in self.referee.lost.values_mut() {
            sender.take_if(|(said_on, _)| *said_on == page);
        }
    }
}
