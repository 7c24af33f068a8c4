//! The ways between pages and server and between page and page: each delays, and each is cut and mended on its own.
//!
//! A socket keeps its order, loses what is under way when it is cut, and may be cut without either end being told.

use protocol::{
    client::{Input, PeerEvent},
    id::RoomId,
    message::{ClientMessage, CloseCode, ServerMessage},
};

use super::{Event, Time, World};
use crate::simulation::coverage::Seen;

/// One socket.
#[derive(Debug)]
pub(crate) struct Socket {
    /// Whose.
    pub(crate) page: usize,
    /// The page was told that it is open, and not that it is closed.
    pub(crate) open_at_page: bool,
    /// The page has let go of it.
    pub(crate) dropped: bool,
    /// The server serves it.
    pub(crate) open_at_server: bool,
    /// A hello came.
    pub(crate) greeted: bool,
    /// Nothing passes any more.
    pub(crate) cut: bool,
    /// When the last frame sent each way arrives.
    to_server: Time,
    to_page: Time,
    /// How many call events the page has got on it, and how many the server has put on it.
    pub(crate) calls_got: u64,
    pub(crate) calls_sent: Vec<&'static str>,
}

/// The direct way between two tabs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Path {
    /// Nothing passes.
    pub(crate) down: bool,
    /// Rises when addresses change: what was connected before stays dead until ICE is restarted.
    pub(crate) epoch: u32,
}

impl World {
    /// A frame's time on the way.
    pub(crate) fn delay(&mut self) -> Time {
        let usual = self.random.between(1, self.weather.delay / 4 + 1);
        if self.random.chance(20) { self.random.between(1, self.weather.delay) } else { usual }
    }

    /// A page opens a socket.
    pub(crate) fn connect(&mut self, page: usize) -> usize {
        self.sockets.push(Socket {
            page,
            open_at_page: false,
            dropped: false,
            open_at_server: false,
            greeted: false,
            cut: false,
            to_server: 0,
            to_page: 0,
            calls_got: 0,
            calls_sent: Vec::new(),
        });
        let socket = self.sockets.len() - 1;
        let delay = self.delay() * 2;
        self.later(delay, Event::Opened(socket));
        socket
    }

    pub(crate) fn socket_opened(&mut self, socket: usize) {
        let page = self.sockets[socket].page;
        if self.sockets[socket].dropped || !self.pages[page].alive {
            return;
        }
        if self.tabs[self.pages[page].tab].offline {
            self.sockets[socket].cut = true;
            let delay = if self.random.chance(70) { 10 } else { 20_000 };
            self.later(delay, Event::ClosedAtPage(socket, 1006));
            return;
        }
        self.sockets[socket].open_at_server = true;
        self.sockets[socket].open_at_page = true;
        self.deliver_from(page, Some(socket), protocol::client::Input::SocketOpen);
    }

    /// A page puts a frame on its socket.
    pub(crate) fn send_to_server(&mut self, socket: usize, frame: ClientMessage) {
        let delay = self.delay();
        let it = &mut self.sockets[socket];
        if it.cut || !it.open_at_server || !it.open_at_page {
            return;
        }
        it.to_server = it.to_server.max(self.now + delay);
        let (at, seen) = (it.to_server, it.calls_got);
        self.at(at, Event::ToServer { socket, frame: Box::new(frame), seen });
    }

    /// The server puts a frame on a socket.
    pub(crate) fn send_to_page(&mut self, socket: usize, frame: ServerMessage) {
        let delay = self.delay();
        let doubled = matches!(frame, ServerMessage::Peer { .. }) && self.random.chance(self.weather.doubles);
        let it = &mut self.sockets[socket];
        if it.cut {
            return;
        }
        it.to_page = it.to_page.max(self.now + delay);
        let at = it.to_page;
        let call = it.calls_sent.len() as u64;
        if doubled && !self.quiet() {
            let extra = self.random.between(0, 4_000);
            self.at(at + extra, Event::ToPage { socket, frame: Box::new(frame.clone()), call: 0 });
        }
        self.at(at, Event::ToPage { socket, frame: Box::new(frame), call });
    }

    /// The server closes a socket: behind what it sent before.
    pub(crate) fn close_at_page(&mut self, socket: usize, code: u16) {
        let delay = self.delay();
        let it = &mut self.sockets[socket];
        if !it.cut {
            it.to_page = it.to_page.max(self.now + delay);
            let at = it.to_page;
            self.at(at, Event::ClosedAtPage(socket, code));
        }
    }

