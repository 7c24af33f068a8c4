//! The server's whole logic: one [`Directory`], many rooms, and who is connected where.
//!
//! Pure. The server's hub and the simulation drive the same exchange; neither owns a rule.

mod chats;
mod effect;
mod input;
mod journal;
mod moves;
mod settings;
mod sockets;
#[cfg(test)]
mod tests;
mod timers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    Millis,
    directory::Directory,
    id::{CallId, PageId, ParticipantId, RoomCode, RoomId},
    message::{ChatEntry, ClientMessage, CloseCode, EnterError, Media, Presence, RoomInfo, ServerMessage},
    room::{self, Act, Allowance, Arrival, DropReason, Room},
    text::clean_name,
};

use chats::Chats;
pub use effect::Effect;
pub use input::{ConnectionId, Input};
pub use journal::{CallFacts, Change, PersonFacts, RoomFacts};
pub use settings::Settings;
use timers::{Timer, Timers};

/// Why no participant was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// The id or the code is in use: draw again.
    #[error("the id or the code is taken")]
    Taken,
    /// [`Settings::participants_max`] are here.
    #[error("the server is full")]
    Full,
}

/// How often each connected participant gets a fresh token.
pub const RENEW_EVERY: Millis = 300_000;

/// How much was not passed on, since the server began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Letters under another's name.
    pub forged: u64,
    /// Letters to nobody in the room.
    pub no_receiver: u64,
    /// Letters between pages of which one is no longer there.
    pub stale: u64,
    /// Letters and media states with an over-long part.
    pub too_large: u64,
    /// Messages and letters of a later version.
    pub unknown: u64,
    /// Messages of sockets that are not, or no longer, served.
    pub unserved: u64,
}

impl Dropped {
    /// What has come to it since it was `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            forged: self.forged - earlier.forged,
            no_receiver: self.no_receiver - earlier.no_receiver,
            stale: self.stale - earlier.stale,
            too_large: self.too_large - earlier.too_large,
            unknown: self.unknown - earlier.unknown,
            unserved: self.unserved - earlier.unserved,
        }
    }
}

/// The server's logic.
#[derive(Debug)]
pub struct Exchange {
    settings: Settings,
    epoch: u64,
    directory: Directory,
    /// Boxed: where keys only rise, half of the places in a map's nodes stay empty.
    rooms: BTreeMap<RoomId, Box<Kept>>,
    people: BTreeMap<ParticipantId, Person>,
    connections: BTreeMap<ConnectionId, ParticipantId>,
    timers: Timers,
    next_call: u64,
    next_order: u64,
    dropped: Dropped,
    out: VecDeque<Effect>,
    /// Rooms whose facts have changed since [`Self::changes`] was last asked.
    changed: BTreeSet<RoomId>,
    /// What was said since.
    said: Vec<(RoomId, ChatEntry)>,
    chats: Chats,
    /// Rooms that have forgotten messages since, for want of memory.
    forgot: BTreeSet<RoomId>,
}

#[derive(Debug)]
struct Kept {
    room: Room,
    /// Since when nobody is in it.
    empty: Option<Millis>,
}

#[derive(Debug)]
struct Person {
    name: String,
    /// The latest loading of the page; `None` before the first.
    page: Option<PageId>,
    incarnation: u32,
    connection: Option<ConnectionId>,
}

impl Exchange {
    /// An exchange without people. `epoch` is the server's life: it rises from one start to the next (Unix milliseconds do).
    #[must_use]
    pub fn new(settings: Settings, epoch: u64) -> Self {
        // A million ids for each millisecond: no later life of the server gives out an id of this one's.
        let first = epoch.wrapping_shl(20);
        Self {
            settings,
            epoch,
            directory: Directory::new(first),
            rooms: BTreeMap::new(),
            people: BTreeMap::new(),
            connections: BTreeMap::new(),
            timers: Timers::default(),
            next_call: first,
            // People do not come a thousand a second: no later life repeats one, and JavaScript's numbers hold it.
            next_order: epoch,
            dropped: Dropped::default(),
            out: VecDeque::new(),
            changed: BTreeSet::new(),
            said: Vec::new(),
            chats: Chats::default(),
            forgot: BTreeSet::new(),
        }
    }

