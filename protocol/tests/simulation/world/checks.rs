//! What must hold on the pages: always, while the ways are clear, and when all is quiet.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    client::{CallView, ChatKind, Command, Connection, Delivery, DeviceView, SendMode, Slot, View},
    id::{RoomCode, RoomId},
    message::{Endpoint, PeerBody, PeerMessage, Presence, SourceState, TEXT_MAX},
};

use super::{Event, Time, World};
use crate::simulation::{coverage::Seen, referee::Said};

/// How long two pages may disagree while the ways between them are clear.
const PATIENCE: Time = 8_000;
/// A disagreement that each end may be in for a moment again and again.
const RINGS: &str = "who rings whom";
/// How many messages one page may have before another, while people write.
const IN_FLIGHT: usize = 3;

impl World {
    /// Notes a command before the page takes it.
    pub(crate) fn note_command(&mut self, page: usize, command: &Command) {
        let tab = self.pages[page].tab;
        let view = &self.pages[page].view;
        let room = self.pages[page].room.filter(|_| view.code.is_some());
        match command {
            Command::Say(text) if !text.trim().is_empty() && text.chars().count() <= TEXT_MAX => {
                let by = self.pages[page].participant.filter(|_| room.is_some());
                self.referee.said.insert(text.clone(), Said { by, rooms: room.map(|room| BTreeSet::from([room])) });
            }
            Command::Resend(id) => {
                self.seen.count(Seen::ChatByHand);
                let text = view.chat.iter().find_map(|item| match &item.kind {
                    ChatKind::Said { id: other, text, .. } if other == id => Some(text.clone()),
                    _ => None,
                });
                if let Some(said) = text.and_then(|text| self.referee.said.get_mut(&text)) {
                    // Without a room: wherever the page comes to be.
                    said.rooms = said.rooms.take().zip(room).map(|(rooms, room)| rooms.into_iter().chain([room]).collect());
                }
            }
            Command::Accept { camera } if matches!(view.call, CallView::Incoming { .. }) => {
                if !camera {
                    self.seen.count(Seen::AcceptedWithoutCamera);
                }
                self.calls_again(tab);
            }
            Command::HangUp if matches!(view.call, CallView::Active { .. }) => {
                let origin = self.tabs[tab].origin;
                self.tabs[tab].hung_up = self.tabs.iter().filter(|tab| tab.origin == origin).count() == 1;
                let told = |key: &&usize| self.peers[**key].told_open && self.peers[**key].channel;
                self.pages[page].left_call =
                    self.pages[page].peers.values().filter(told).map(|key| self.peers[*key].to).collect();
            }
            Command::Ring => self.calls_again(tab),
            Command::UseHere if view.connection == Connection::Superseded => {
                self.seen.count(Seen::UseHere);
                self.calls_again(tab);
            }
            _ => {}
        }
    }

    /// The person in this tab, and in those duplicated from it, may be in a call from now on.
    fn calls_again(&mut self, tab: usize) {
        let origin = self.tabs[tab].origin;
        for tab in self.tabs.iter_mut().filter(|tab| tab.origin == origin) {
            tab.hung_up = false;
        }
    }

    /// After every input: what a page may never show or do.
    pub(crate) fn check_page(&mut self, page: usize) {
        let it = &self.pages[page];
        for tile in it.view.others.iter().filter(|tile| tile.in_call) {
            if let Some(key) = it.peers.get(&tile.id) {
                self.peers[*key].acquainted = true;
            }
        }
        if let Err(what) = self.page_holds(page) {
            self.fail(format!("page {page}: {what}"));
        }
    }