    /// A page lets go of its socket; the server learns it after what was sent before, or late.
    pub(crate) fn drop_socket(&mut self, socket: usize) {
        let delay = self.delay();
        let it = &mut self.sockets[socket];
        if std::mem::replace(&mut it.dropped, true) {
            return;
        }
        it.open_at_page = false;
        if !it.cut {
            it.to_server = it.to_server.max(self.now + delay);
            let at = it.to_server;
            self.at(at, Event::ClosedAtServer(socket));
        }
    }

    pub(crate) fn arrive_at_page(&mut self, socket: usize, frame: ServerMessage, call: u64) {
        let it = &mut self.sockets[socket];
        if it.cut || it.dropped || !it.open_at_page {
            return;
        }
        it.calls_got = it.calls_got.max(call);
        let page = it.page;
        let left = self.pages[page].room;
        let members = match &frame {
            ServerMessage::Welcome { room, .. } | ServerMessage::Room { room, .. } => room.members.clone(),
            ServerMessage::Member { member } => vec![member.clone()],
            _ => Vec::new(),
        };
        if let ServerMessage::Peer { message } = frame {
            return self.deliver_letter(page, Some(socket), message);
        }
        if matches!(frame, ServerMessage::Call { .. }) {
            self.pages[page].call_news += 1;
        }
        let settled = self.pages[page].settled();
        let shown = self.tabs[self.pages[page].tab].link;
        self.deliver_from(page, Some(socket), Input::SocketMessage(frame));
        if let Some(left) = left.filter(|left| settled && self.pages[page].room != Some(*left)) {
            self.check_address(page, left, shown);
        }
        for member in members {
            if settled {
                self.told_media(page, member.id, member.incarnation, &member.media);
            } else {
                // Taken later or not: from now on nothing is known of what this page was told.
                self.pages[page].media.insert(member.id, (u32::MAX, member.media));
            }
        }
    }

    /// A page was told where it is. In another room nothing is known of anybody, and what the server lost of the last one's chat is no
    /// longer the page's to say again.
    fn in_room(&mut self, page: usize, room: RoomId) {
        let moved = self.pages[page].room.replace(room) != Some(room);
        self.pages[page].media.retain(|_, _| !moved);
        for sender in self.referee.lost.values_mut() {
            sender.take_if(|(said_on, said_in)| *said_on == page && *said_in != room);
        }
    }

    /// What a page learns with an input. (A frozen one learns nothing, and may never read what has come meanwhile.)
    pub(super) fn note_input(&mut self, page: usize, input: &Input) {
        match input {
            Input::SocketOpen => self.pages[page].told_open = true,
            Input::SocketClosed { code } => {
                self.pages[page].told_open = false;
                if *code == CloseCode::Superseded.number() {
                    self.silenced(page);
                }
            }
            Input::SocketMessage(ServerMessage::Welcome { you, room, .. }) => {
                self.pages[page].participant = Some(*you);
                self.in_room(page, room.room);
            }
            Input::SocketMessage(ServerMessage::Gone { participant, .. }) => drop(self.pages[page].media.remove(participant)),
            Input::SocketMessage(ServerMessage::Room { room, .. }) => {
                self.in_room(page, room.room);
            }
            Input::Peer { peer, generation, event } => {
                let Some(key) = self.pages[page].peers.get(peer).copied() else { return };
                let it = &mut self.peers[key];
                match event {
                    PeerEvent::ControlOpen if it.generation == *generation => it.told_open = true,
                    PeerEvent::ControlClosed if it.generation == *generation => it.told_open = false,
                    _ => {}
                }
            }
            _ => {}
        }
    }

    pub(crate) fn closed_at_page(&mut self, socket: usize, code: u16) {
        let it = &mut self.sockets[socket];
        let was = !it.dropped;
        it.dropped = true;
        it.open_at_page = false;
        let page = it.page;
        if was && self.pages[page].alive {
            self.deliver_from(page, Some(socket), Input::SocketClosed { code });
        }
    }

