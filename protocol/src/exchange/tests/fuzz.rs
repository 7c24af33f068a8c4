//! Random inputs, sensible or not: nothing panics, the books balance, nothing grows.

use super::*;
use crate::{
    id::MessageId,
    message::{Body, Endpoint, Link, PeerBody, PeerMessage},
};

const PEOPLE: u64 = 6;

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn person(&mut self) -> ParticipantId {
        id(self.below(PEOPLE + 1))
    }

    fn call(&mut self, made: u64) -> CallId {
        CallId::new((1 << 20) + self.below(made + 2).saturating_sub(1))
    }

    fn message(&mut self, exchange: &Exchange) -> ClientMessage {
        let made = exchange.next_call - (1 << 20);
        match self.below(16) {
            0 => ClientMessage::Hello { version: 1, token: String::new(), page: PageId::new(1), name: None, resuming: None },
            1..=3 => ClientMessage::Enter { request: 1, code: code(self.below(PEOPLE + 1)) },
            4 => ClientMessage::Leave { request: 2 },
            5 | 6 => ClientMessage::Ring { to: self.person() },
            7 => ClientMessage::Accept { call: CallId::new((1 << 20) + made.saturating_sub(1)) },
            8 => ClientMessage::Decline { call: self.call(made) },
            9 => ClientMessage::HangUp { call: self.call(made) },
            10 => ClientMessage::Name { name: "\u{202e}\u{0}x".repeat(usize::try_from(self.below(60)).unwrap_or(0)) },
            11 => ClientMessage::Media { media: Media { counter: u32::MAX, ..Media::default() } },
            12 => ClientMessage::Away { away: self.below(2) == 0 },
            13 => {
                let link = Link { from: 1, to: u32::MAX, since: 2 };
                let (from, to) = (Endpoint::Participant(self.person()), Endpoint::Participant(self.person()));
                ClientMessage::Peer { message: PeerMessage { from, to, link, seq: 0, body: PeerBody::Unknown } }
            }
            _ => {
                let room = exchange.directory.room_of(self.person()).unwrap_or(RoomId::new(0));
                let body = Body::Plain { text: "x".repeat(usize::try_from(self.below(3)).unwrap_or(0)) };
                ClientMessage::Chat { room, id: MessageId::new(self.below(50)), body }
            }
        }
    }
}

/// What must hold after every input.
fn check(exchange: &Exchange, now: Millis) {
    for who in exchange.people.keys() {
        let rooms: Vec<_> =
            exchange.rooms.iter().filter(|(_, kept)| kept.room.member(*who).is_some()).map(|(id, _)| *id).collect();
        assert_eq!(rooms, [exchange.directory.room_of(*who).expect("everybody is somewhere")], "{who:?} is in one room");
        let leads_to = exchange.directory.code_of(*who).and_then(|code| exchange.directory.lookup(&code));
        assert!(leads_to.is_some_and(|id| exchange.rooms.contains_key(&id)), "{who:?}'s code leads to a room");
    }
    for (id, kept) in &exchange.rooms {
        assert_eq!(kept.room.people(), exchange.directory.people_in(*id), "no ghosts in {id:?}");
        assert!(kept.room.people() <= kept.room.capacity());
        assert_eq!(kept.empty.is_some(), kept.room.people() == 0);
        let call = kept.room.snapshot(code(0)).call;
        if let Some(call) = call {
            assert!(call.members.len() + call.rings.len() >= 2, "a call of one is none: {call:?}");
            let mut all: Vec<_> = call.members.iter().copied().chain(call.rings.iter().map(|ring| ring.to)).collect();
            assert!(
                all.iter().all(|who| kept.room.member(*who).is_some())
                    && call.rings.iter().all(|ring| call.members.contains(&ring.from))
            );
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), call.members.len() + call.rings.len(), "nobody twice: {call:?}");
        }
        if let Some(due) = kept.room.next_deadline() {
            assert!(exchange.next_deadline().is_some_and(|next| next <= due), "{id:?} is woken in time");
        }
    }
    assert!(exchange.rooms.len() <= 3 * usize::try_from(PEOPLE).expect("few people"), "rooms do not pile up");
    assert!(exchange.directory.codes() <= exchange.people.len() + exchange.rooms.len());
    assert!(exchange.connections.values().all(|who| exchange.people.contains_key(who)));
    let connected = exchange.people.values().filter(|person| person.connection.is_some()).count();
    assert_eq!(connected, exchange.connections.len());
    assert!(now == 0 || exchange.next_deadline().is_some() || exchange.people.is_empty(), "time ends everything");
}

#[test]
fn nothing_that_pages_send_breaks_the_exchange() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let settings =
            Settings { capacity: u32::try_from(1 + seed % 4).unwrap_or(1), participants_max: 5, ..Settings::default() };
        let mut world = World::new(settings);
        let mut sockets = 0;
        for _ in 0..1_500 {
            world.now += [0, 0, 1, 500, 10_000, 50_000, 700_000][usize::try_from(dice.below(7)).unwrap_or(0)];
            match dice.below(12) {
                0 => {
                    let who = dice.person();
                    let _taken_or_full = world.exchange.create(who, code(who.get()), world.now);
                }
                1 | 2 => {
                    sockets += 1;
                    let number = if dice.below(20) == 0 { sockets / 2 } else { sockets };
                    let name = (dice.below(2) == 0).then(|| "Ана".to_owned());
                    let (participant, page) = (dice.person(), PageId::new(dice.below(3)));
                    world.on(Input::Connected { connection: socket(number), participant, page, name, signed: 0, resuming: None });
                }
                3 => drop(world.drop_socket(dice.below(sockets + 1))),
                4 => drop(world.on(Input::Wake)),
                _ => {
                    let connections: Vec<u64> = world.exchange.connections.keys().map(|connection| connection.0).collect();
                    let number = match connections.len() {
                        0 => 0,
                        some => connections[usize::try_from(dice.below(some as u64)).unwrap_or(0)],
                    };
                    let message = dice.message(&world.exchange);
                    world.say(number, message);
                }
            }
            check(&world.exchange, world.now);
        }
        // Everybody goes: nothing stays.
        for number in 0..=sockets {
            world.drop_socket(number);
        }
        let mut wakes = 0;
        while let Some(at) = world.exchange.next_deadline() {
            wakes += 1;
            assert!(wakes < 100, "deadlines end");
            world.now = world.now.max(at);
            world.on(Input::Wake);
            assert!(world.exchange.next_deadline().is_none_or(|next| next > world.now), "everything due was done");
        }
        assert_eq!((world.exchange.participants(), world.exchange.rooms(), world.exchange.directory.codes()), (0, 0, 0));
    }
}

#[test]
fn times_and_epochs_at_the_end_of_the_scale_do_no_harm() {
    let mut exchange = Exchange::new(Settings { capacity: 0, ..Settings::default() }, u64::MAX);
    exchange.create(id(ANA), code(ANA), u64::MAX).expect("a new id and code");
    let hello = Input::Connected {
        connection: socket(1),
        participant: id(ANA),
        page: PageId::new(1),
        name: None,
        signed: 0,
        resuming: None,
    };
    exchange.handle(hello, u64::MAX);
    exchange.handle(Input::Disconnected { connection: socket(1) }, 0);
    exchange.handle(Input::Wake, u64::MAX - 1);
    assert_eq!(exchange.participants(), 0);
}
