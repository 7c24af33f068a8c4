//! The whole server: people come, send frames, go, come again, and the server itself starts anew, in any order and at any time.

mod journal;
mod pages;
mod sent;

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    Millis,
    exchange::{ConnectionId, Effect, Exchange, Input, RENEW_EVERY, Settings},
    id::{ParticipantId, RoomCode, RoomId},
    message::{Call, ClientMessage, Ring, RoomInfo},
    room::{REMEMBERED_MESSAGES, Speakers},
};

use super::{
    bytes::Bytes,
    holds,
    parts::{self, PEOPLE, person},
};
use journal::Disk;

/// Inputs of one run, and floods among them: what comes after is not looked at.
const INPUTS: u32 = 400;
const FLOODS: u32 = 1;
/// Looking at very much takes time.
const AFTER_A_FLOOD: u32 = 40;
/// One less than may turn up.
const PEOPLE_MAX: usize = PEOPLE as usize - 1;
/// The debug form of an exchange without what was said: some letters for each thing it may hold.
const LARGEST: usize = 128 * 1024 + 200 * REMEMBERED_MESSAGES;

pub(crate) fn run(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let mut world = World::new(u32::from(bytes.byte() % 4));
    let mut left = INPUTS;
    while left > 0 && !bytes.is_empty() {
        left -= 1;
        match bytes.byte() % 32 {
            0..=2 => world.create(&mut bytes),
            3..=6 => world.connect(&mut bytes),
            7 => {
                let connection = world.socket(&mut bytes);
                world.on(Input::Disconnected { connection });
            }
            8 => world.now = world.now.saturating_add(bytes.span()),
            9 | 10 => {
                world.now = world.now.saturating_add(bytes.span());
                world.on(Input::Wake);
            }
            11 => {
                world.now = world.exchange.next_deadline().map_or(world.now, |at| world.now.max(at));
                world.on(Input::Wake);
            }
            12 => world.older = world.disk.clone(),
            13 => world.restart(&mut bytes),
            31 if world.floods < FLOODS && bytes.byte().is_multiple_of(8) => {
                left = left.min(AFTER_A_FLOOD);
                world.flood(&mut bytes);
            }
            15..=18 => world.frame(&mut bytes),
            _ => {
                let connection = world.socket(&mut bytes);
                let message = world.message(&mut bytes, connection);
                world.on(Input::Message { connection, message });
            }
        }
    }
    let size = holds::size(&world.exchange) - world.disk.rooms().values().map(|(_, history)| holds::size(history)).sum::<usize>();
    assert!(size < LARGEST, "the exchange grows without bound: {size}");
    world.end();
}

struct World {
    exchange: Exchange,
    settings: Settings,
    now: Millis,
    /// Who is served over which socket, by what was sent.
    sockets: BTreeMap<ConnectionId, ParticipantId>,
    next_socket: u64,
    disk: Disk,
    /// What the disk held some time ago.
    older: Disk,
    /// Whether a server was started from a disk with more people and codes than any server ever had.
    contradicted: bool,
    floods: u32,
}

fn code(number: u64) -> RoomCode {
    RoomCode::from_random(&[u8::try_from(number).expect("few codes"); 12]).expect("twelve usable bytes")
}

impl World {
    fn new(capacity: u32) -> Self {
        // Where three fit, memory is short.
        let chat_max = if capacity == 3 { 20_000 } else { Settings::default().chat_max };
        let settings = Settings { capacity, participants_max: PEOPLE_MAX, chat_max, ..Settings::default() };
        let settings = parts::unhurried(settings);
        let now = 1_000_000;
        let (disk, older) = (Disk::default(), Disk::default());
        let exchange = Exchange::new(settings, now);
        Self { exchange, settings, now, sockets: BTreeMap::new(), next_socket: 1, disk, older, contradicted: false, floods: 0 }
    }

    fn create(&mut self, bytes: &mut Bytes) {
        let who = person(bytes);
        let code = code(if bytes.byte() % 8 == 7 { bytes.below(PEOPLE + 2) } else { who.get() });
        let full = self.exchange.participants() >= PEOPLE_MAX;
        let taken = self.exchange.directory().room_of(who).is_some() || self.exchange.info(&code).is_ok();
        let made = self.exchange.create(who, code, self.now);
        assert_eq!(made.is_err(), full || taken, "{made:?}");
        self.drain(None);
    }

    fn on(&mut self, input: Input) {
        let before = self.disk.places();
        self.exchange.handle(input.clone(), self.now);
        if matches!(input, Input::Wake) {
            assert!(self.exchange.next_deadline().is_none_or(|at| at > self.now), "what was due is done");
        }
        self.drain(Some((&input, before)));
    }

    /// Who did it.
    fn asker(&self, input: &Input) -> Option<ParticipantId> {
        match input {
            // A second hello on a socket is of whoever has it.
            Input::Connected { connection, participant, .. } => Some(*self.sockets.get(connection).unwrap_or(participant)),
            Input::Message { connection, .. } | Input::Disconnected { connection } => self.sockets.get(connection).copied(),
            Input::Wake => None,
        }
    }

    /// Does what is wanted, and looks at everything.
    fn drain(&mut self, cause: Option<(&Input, BTreeMap<ParticipantId, RoomId>)>) {
        let effects: Vec<Effect> = std::iter::from_fn(|| self.exchange.poll()).collect();
        assert_eq!(self.exchange.poll(), None, "drained is drained");
        self.disk.write(self.exchange.changes());
        match cause {
            Some((input, before)) => self.look_at(input, &before, &effects),
            None => assert_eq!(effects, [], "nobody asked"),
        }
        self.check();
    }

