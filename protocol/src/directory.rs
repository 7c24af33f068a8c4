//! Which code leads to which room, and who is where: the only writer of both maps.
//!
//! Pure, and never sharded: a code resolves once, in one place, never along a chain. It does not know what a room holds
//! besides its people; the [`Exchange`](crate::exchange::Exchange) drives it and tells it what the rooms say.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    exchange::CreateError,
    fault::{self, Fault},
    id::{ParticipantId, RoomCode, RoomId},
    message::EnterError,
};

#[cfg(test)]
mod tests;

/// Codes, people and rooms.
#[derive(Debug, Default)]
pub struct Directory {
    codes: BTreeMap<RoomCode, Binding>,
    people: BTreeMap<ParticipantId, Person>,
    places: BTreeMap<RoomId, Place>,
    /// The next room's number.
    next_room: u64,
    /// Rises with each binding of a code, so that a room knows its oldest.
    bindings: u64,
    /// The rooms whose people or codes have changed since [`Self::take_touched`].
    touched: BTreeSet<RoomId>,
}

/// Where a code leads.
#[derive(Clone, Copy, Debug)]
struct Binding {
    room: RoomId,
    /// Its place among all bindings.
    age: u64,
    /// Whether its owner still lives. Only a room's oldest code outlives its owner.
    owned: bool,
}

#[derive(Clone, Copy, Debug)]
struct Person {
    code: RoomCode,
    room: RoomId,
}

#[derive(Debug, Default)]
struct Place {
    people: u32,
    /// Every code that leads here, oldest first.
    codes: BTreeSet<(u64, RoomCode)>,
    /// How many of them belong to somebody living.
    owned: u32,
}

/// Where an entered code leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To the room the person is in: nothing changes.
    Stay(RoomId),
    /// To another room.
    To(RoomId),
}

/// Where leaving leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Nowhere: the person is alone in the own room.
    Here(RoomId),
    /// To the room the own code leads to, which others have kept.
    At(RoomId),
    /// To a fresh room.
    Fresh,
}

/// What is to become of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Somebody is in it, or somebody's own code leads to it.
    Lives,
    /// Nobody is in it and it is nobody's: it dies after its grace.
    Fades,
    /// Nobody is in it and no code leads to it: nobody can ever come.
    Dead,
}

impl Directory {
    /// An empty directory whose rooms are numbered from `first_room` on.
    #[must_use]
    pub fn new(first_room: u64) -> Self {
        Self { next_room: first_room, ..Self::default() }
    }

    /// How many people there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// How many codes lead somewhere.
    #[must_use]
    pub fn codes(&self) -> usize {
        self.codes.len()
    }

    /// The room the person is in.
    #[must_use]
    pub fn room_of(&self, who: ParticipantId) -> Option<RoomId> {
        Some(self.people.get(&who)?.room)
    }

    /// The person's own code.
    #[must_use]
    pub fn code_of(&self, who: ParticipantId) -> Option<RoomCode> {
        Some(self.people.get(&who)?.code)
    }

    /// The room the code leads to.
    #[must_use]
    pub fn lookup(&self, code: &RoomCode) -> Option<RoomId> {
        Some(self.codes.get(code)?.room)
    }

    /// How many people are in the room; none in an unknown one.
    #[must_use]
    pub fn people_in(&self, room: RoomId) -> u32 {
        self.places.get(&room).map_or(0, |place| place.people)
    }

    /// The code the person should share for the room they are in: the own one if it leads there, else the room's oldest,
    /// else the own one.
    #[must_use]
    pub fn share_code(&self, who: ParticipantId) -> Option<RoomCode> {
        let person = self.people.get(&who)?;
        if self.lookup(&person.code) == Some(person.room) {
            return Some(person.code);
        }
        let oldest = self.places.get(&person.room).and_then(|place| place.codes.first());
        Some(oldest.map_or(person.code, |(_, code)| *code))
    }