    /// A new participant, not connected yet, in a fresh room to which `code` leads.
    ///
    /// # Errors
    /// [`CreateError`]; nothing has changed then.
    pub fn create(&mut self, participant: ParticipantId, code: RoomCode, now: Millis) -> Result<(), CreateError> {
        if self.people.len() >= self.settings.participants_max {
            return Err(CreateError::Full);
        }
        let room = self.directory.create(participant, code)?;
        self.people.insert(participant, Person { name: String::new(), page: None, incarnation: 0, connection: None });
        let arrival = Arrival {
            id: participant,
            name: String::new(),
            incarnation: 0,
            presence: Presence::Lost,
            media: Media::default(),
            lost: Some(now),
            allowance: Allowance::full(&self.settings, now),
        };
        self.arrive(room, arrival, now);
        let first_visit = self.settings.first_visit.min(self.settings.room_grace);
        self.timers.set(Timer::Expire(participant), Some(now.saturating_add(first_visit)));
        Ok(())
    }

    /// About the room of a code.
    ///
    /// # Errors
    /// [`EnterError::NotFound`] when the code leads nowhere.
    pub fn info(&self, code: &RoomCode) -> Result<RoomInfo, EnterError> {
        let room = self.directory.lookup(code).and_then(|id| self.rooms.get(&id)).ok_or(EnterError::NotFound)?;
        Ok(RoomInfo { people: room.room.people(), capacity: room.room.capacity() })
    }

    /// Which code leads where, and who is where. For reading.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// How many participants there are, connected or not.
    #[must_use]
    pub fn participants(&self) -> usize {
        self.people.len()
    }

    /// Whether the participant is in a call. Who rings is, who is only rung is not.
    #[must_use]
    pub fn in_call(&self, who: ParticipantId) -> bool {
        self.directory.room_of(who).and_then(|id| self.rooms.get(&id)).is_some_and(|kept| kept.room.in_call(who))
    }