    fn page_holds(&self, page: usize) -> Result<(), String> {
        let it = &self.pages[page];
        let view = &it.view;
        let ids: BTreeSet<_> = view.others.iter().map(|tile| tile.id).collect();
        if ids.len() != view.others.len() || view.me.id.is_some_and(|me| ids.contains(&me)) {
            return Err("a ghost: somebody is shown twice".to_owned());
        }
        if self.tabs[it.tab].hung_up && self.tabs[it.tab].page == Some(page) && matches!(view.call, CallView::Active { .. }) {
            return Err("is in a call again that the person has left".to_owned());
        }
        if view.notices.len() > 5 {
            return Err("notices grow without bound".to_owned());
        }
        for (device, shown, held) in [("camera", view.me.camera, it.camera), ("microphone", view.me.microphone, it.microphone)] {
            let off = matches!(shown, DeviceView::Off | DeviceView::Failed(_));
            if off && held.is_some() {
                return Err(format!("the {device} is shown off but is open"));
            }
        }
        let with = match &view.call {
            CallView::Active { .. } => view.others.iter().filter(|tile| tile.in_call).map(|tile| tile.id).collect(),
            _ => BTreeSet::new(),
        };
        for (peer, key) in &it.peers {
            let hiding = self.ice.hide_addresses && !with.contains(peer) && !self.peers[*key].acquainted;
            if hiding && !self.peers[*key].relay_only {
                return Err("a connection shows its addresses before there is a call".to_owned());
            }
            let sending = self.peers[*key].sending;
            for (slot, shown, held) in
                [(Slot::Microphone, view.me.microphone, it.microphone), (Slot::Camera, view.me.camera, it.camera)]
            {
                match sending[slot as usize] {
                    SendMode::Live { .. } if !with.contains(peer) => {
                        return Err(format!("{slot:?} is sent live outside a call"));
                    }
                    SendMode::Live { .. } if shown != DeviceView::On => {
                        return Err(format!("{slot:?} is sent live but shown {shown:?}"));
                    }
                    SendMode::Live { device } | SendMode::Silent { device } if held != Some(device) => {
                        return Err(format!("{slot:?} sends a track that is not held"));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Before a call no address is told where addresses are to be hidden.
    pub(super) fn check_hidden(&mut self, page: usize, message: &PeerMessage) {
        let PeerBody::Candidate { candidate: Some(candidate), .. } = &message.body else { return };
        let Endpoint::Participant(to) = message.to else { return };
        let Some(key) = self.pages[page].peers.get(&to).copied() else { return };
        let in_call = self.pages[page].session.view().others.iter().any(|tile| tile.id == to && tile.in_call);
        self.peers[key].acquainted |= in_call;
        if self.ice.hide_addresses && !self.peers[key].acquainted && candidate.candidate.contains(" typ host") {
            self.fail(format!("page {page} tells its address before there is a call"));
        }
    }

    /// Looks at everybody, now and then.
    pub(crate) fn inspect(&mut self) {
        self.later(2_000, Event::Inspect);
        if let Err(what) = self.referee.codes(&self.exchange) {
            self.fail(what);
        }
        let open: Vec<usize> = self.tabs.iter().filter_map(|tab| tab.page).collect();
        for page in &open {
            if let Err(what) = self.chat_holds(*page) {
                self.fail(format!("page {page}: {what}"));
            }
        }
        let mut disagree = BTreeMap::new();
        for one in &open {
            let called = self.pages[*one].participant.is_some_and(|who| self.exchange.in_call(who));
            if called && self.steady(*one) && self.pages[*one].view.call == CallView::None {
                disagree.insert((*one, *one, "a call that only the server knows of", 0), self.now);
            }
            for other in &open {
                if one != other && self.together(*one, *other) {
                    for what in self.disagreements(*one, *other) {
                        // Rings come and go: each piece of news begins another disagreement, or none.
                        let news = self.pages[*one].call_news + self.pages[*other].call_news;
                        disagree.insert((*one, *other, what, if what == RINGS { news } else { 0 }), self.now);
                    }
                }
                if one != other && self.paired(*one, *other) {
                    for what in self.unheard(*one, *other) {
                        disagree.insert((*one, *other, what, 0), self.now);
                    }
                }
            }
        }
        for (key, since) in &mut disagree {
            *since = self.referee.disagree.get(key).copied().unwrap_or(*since);
        }
        let worst = disagree.iter().find(|(_, since)| self.now - **since >= PATIENCE).map(|(key, _)| *key);
        self.referee.disagree = disagree;
        if let Some((one, other, what, _)) = worst {
            self.fail(format!("page {one} and page {other} do not agree, though nothing is between them: {what}"));
        }
    }

    /// Whether a page has a clear way to the server and is served.
    pub(super) fn steady(&self, page: usize) -> bool {
        let it = &self.pages[page];
        let clear = it.socket.is_some_and(|socket| self.sockets[socket].open_at_page && !self.sockets[socket].cut);
        it.alive && it.settled() && clear && it.view.connection == Connection::Online
    }

    pub(super) fn together(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.pages[one], &self.pages[other]);
        let directory = self.exchange.directory();
        let room = |page: &super::Page| page.participant.and_then(|who| directory.room_of(who));
        a.participant != b.participant && room(a).is_some() && room(a) == room(b) && self.steady(one) && self.steady(other)
    }

    /// After going to another room: the address, `shown` before, no longer names the one left, unless the page asks whether to go there
    /// again, or the server has just said this code. (The code just entered by may lead anywhere by now, even there.)
    pub(super) fn check_address(&mut self, page: usize, left: RoomId, shown: Option<RoomCode>) {
        let it = &self.pages[page];
        let address = self.tabs[it.tab].link.filter(|_| self.tabs[it.tab].link == shown);
        let code = address.filter(|code| it.view.link.is_none() && it.view.code != Some(*code));
        if code.and_then(|code| self.exchange.directory().lookup(&code)) == Some(left) {
            self.fail(format!("page {page} shows the address of the room it has left"));
        }
    }

    /// What `one` shows of `other` that is not so.
    pub(super) fn disagreements(&self, one: usize, other: usize) -> Vec<&'static str> {
        let (mine, theirs) = (&self.pages[one].view, &self.pages[other].view);
        let mut found = Vec::new();
        let Some(tile) = mine.others.iter().find(|tile| Some(tile.id) == self.pages[other].participant) else {
            return vec!["one is not shown to the other"];
        };
        if tile.presence != Presence::Here {
            found.push("presence");
        }
        if tile.name != protocol::text::clean_name(&theirs.me.name) {
            found.push("name");
        }
        let active = |view: &View| matches!(view.call, CallView::Active { .. });
        let me = self.pages[one].participant;
        let rings_me = matches!(theirs.call, CallView::Calling { to } if Some(to) == me);
        let rung_by = matches!(mine.call, CallView::Incoming { from, .. } if Some(from) == theirs.me.id);
        // Who rings a third person shows the call instead.
        if rings_me != rung_by && !active(theirs) {
            found.push(RINGS);
        }
        // There is one call in a room.
        if tile.in_call != active(theirs) && (tile.in_call || active(mine)) {
            found.push("who is in the call");
        }
        if tile.in_call && active(theirs) {
            if !shown_as(theirs.me.microphone).contains(&tile.microphone) {
                found.push("microphone");
            }
            if !shown_as(theirs.me.camera).contains(&tile.camera) {
                found.push("camera");
            }
        }
        // In a lively chat the newest lines are always on their way to somebody.
        let kept =
            |view| -> Vec<&str> { delivered(view).into_iter().filter(|text| !self.referee.lost.contains_key(*text)).collect() };
        let (mine, theirs) = (kept(mine), kept(theirs));
        let common = mine.len().min(theirs.len());
        if mine[..common] != theirs[..common] || mine.len().abs_diff(theirs.len()) > IN_FLIGHT {
            found.push("chat");
        }
        found
    }

    /// What `one` should have heard of `other` over their data channel, whatever the server does.
    fn unheard(&self, one: usize, other: usize) -> Vec<&'static str> {
        let (mine, theirs) = (&self.pages[one], &self.pages[other]);
        let tile = mine.view.others.iter().find(|tile| Some(tile.id) == theirs.participant && tile.in_call);
        let Some(tile) = tile.filter(|_| mine.settled() && theirs.settled()) else { return Vec::new() };
        let mut found = Vec::new();
        // In a call of three the server's word may take the other in again.
        if self.settings.capacity == 2 && mine.participant.is_some_and(|me| theirs.left_call.contains(&me)) {
            found.push("a hang-up, by the pair");
        }
        if matches!(theirs.view.call, CallView::Active { .. }) {
            if !shown_as(theirs.view.me.microphone).contains(&tile.microphone) {
                found.push("microphone, by the pair");
            }
            if !shown_as(theirs.view.me.camera).contains(&tile.camera) {
                found.push("camera, by the pair");
            }
        }
        found
    }

    /// Each message once, and none that nobody said.
    fn chat_holds(&self, page: usize) -> Result<(), String> {
        let mut texts: BTreeMap<&String, usize> = BTreeMap::new();
        let record = self.pages[page].room.and_then(|room| self.referee.chats.get(&room));
        // By as many as a message was duplicated to, with their tabs, before each sent it by hand.
        let senders = |text: &String| {
            let entries = record.into_iter().flat_map(|record| record.entries.values());
            entries.filter(|(_, _, said)| said == text).map(|(by, ..)| by).collect::<BTreeSet<_>>().len().max(1)
        };
        let mut keys = BTreeSet::new();
        for item in &self.pages[page].view.chat {
            if !keys.insert(&item.key) {
                return Err("two chat lines have one key".to_owned());
            }
            // What is not delivered from here may have been sent from a duplicated tab.
            if let ChatKind::Said { text, delivery: Delivery::Delivered, .. } = &item.kind {
                let shown = texts.entry(text).or_default();
                *shown += 1;
                if *shown > senders(text) {
                    return Err(format!("a message is shown twice: {text:?}"));
                }
            }
        }
        Ok(())
    }
}

/// How a device may be said to others.
fn shown_as(device: DeviceView) -> &'static [SourceState] {
    match device {
        DeviceView::On => &[SourceState::On],
        DeviceView::Muted => &[SourceState::Muted],
        DeviceView::Off | DeviceView::Opening => &[SourceState::Off],
        DeviceView::Failed(_) => &[SourceState::Off, SourceState::Lost],
    }
}

/// The delivered messages, as shown.
pub(super) fn delivered(view: &View) -> Vec<&str> {
    let said = view.chat.iter().filter_map(|item| match &item.kind {
        ChatKind::Said { text, delivery: Delivery::Delivered, .. } => Some(text.as_str()),
        _ => None,
    });
    said.collect()
}