    /// Cuts a tab's socket: both ends learn it soon, or late, or (the page) by asking.
    pub(crate) fn cut_socket(&mut self, tab: usize) {
        let Some(socket) = self.tabs[tab].page.and_then(|page| self.pages[page].socket) else { return };
        if self.sockets[socket].cut {
            return;
        }
        self.sockets[socket].cut = true;
        let silent = self.random.chance(30);
        self.seen.count(if silent { Seen::SocketHalfOpen } else { Seen::SocketCut });
        self.trace(|_| format!("network: socket of tab {tab} cut{}", if silent { ", silently" } else { "" }));
        let at_server = if silent { self.random.between(5_000, 30_000) } else { self.random.between(1, 200) };
        self.later(at_server, Event::ClosedAtServer(socket));
        if !silent {
            let at_page = self.random.between(1, 200);
            self.later(at_page, Event::ClosedAtPage(socket, 1006));
        }
    }

    /// Two tabs, in either order. A duplicated tab is in the same browser as the first.
    fn way(&self, one: usize, other: usize) -> (usize, usize) {
        let (one, other) = (self.tabs[one].origin, self.tabs[other].origin);
        (one.min(other), one.max(other))
    }

    /// The path between two tabs.
    pub(crate) fn path(&self, one: usize, other: usize) -> Path {
        self.paths.get(&self.way(one, other)).copied().unwrap_or_default()
    }

    fn path_mut(&mut self, one: usize, other: usize) -> &mut Path {
        let way = self.way(one, other);
        self.paths.entry(way).or_default()
    }

    /// Something breaks; it is mended later, at the latest when the story becomes quiet.
    pub(crate) fn trouble(&mut self) {
        if self.quiet() {
            return;
        }
        let rest = self.random.between(500, 20_000);
        self.later(rest, Event::Trouble);
        if !self.random.chance(self.weather.cuts) || self.tabs.is_empty() {
            return;
        }
        let length = if self.random.chance(60) { self.random.between(1, 3_000) } else { self.random.between(3_000, 40_000) };
        let until = (self.now + length).min(self.quiet_from);
        let count = self.tabs.len() as u64;
        let one = usize::try_from(self.random.below(count)).expect("small");
        let other = usize::try_from(self.random.below(count)).expect("small");
        match self.random.below(12) {
            0..=3 => self.cut_socket(one),
            4..=6 => {
                self.tabs[one].offline = true;
                self.cut_socket(one);
                self.at(until, Event::SocketUp(one));
            }
            7 | 8 if one != other => {
                self.seen.count(Seen::PairCut);
                self.trace(|_| format!("network: path of tabs {one} and {other} cut"));
                self.path_mut(one, other).down = true;
                self.wake_pair(one, other, 2_500);
                self.at(until, Event::PathUp(one, other));
            }
            9 if one != other => {
                self.seen.count(Seen::AddressChanged);
                self.trace(|_| format!("network: addresses of tabs {one} and {other} changed"));
                self.path_mut(one, other).epoch += 1;
                self.wake_pair(one, other, 2_500);
                if self.random.chance(30)
                    && let Some(page) = self.tabs[one].page
                {
                    self.seen.count(Seen::NetworkChanged);
                    self.deliver(page, Input::NetworkChanged);
                }
            }
            _ if self.random.chance(if self.journal.is_some() { 40 } else { 4 }) => self.restart_server(),
            _ if self.random.chance(50) => self.connection_dies(),
            _ => self.needless_negotiation(),
        }
    }

    pub(crate) fn socket_up(&mut self, tab: usize) {
        self.tabs[tab].offline = false;
        if self.random.chance(50)
            && let Some(page) = self.tabs[tab].page
        {
            // The `online` event.
            self.seen.count(Seen::NetworkChanged);
            self.deliver(page, Input::NetworkChanged);
        }
    }

    pub(crate) fn path_up(&mut self, one: usize, other: usize) {
        self.path_mut(one, other).down = false;
        self.wake_pair(one, other, 50);
    }

    /// Lets the connections between two tabs look at their state.
    fn wake_pair(&mut self, one: usize, other: usize, after: Time) {
        let (one, other) = self.way(one, other);
        for peer in 0..self.peers.len() {
            let browser = self.tabs[self.pages[self.peers[peer].page].tab].origin;
            if !self.peers[peer].closed && (browser == one || browser == other) {
                let extra = self.random.between(0, after);
                self.later(after + extra, Event::Ice(peer));
            }
        }
    }

    /// Everything is mended.
    pub(crate) fn heal(&mut self) {
        for tab in 0..self.tabs.len() {
            self.tabs[tab].offline = false;
        }
        let pairs: Vec<_> = self.paths.keys().copied().collect();
        for (one, other) in pairs {
            self.path_up(one, other);
        }
    }
}
