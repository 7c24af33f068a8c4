//! A room's rules, as people would tell them: each test asserts everything the room wants done.

mod calls;
mod chat;
mod letters;
mod rights;
mod seats;

use super::*;
use crate::{
    budget::Rate,
    message::{Call, Ring},
};

pub(super) const ANA: ParticipantId = ParticipantId::new(1);
pub(super) const BEK: ParticipantId = ParticipantId::new(2);
pub(super) const SAULE: ParticipantId = ParticipantId::new(3);
pub(super) const ROOM: RoomId = RoomId::new(7);

pub(super) const SETTINGS: Settings = Settings {
    ring_timeout: 45_000,
    room_grace: 600_000,
    seat_hold: 10_000,
    call_grace: 120_000,
    capacity: 3,
    participants_max: 10,
    first_visit: 120_000,
    messages: Rate { burst: 1e9, per_second: 1e9 },
    rings: Rate { burst: 1e9, per_second: 1e9 },
    chat_max: usize::MAX,
};

/// A room and its clock.
pub(super) struct Story {
    pub(super) room: Room,
    pub(super) now: Millis,
    calls: u64,
    joined: u64,
}

impl Story {
    /// These people are in the room, with a page each, at time 0.
    pub(super) fn of(people: &[ParticipantId]) -> Self {
        let mut story = Self { room: Room::new(ROOM, 9, SETTINGS), now: 0, calls: 0, joined: 0 };
        for who in people {
            story.join(*who);
        }
        story
    }

    /// What the room wants done about this.
    pub(super) fn on(&mut self, input: Input) -> Vec<Effect> {
        self.room.handle(input, self.now);
        std::iter::from_fn(|| self.room.poll()).collect()
    }

    /// Somebody comes in; joins are numbered 1, 2, …
    pub(super) fn join(&mut self, who: ParticipantId) -> Vec<Effect> {
        self.joined += 1;
        self.on(Input::Join { arrival: arrival(who), order: self.joined })
    }

    /// Time passes; the room is woken once.
    pub(super) fn wait(&mut self, span: Millis) -> Vec<Effect> {
        self.now += span;
        self.on(Input::Wake)
    }

    /// Calls are numbered 1, 2, … as rings are sent.
    pub(super) fn ring(&mut self, from: ParticipantId, to: ParticipantId) -> Vec<Effect> {
        self.calls += 1;
        self.on(Input::Ring { from, to, fresh: CallId::new(self.calls) })
    }

    pub(super) fn act(&mut self, who: ParticipantId, call: u64, act: Act) -> Vec<Effect> {
        self.on(Input::Answer { who, call: CallId::new(call), act })
    }
}

pub(super) fn arrival(id: ParticipantId) -> Arrival {
    Arrival {
        id,
        name: String::new(),
        incarnation: 1,
        presence: Presence::Here,
        media: Media::default(),
        lost: None,
        allowance: Allowance::full(&SETTINGS, 0),
    }
}

/// A member as the room knows one who came `order`th and did nothing yet.
pub(super) fn member(id: ParticipantId, order: u64) -> Member {
    Member { id, name: String::new(), incarnation: 1, order, presence: Presence::Here, media: Media::default() }
}

pub(super) fn tell(to: ParticipantId, message: ServerMessage) -> Effect {
    Effect::Tell { to, message }
}

/// The same to several, in this order.
pub(super) fn tell_each(to: &[ParticipantId], message: &ServerMessage) -> Vec<Effect> {
    to.iter().map(|to| tell(*to, message.clone())).collect()
}

/// The call with these in it and these rings.
pub(super) fn call(id: u64, members: &[ParticipantId], rings: &[(ParticipantId, ParticipantId)]) -> Option<Call> {
    let rings = rings.iter().map(|(from, to)| Ring { from: *from, to: *to }).collect();
    Some(Call { id: CallId::new(id), members: members.to_vec(), rings })
}

pub(super) fn call_message(call: Option<Call>, event: CallEvent) -> ServerMessage {
    ServerMessage::Call { call, event }
}