    /// Every code that leads to the room, oldest first, with its place among all.
    pub(crate) fn codes_of(&self, room: RoomId) -> impl Iterator<Item = (u64, RoomCode)> + '_ {
        self.places.get(&room).into_iter().flat_map(|place| place.codes.iter().copied())
    }

    /// The rooms whose people or codes have changed since this was last asked; some may be no more.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<RoomId> {
        std::mem::take(&mut self.touched)
    }

    /// Brings somebody back to the room they were in when the server stopped. Who is somewhere already is left there.
    pub(crate) fn restore_person(&mut self, who: ParticipantId, code: RoomCode, room: RoomId) {
        if self.people.contains_key(&who) {
            return;
        }
        self.people.insert(who, Person { code, room });
        self.restore_place(room).people += 1;
    }

    /// Lets a code lead where it led when the server stopped; `owned`: its owner is here. One that leads somewhere is left.
    pub(crate) fn restore_code(&mut self, code: RoomCode, room: RoomId, age: u64, owned: bool) {
        if self.codes.contains_key(&code) {
            return;
        }
        self.bindings = self.bindings.max(age.saturating_add(1));
        self.codes.insert(code, Binding { room, age, owned });
        let place = self.restore_place(room);
        place.codes.insert((age, code));
        place.owned += u32::from(owned);
    }

    fn restore_place(&mut self, room: RoomId) -> &mut Place {
        self.next_room = self.next_room.max(room.get().saturating_add(1));
        self.place(room)
    }

    /// A new person in a fresh room, to which `code`, from now on theirs, leads.
    ///
    /// # Errors
    /// [`CreateError::Taken`] when somebody has that id or that code leads somewhere.
    pub fn create(&mut self, who: ParticipantId, code: RoomCode) -> Result<RoomId, CreateError> {
        if self.people.contains_key(&who) || self.codes.contains_key(&code) {
            return Err(CreateError::Taken);
        }
        let room = self.fresh_room();
        self.people.insert(who, Person { code, room });
        self.place(room).people += 1;
        self.bind(code, room);
        Ok(room)
    }

    /// Where the code leads `who`. Changes nothing.
    ///
    /// # Errors
    /// [`EnterError::NotFound`] when it leads nowhere (or there is no such person), [`EnterError::OwnCode`] when it is the
    /// person's own and leads to where they are.
    pub fn route(&self, who: ParticipantId, code: &RoomCode) -> Result<Route, EnterError> {
        let room = self.lookup(code).ok_or(EnterError::NotFound)?;
        let person = self.people.get(&who).ok_or(EnterError::NotFound)?;
        match person.room == room {
            true if person.code == *code => Err(EnterError::OwnCode),
            true => Ok(Route::Stay(room)),
            false => Ok(Route::To(room)),
        }
    }

    /// `who` goes over to `room` and gives the room left. The own code comes along only if it led to the room left, nobody else is
    /// there, and nobody else has ever spoken there (`others_spoke`, which the room knows).
    pub fn enter(&mut self, who: ParticipantId, room: RoomId, others_spoke: bool) -> Option<RoomId> {
        let Person { code, room: from } = *self.people.get(&who)?;
        if from == room || !self.places.contains_key(&room) {
            return None;
        }
        let alone = self.people_in(from) == 1 || fault::active(Fault::CodeAlwaysFollows);
        let others_spoke = others_spoke && !fault::active(Fault::SpokenRoomDragged);
        self.step(who, room);
        if alone && !others_spoke && self.lookup(&code) == Some(from) {
            self.bind(code, room);
        }
        Some(from)
    }

    /// Where leaving leads `who`. Changes nothing.
    #[must_use]
    pub fn home(&self, who: ParticipantId) -> Option<Home> {
        let person = self.people.get(&who)?;
        Some(match self.lookup(&person.code) {
            Some(own) if own != person.room => Home::At(own),
            Some(own) if self.people_in(own) == 1 => Home::Here(own),
            _ => Home::Fresh,
        })
    }

    /// `who` goes to the room the own code leads to; gives that room.
    pub fn go_home(&mut self, who: ParticipantId) -> Option<RoomId> {
        let room = self.lookup(&self.people.get(&who)?.code)?;
        self.step(who, room);
        Some(room)
    }

    /// `who` goes to a fresh room, and the own code from now on leads there; gives the room.
    pub fn start_afresh(&mut self, who: ParticipantId) -> Option<RoomId> {
        let code = self.people.get(&who)?.code;
        let room = self.fresh_room();
        self.step(who, room);
        self.bind(code, room);
        Some(room)
    }

    /// `who` is no more; gives the room they were in, and the one their code led to.
    ///
    /// Their code becomes unknown, unless it is the oldest one of a room in which somebody still is: that one stays with the room,
    /// so that those who were given it still find the others.
    pub fn remove(&mut self, who: ParticipantId) -> Option<(RoomId, Option<RoomId>)> {
        let Person { code, room } = self.people.remove(&who)?;
        self.touched.insert(room);
        self.place(room).people -= 1;
        let Some(binding) = self.codes.get_mut(&code) else {
            return Some((room, None));
        };
        let led_to = binding.room;
        self.touched.insert(led_to);
        let place = self.places.entry(led_to).or_default();
        place.owned -= 1;
        if place.people > 0 && place.codes.first() == Some(&(binding.age, code)) {
            binding.owned = false;
        } else {
            place.codes.remove(&(binding.age, code));
            self.codes.remove(&code);
        }
        Some((room, Some(led_to)))
    }

    /// What is to become of the room.
    #[must_use]
    pub fn fate(&self, room: RoomId) -> Fate {
        match self.places.get(&room) {
            Some(place) if place.people > 0 || place.owned > 0 => Fate::Lives,
            Some(place) if !place.codes.is_empty() => Fate::Fades,
            _ => Fate::Dead,
        }
    }

    /// The room is dead: its codes are unknown from now on. A room that lives is left alone.
    pub fn forget(&mut self, room: RoomId) {
        if self.fate(room) == Fate::Lives {
            return;
        }
        self.touched.insert(room);
        for (_, code) in self.places.remove(&room).unwrap_or_default().codes {
            self.codes.remove(&code);
        }
    }

    fn fresh_room(&mut self) -> RoomId {
        let mut room = RoomId::new(self.next_room);
        while self.places.contains_key(&room) {
            room = RoomId::new(room.get().wrapping_add(1));
        }
        self.next_room = room.get().wrapping_add(1);
        self.places.insert(room, Place::default());
        self.touched.insert(room);
        room
    }

    fn place(&mut self, room: RoomId) -> &mut Place {
        self.places.entry(room).or_default()
    }

    /// Moves the person, never the code.
    fn step(&mut self, who: ParticipantId, room: RoomId) {
        let Some(person) = self.people.get_mut(&who) else {
            return;
        };
        let from = std::mem::replace(&mut person.room, room);
        self.touched.extend([from, room]);
        self.place(from).people -= 1;
        self.place(room).people += 1;
    }

    /// Lets a living person's code lead to `room`, and nowhere else.
    fn bind(&mut self, code: RoomCode, room: RoomId) {
        let age = self.bindings;
        self.bindings += 1;
        self.touched.insert(room);
        if let Some(old) = self.codes.insert(code, Binding { room, age, owned: true }) {
            self.touched.insert(old.room);
            let place = self.place(old.room);
            place.codes.remove(&(old.age, code));
            place.owned -= u32::from(old.owned);
        }
        let place = self.place(room);
        place.codes.insert((age, code));
        place.owned += 1;
    }
}