    fn restart(&mut self, bytes: &mut Bytes) {
        self.now = self.now.saturating_add(1).saturating_add(bytes.span());
        let mixed = match bytes.byte() % 8 {
            0 => {
                self.disk = self.older.clone();
                false
            }
            1 => {
                self.disk.mix_in(&self.older);
                true
            }
            _ => false,
        };
        self.exchange = Exchange::restore(self.settings, self.now, self.disk.kept(), self.now);
        self.sockets.clear();
        if mixed {
            self.contradicted = true;
            self.exchange.changes();
            self.disk = Disk::of(&self.exchange);
        }
        self.drain(None);
    }

    /// What must hold after every input.
    fn check(&self) {
        let directory = self.exchange.directory();
        let now = Disk::of(&self.exchange);
        assert_eq!(self.disk, now, "what is kept is what is");
        assert!(self.exchange.chat_weight() <= self.settings.chat_max, "too much is kept of what is said");
        let (mut people, mut codes, mut orders) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (id, (facts, history)) in now.rooms() {
            let here: BTreeSet<_> = facts.people.iter().map(|person| person.id).collect();
            let in_room = u32::try_from(here.len()).expect("few people");
            let capacity = self.settings.capacity.max(1);
            assert!(in_room <= capacity, "more people than seats: {here:?}");
            assert_eq!((directory.people_in(*id), here.len()), (in_room, facts.people.len()), "no ghosts");
            assert!(!here.is_empty() || !facts.codes.is_empty(), "nobody can ever come to {id:?}");
            for person in &facts.people {
                assert!(people.insert(person.id), "{:?} is in two rooms", person.id);
                assert!(orders.insert(person.order), "two came at once");
                assert_eq!((directory.room_of(person.id), directory.code_of(person.id)), (Some(*id), Some(person.code)));
                let home = directory.lookup(&person.code);
                assert!(home.is_some_and(|room| now.rooms().contains_key(&room)), "{:?} has no home", person.id);
            }
            for (_, code) in &facts.codes {
                assert!(codes.insert(*code), "a code leads to two rooms");
                assert_eq!(directory.lookup(code), Some(*id));
                assert_eq!(self.exchange.info(code), Ok(RoomInfo { people: in_room, capacity }));
            }
            if let Some(call) = &facts.call {
                let rings = call.rings.iter().map(|(from, to, _)| Ring { from: *from, to: *to }).collect();
                holds::call(&Call { id: call.id, members: call.members.clone(), rings }, &here);
            }
            for who in here {
                let called = facts.call.as_ref().is_some_and(|call| call.members.contains(&who));
                assert_eq!(self.exchange.in_call(who), called);
            }
            holds::history(history);
            assert!(facts.speakers != Speakers::Nobody || history.is_empty(), "somebody spoke");
        }
        assert_eq!((people.len(), people.len()), (self.exchange.participants(), directory.len()));
        assert_eq!((codes.len(), now.rooms().len()), (directory.codes(), self.exchange.rooms()));
        let most = (PEOPLE_MAX, people.len() + now.rooms().len());
        assert!(self.contradicted || (people.len() <= most.0 && codes.len() <= most.1), "{} {}", people.len(), codes.len());
        assert_eq!(self.sockets.len(), self.exchange.connections());
        let served: BTreeSet<_> = self.sockets.values().collect();
        assert_eq!(served.len(), self.sockets.len(), "one socket each: {:?}", self.sockets);
        assert!(served.is_subset(&people.iter().collect()), "a socket of nobody: {:?}", self.sockets);
        self.deadline(people.is_empty() && now.rooms().is_empty());
    }

    fn deadline(&self, nothing: bool) {
        let deadline = self.exchange.next_deadline();
        assert_eq!(deadline.is_none(), nothing, "everything ends, and nothing is due of nothing: {:?}", self.exchange);
        let Settings { ring_timeout, room_grace, call_grace, .. } = self.settings;
        let longest = ring_timeout.max(room_grace).max(call_grace).max(RENEW_EVERY);
        assert!(deadline.is_none_or(|at| at <= self.now.saturating_add(longest)), "{deadline:?} at {}", self.now);
    }

    /// Somebody says very much.
    fn flood(&mut self, bytes: &mut Bytes) {
        self.floods += 1;
        let connection = self.socket(bytes);
        let Some(room) = self.sockets.get(&connection).and_then(|who| self.exchange.directory().room_of(*who)) else { return };
        let (longest, times) = bytes.of(&[(1, 4), (1_000, 1)]);
        let text = bytes.of(&["x", "\u{10ffff}"]).repeat(longest);
        for number in 0..times * u64::from(bytes.byte()) {
            let body = protocol::message::Body::Plain { text: text.clone() };
            let message = ClientMessage::Chat { room, id: protocol::id::MessageId::new(1_000 + number), body };
            self.exchange.handle(Input::Message { connection, message }, self.now);
            while self.exchange.poll().is_some() {}
            self.disk.write(self.exchange.changes());
        }
        self.check();
    }

    /// Everybody goes: after a time nothing is left.
    fn end(&mut self) {
        for connection in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.on(Input::Disconnected { connection });
        }
        let mut wakes = 0;
        while let Some(at) = self.exchange.next_deadline() {
            wakes += 1;
            assert!(wakes < 100, "deadlines end");
            self.now = self.now.max(at);
            self.on(Input::Wake);
        }
        let directory = self.exchange.directory();
        assert_eq!((self.exchange.participants(), self.exchange.rooms(), directory.codes(), directory.len()), (0, 0, 0, 0));
        assert!(holds::size(&self.exchange) < 2_000, "something is left: {:?}", self.exchange);
    }
}
