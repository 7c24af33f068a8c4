//! The server as its pages see it: each test asserts every effect of what it is about.

mod connecting;
mod fuzz;
mod restarting;
mod time;
mod visiting;

use super::*;
pub(super) use crate::VERSION;
use crate::message::{Call, CallEvent, Link, Member, Ring, RoomSnapshot};

pub(super) const ANA: u64 = 1;
pub(super) const BEK: u64 = 2;
pub(super) const SAULE: u64 = 3;

/// An exchange and its clock. Person `n` has the code of `code(n)`; the first room has the number 1 << 20.
pub(super) struct World {
    pub(super) exchange: Exchange,
    pub(super) now: Millis,
}

pub(super) fn id(who: u64) -> ParticipantId {
    ParticipantId::new(who)
}

pub(super) fn code(who: u64) -> RoomCode {
    RoomCode::from_random(&[u8::try_from(who).expect("few people"); 12]).expect("twelve usable bytes")
}

/// The `number`th room ever made.
pub(super) fn room(number: u64) -> RoomId {
    RoomId::new((1 << 20) + number - 1)
}

/// The socket with this number; person `n`'s first one is `n`.
pub(super) const fn socket(number: u64) -> ConnectionId {
    ConnectionId(number)
}

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        Self { exchange: Exchange::new(settings, 1), now: 1_000 }
    }

    /// These people are here, each connected and in the own room: rooms 1, 2, … in their order.
    pub(super) fn of(people: &[u64]) -> Self {
        let mut world = Self::new(Settings::default());
        for who in people {
            world.create(*who);
            world.hello(*who, *who, 1);
        }
        world
    }

    /// Ana and Bek are in Ana's room.
    pub(super) fn together() -> Self {
        let mut world = Self::of(&[ANA, BEK]);
        world.enter(BEK, ANA);
        world
    }

    pub(super) fn create(&mut self, who: u64) {
        self.exchange.create(id(who), code(who), self.now).expect("a new id and code");
    }

    pub(super) fn on(&mut self, input: Input) -> Vec<Effect> {
        self.exchange.handle(input, self.now);
        std::iter::from_fn(|| self.exchange.poll()).collect()
    }

    /// The socket says hello for `who`, from this page.
    pub(super) fn hello(&mut self, number: u64, who: u64, page: u64) -> Vec<Effect> {
        self.on(Input::Connected {
            connection: socket(number),
            participant: id(who),
            page: PageId::new(page),
            name: None,
            signed: 0,
            resuming: None,
        })
    }

    pub(super) fn say(&mut self, number: u64, message: ClientMessage) -> Vec<Effect> {
        self.on(Input::Message { connection: socket(number), message })
    }

    /// `who`, on the first socket, enters the code of `whose`, as request 7.
    pub(super) fn enter(&mut self, who: u64, whose: u64) -> Vec<Effect> {
        self.say(who, ClientMessage::Enter { request: 7, code: code(whose) })
    }

    /// `who`, on the first socket, leaves, as request 8.
    pub(super) fn leave(&mut self, who: u64) -> Vec<Effect> {
        self.say(who, ClientMessage::Leave { request: 8 })
    }

    pub(super) fn drop_socket(&mut self, number: u64) -> Vec<Effect> {
        self.on(Input::Disconnected { connection: socket(number) })
    }

    /// Time passes; the exchange is woken once.
    pub(super) fn wait(&mut self, span: Millis) -> Vec<Effect> {
        self.now += span;
        self.on(Input::Wake)
    }
}

/// A member as known who came `nth` of all who ever came into any room, and did nothing yet.
pub(super) fn member(who: u64, nth: u64) -> Member {
    Member { id: id(who), name: String::new(), incarnation: 1, order: nth, presence: Presence::Here, media: Media::default() }
}

/// A room in which nothing was said and nobody is called.
pub(super) fn snapshot(number: u64, code: RoomCode, members: Vec<Member>) -> RoomSnapshot {
    RoomSnapshot { room: room(number), code, capacity: 2, members, call: None, history: Vec::new(), truncated: false }
}

pub(super) fn send(number: u64, message: ServerMessage) -> Effect {
    Effect::Send { connection: socket(number), message }
}

pub(super) fn told_member(number: u64, member: Member) -> Effect {
    send(number, ServerMessage::Member { member })
}

pub(super) fn told_gone(number: u64, who: u64, why: crate::message::GoneReason) -> Effect {
    send(number, ServerMessage::Gone { participant: id(who), why })
}

pub(super) fn told_room(number: u64, request: u32, room: RoomSnapshot) -> Effect {
    send(number, ServerMessage::Room { request, room })
}

pub(super) fn refused(number: u64, reason: EnterError) -> Effect {
    send(number, ServerMessage::Refused { request: 7, reason })
}

pub(super) fn issue(number: u64, who: u64, incarnation: u32) -> Effect {
    Effect::Issue { connection: socket(number), participant: id(who), incarnation, code: code(who) }
}

pub(super) fn close(number: u64, code: CloseCode) -> Effect {
    Effect::Close { connection: socket(number), code }
}

/// What both of two sockets hear of the call.
pub(super) fn told_call(call: Option<Call>, event: CallEvent) -> Vec<Effect> {
    [ANA, BEK].map(|number| send(number, ServerMessage::Call { call: call.clone(), event })).to_vec()
}

/// The first call, with Ana in it, that rings at Bek's.
pub(super) fn ringing() -> Option<Call> {
    let rings = vec![Ring { from: id(ANA), to: id(BEK) }];
    Some(Call { id: CallId::new(1 << 20), members: vec![id(ANA)], rings })
}
