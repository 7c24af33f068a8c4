//! Going from room to room, and what ends: the directory decides where, the rooms are told, the empty ones are buried.

use super::{ConnectionId, Effect, Exchange, Kept, Timer};
use crate::{
    Millis,
    directory::{Fate, Home, Route},
    id::{ParticipantId, RoomCode, RoomId},
    message::{EnterError, GoneReason, RoomSnapshot, ServerMessage},
    room::{self, Arrival, Room, Seating},
};

impl Exchange {
    /// `who` has typed a code.
    pub(super) fn enter(&mut self, connection: ConnectionId, who: ParticipantId, request: u32, code: RoomCode, now: Millis) {
        let seat = match self.directory.route(who, &code) {
            Ok(Route::Stay(_)) => return self.answer(connection, who, request),
            Ok(Route::To(room)) => self.seat(who, room, now).map(|given_up_by| (room, given_up_by)),
            Err(reason) => Err(reason),
        };
        match seat {
            Ok((room, given_up_by)) => self.go_over(connection, who, request, (room, given_up_by), now),
            Err(reason) => {
                self.send(connection, ServerMessage::Refused { request, reason });
                if reason == EnterError::NotFound {
                    self.out.push_back(Effect::WrongCode { connection });
                }
            }
        }
    }

    /// Whether `who` may come into the room, and who gives up a seat for that.
    fn seat(&self, who: ParticipantId, room: RoomId, now: Millis) -> Result<Option<ParticipantId>, EnterError> {
        if let Some(kept) = self.directory.room_of(who).and_then(|id| self.rooms.get(&id)) {
            kept.room.may_go(who)?;
        }
        match self.rooms.get(&room).map(|kept| kept.room.seating(now)) {
            Some(Seating::Free) => Ok(None),
            Some(Seating::GivenUpBy(other)) => Ok(Some(other)),
            Some(Seating::Full) => Err(EnterError::Full),
            None => Err(EnterError::NotFound),
        }
    }

    /// `who` goes to the room `to` and has a seat there, given up by somebody or not.
    fn go_over(
        &mut self,
        connection: ConnectionId,
        who: ParticipantId,
        request: u32,
        (to, given_up_by): (RoomId, Option<ParticipantId>),
        now: Millis,
    ) {
        let left = self.directory.room_of(who);
        let others_spoke = left.is_some_and(|id| self.others_spoke(id, who));
        let Some(arrival) = self.depart(who, GoneReason::Left, now) else {
            return;
        };
        self.directory.enter(who, to, others_spoke);
        if let Some(other) = given_up_by {
            self.send_home(other, GoneReason::Expired, now);
        }
        self.arrive(to, arrival, now);
        left.into_iter().for_each(|id| self.settle(id, now));
        self.answer(connection, who, request);
    }

    /// `who` wants to go home.
    pub(super) fn leave(&mut self, connection: ConnectionId, who: ParticipantId, request: u32, now: Millis) {
        self.send_home(who, GoneReason::Left, now);
        self.answer(connection, who, request);
    }

    /// Brings `who` home, unless there already: to the room the own code leads to if others have kept it and a seat is free, else
    /// to a fresh one. Who is alone at home leaves behind what others have said there: it is not for the next guest.
    fn send_home(&mut self, who: ParticipantId, why: GoneReason, now: Millis) {
        let free = |id: RoomId| self.rooms.get(&id).is_some_and(|kept| kept.room.seating(now) == Seating::Free);
        let home = match self.directory.home(who) {
            None => return,
            Some(Home::Here(room)) if self.others_spoke(room, who) => None,
            Some(Home::Here(_)) => return,
            Some(Home::At(room)) if free(room) => Some(room),
            Some(Home::At(_) | Home::Fresh) => None,
        };
        let left = self.directory.room_of(who);
        let Some(arrival) = self.depart(who, why, now) else {
            return;
        };
        let to = match home {
            Some(_) => self.directory.go_home(who),
            None => self.directory.start_afresh(who),
        };
        if let Some(to) = to {
            self.arrive(to, arrival, now);
        }
        left.into_iter().for_each(|id| self.settle(id, now));
    }

    fn others_spoke(&self, room: RoomId, who: ParticipantId) -> bool {
        self.rooms.get(&room).is_some_and(|kept| kept.room.others_spoke(who))
    }

    /// Takes `who` out of the room; gives who is to arrive elsewhere.
    fn depart(&mut self, who: ParticipantId, why: GoneReason, now: Millis) -> Option<Arrival> {
        let id = self.directory.room_of(who)?;
        let arrival = self.rooms.get(&id)?.room.arrival(who)?;
        self.touch(id, room::Input::Part { who, why }, now);
        self.flush(id);
        Some(arrival)
    }

    /// Brings somebody into a room, which is made if the directory has just thought of it.
    pub(super) fn arrive(&mut self, id: RoomId, arrival: Arrival, now: Millis) {
        let (settings, epoch) = (self.settings, self.epoch);
        self.rooms.entry(id).or_insert_with(|| Box::new(Kept { room: Room::new(id, epoch, settings), empty: None }));
        let order = self.next_order;
        self.next_order = self.next_order.wrapping_add(1);
        self.touch(id, room::Input::Join { arrival, order }, now);
        self.flush(id);
        self.settle(id, now);
    }

    /// Tells `who` where they are.
    fn answer(&mut self, connection: ConnectionId, who: ParticipantId, request: u32) {
        if let Some(room) = self.snapshot(who) {
            self.send(connection, ServerMessage::Room { request, room });
        }
    }

    /// The room `who` is in, as they see it.
    pub(super) fn snapshot(&self, who: ParticipantId) -> Option<RoomSnapshot> {
        let room = &self.rooms.get(&self.directory.room_of(who)?)?.room;
        Some(room.snapshot(self.directory.share_code(who)?))
    }

    /// `who` was without a connection for too long.
    pub(super) fn expire(&mut self, who: ParticipantId, now: Millis) {
        if self.people.get(&who).is_none_or(|person| person.connection.is_some()) {
            return;
        }
        self.depart(who, GoneReason::Expired, now);
        self.people.remove(&who);
        let Some((room, led_to)) = self.directory.remove(who) else {
            return;
        };
        self.settle(room, now);
        led_to.into_iter().for_each(|id| self.settle(id, now));
    }

    /// Looks whether the room still has a reason to be, after somebody or a code has gone from it or come to it.
    pub(super) fn settle(&mut self, id: RoomId, now: Millis) {
        let Some(kept) = self.rooms.get_mut(&id) else {
            return;
        };
        if kept.room.people() > 0 {
            kept.empty = None;
        } else {
            kept.empty.get_or_insert(now);
        }
        let fades = kept.empty.map(|since| since.saturating_add(self.settings.room_grace));
        match self.directory.fate(id) {
            Fate::Lives => self.timers.set(Timer::Fade(id), None),
            Fate::Fades if fades.is_some_and(|at| at > now) => self.timers.set(Timer::Fade(id), fades),
            Fate::Fades | Fate::Dead => self.bury(id),
        }
    }

    /// The end of a room in which nobody is and to which nobody's own code leads.
    pub(super) fn bury(&mut self, id: RoomId) {
        if self.directory.fate(id) == Fate::Lives {
            return;
        }
        self.directory.forget(id);
        self.rooms.remove(&id);
        self.weigh(id);
        self.timers.set(Timer::Fade(id), None);
    }
}