    /// In how many rooms a call is on, or rings.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.rooms.values().filter(|kept| kept.room.has_call()).count()
    }

    /// How many sockets are served.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// How many rooms there are, empty ones included.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// How much was not passed on.
    #[must_use]
    pub const fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Takes what happened.
    pub fn handle(&mut self, input: Input, now: Millis) {
        match input {
            Input::Connected { connection, participant, page, name, signed, resuming } => {
                let hello = sockets::Hello { page, name, signed, resuming };
                self.connected(connection, participant, hello, now);
            }
            Input::Message { connection, message } => match self.connections.get(&connection) {
                Some(who) => self.message(connection, *who, message, now),
                None => self.dropped.unserved += 1,
            },
            Input::Disconnected { connection } => self.disconnected(connection, now),
            Input::Wake => self.wake(now),
        }
    }

    /// The next effect of the last input.
    pub fn poll(&mut self) -> Option<Effect> {
        self.out.pop_front()
    }

    /// When to send [`Input::Wake`] at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    fn message(&mut self, connection: ConnectionId, who: ParticipantId, message: ClientMessage, now: Millis) {
        let answer = |call, act| room::Input::Answer { who, call, act };
        let input = match message {
            ClientMessage::Hello { .. } => {
                return self.close(connection, CloseCode::BadMessage, now);
            }
            ClientMessage::Enter { request, code } => {
                return self.enter(connection, who, request, code, now);
            }
            ClientMessage::Leave { request } => return self.leave(connection, who, request, now),
            ClientMessage::Ping { nonce } => {
                return self.send(connection, ServerMessage::Pong { nonce });
            }
            ClientMessage::Unknown => return self.dropped.unknown += 1,
            ClientMessage::Name { name } => {
                let name = clean_name(&name);
                match self.people.get_mut(&who) {
                    Some(person) if person.name != name => person.name.clone_from(&name),
                    _ => return,
                }
                room::Input::Name { who, name }
            }
            ClientMessage::Chat { room, id, body } => room::Input::Say { who, room, id, body },
            ClientMessage::Ring { to } => {
                let fresh = CallId::new(self.next_call);
                self.next_call = self.next_call.wrapping_add(1);
                room::Input::Ring { from: who, to, fresh }
            }
            ClientMessage::Accept { call } => answer(call, Act::Accept),
            ClientMessage::Decline { call } => answer(call, Act::Decline),
            ClientMessage::HangUp { call } => answer(call, Act::HangUp),
            ClientMessage::Media { media } => room::Input::Media { who, media },
            ClientMessage::Away { away } => room::Input::Away { who, away },
            ClientMessage::Peer { message } => room::Input::Letter { who, message },
        };
        self.in_room(who, input, now);
    }

    /// Everything that is due, each once, earliest first.
    fn wake(&mut self, now: Millis) {
        while let Some(timer) = self.timers.pop(now) {
            match timer {
                Timer::Room(id) => {
                    self.touch(id, room::Input::Wake, now);
                    self.flush(id);
                }
                Timer::Expire(who) => self.expire(who, now),
                Timer::Renew(who) => self.renew(who, now),
                Timer::Fade(id) => self.bury(id),
            }
        }
    }

    fn send(&mut self, connection: ConnectionId, message: ServerMessage) {
        self.out.push_back(Effect::Send { connection, message });
    }

    /// Tells the room the participant is in.
    fn in_room(&mut self, who: ParticipantId, input: room::Input, now: Millis) {
        let Some(id) = self.directory.room_of(who) else {
            return;
        };
        self.touch(id, input, now);
        self.flush(id);
    }

    /// Tells a room something; its effects wait for [`Self::flush`].
    fn touch(&mut self, id: RoomId, input: room::Input, now: Millis) {
        let Some(kept) = self.rooms.get_mut(&id) else {
            return;
        };
        let timeless = matches!(input, room::Input::Letter { .. } | room::Input::Say { .. } | room::Input::Media { .. });
        let says = matches!(input, room::Input::Say { .. }).then(|| (kept.room.newest_said(), kept.room.speakers()));
        let of_a_connection = matches!(input, room::Input::Lost { .. } | room::Input::Away { .. });
        // Who says again and again what is no longer asked shall not keep a disk busy.
        let call = matches!(input, room::Input::Ring { .. } | room::Input::Answer { .. }).then(|| kept.room.call_facts());
        kept.room.handle(input, now);
        if let Some((newest, speakers)) = says {
            let entry = kept.room.newest().filter(|entry| Some(entry.order) != newest);
            self.said.extend(entry.map(|entry| (id, entry.clone())));
            if kept.room.speakers() != speakers {
                self.changed.insert(id);
            }
        }
        if !timeless {
            self.timers.set(Timer::Room(id), kept.room.next_deadline());
            if !of_a_connection && call.is_none_or(|call| call != kept.room.call_facts()) {
                self.changed.insert(id);
            }
        }
        if says.is_some() {
            self.weigh(id);
        }
    }

    /// Passes a room's effects on to the sockets of those who are connected.
    fn flush(&mut self, id: RoomId) {
        let Self { rooms, people, out, dropped, .. } = self;
        let Some(kept) = rooms.get_mut(&id) else {
            return;
        };
        while let Some(effect) = kept.room.poll() {
            match effect {
                room::Effect::Tell { to, message } => {
                    if let Some(connection) = people.get(&to).and_then(|person| person.connection) {
                        out.push_back(Effect::Send { connection, message });
                    }
                }
                room::Effect::Dropped(reason) => {
                    *match reason {
                        DropReason::Forged => &mut dropped.forged,
                        DropReason::NoReceiver => &mut dropped.no_receiver,
                        DropReason::Stale => &mut dropped.stale,
                        DropReason::TooLarge => &mut dropped.too_large,
                        DropReason::Unknown => &mut dropped.unknown,
                    } += 1;
                }
            }
        }
    }
}
