//! What a restart must not lose: the facts of each living room, and how an exchange is made of them again.
//!
//! The shell keeps what [`Exchange::changes`] tells it, all of one call or nothing, and hands it to [`Exchange::restore`]. Facts are
//! restored, never taken from pages: who is in which room, where codes lead, the call, what was said. Connections, and what pages
//! say of their media, are not facts of a room.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Exchange, Kept, Person, Settings, Timer};
use crate::{
    Millis,
    fault::{self, Fault},
    id::{CallId, PageId, ParticipantId, RoomCode, RoomId},
    message::{ChatEntry, ChatOrder},
    room::{Room, Speakers},
};

/// A change to what is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The room is so from now on.
    Room(RoomFacts),
    /// Something was said. Nothing before `oldest` is kept any more.
    Said {
        /// Where.
        room: RoomId,
        /// What.
        entry: ChatEntry,
        /// The first place of the room's chat that is still kept.
        oldest: ChatOrder,
    },
    /// For want of memory the room has forgotten what was said before this place; `None`: all of it.
    Forgot {
        /// Where.
        room: RoomId,
        /// The first place of the room's chat that is still kept.
        oldest: Option<ChatOrder>,
    },
    /// The room has ended: nothing of it, or of its chat, is kept.
    Ended(RoomId),
}

/// A room without its chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomFacts {
    /// Which room.
    pub room: RoomId,
    /// Who is in it.
    pub people: Vec<PersonFacts>,
    /// The codes that lead to it, each with its place among all of the server's.
    pub codes: Vec<(u64, RoomCode)>,
    /// The call, if one is on.
    pub call: Option<CallFacts>,
    /// Who has ever spoken in it.
    pub speakers: Speakers,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Who.
    pub id: ParticipantId,
    /// The own code, wherever it leads.
    pub code: RoomCode,
    /// [`Member::order`](crate::message::Member::order).
    pub order: u64,
    /// The name, as cleaned.
    pub name: String,
    /// The newest page's incarnation.
    pub incarnation: u32,
    /// The newest page; `None` before the first.
    pub page: Option<PageId>,
}

/// A room's call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// Which.
    pub id: CallId,
    /// Who is in it, in the order they came in.
    pub members: Vec<ParticipantId>,
    /// Who rings whom, and until when.
    pub rings: Vec<(ParticipantId, ParticipantId, Millis)>,
}

impl Exchange {
    /// What has changed since this was last asked; together, in this order, one step from one state to another. To be asked after
    /// every input, when [`Self::poll`] has given all, and after [`Self::create`].
    pub fn changes(&mut self) -> Vec<Change> {
        let mut ids = std::mem::take(&mut self.changed);
        let touched = self.directory.take_touched();
        if !fault::active(Fault::MoveNotKept) {
            ids.extend(touched);
        }
        let ended = |id| (!fault::active(Fault::EndNotKept)).then_some(Change::Ended(id));
        let rooms = ids.into_iter().filter_map(|id| self.facts(id).map(Change::Room).or_else(|| ended(id)));
        let mut changes: Vec<_> = rooms.collect();
        let said = std::mem::take(&mut self.said).into_iter().filter(|(room, _)| self.rooms.contains_key(room));
        changes.extend(said.map(|(room, entry)| {
            let oldest = self.rooms.get(&room).and_then(|kept| kept.room.oldest_said()).unwrap_or(entry.order);
            Change::Said { room, entry, oldest }
        }));
        let forgot = std::mem::take(&mut self.forgot).into_iter();
        changes
            .extend(forgot.filter_map(|id| Some(Change::Forgot { room: id, oldest: self.rooms.get(&id)?.room.oldest_said() })));
        changes
    }

    /// All that is to be kept, for a journal that begins anew.
    #[must_use]
    pub fn facts_of_all(&self) -> Vec<Change> {
        let rooms = self.rooms.keys().filter_map(|id| self.facts(*id)).map(Change::Room);
        let said = self.rooms.iter().flat_map(|(id, kept)| {
            let history = kept.room.history();
            let oldest = history.first().map(|entry| entry.order).unwrap_or_default();
            history.into_iter().map(move |entry| Change::Said { room: *id, entry, oldest })
        });
        rooms.chain(said).collect()
    }

    fn facts(&self, id: RoomId) -> Option<RoomFacts> {
        let room = &self.rooms.get(&id)?.room;
        let person = |(order, who): (u64, ParticipantId)| {
            let Person { name, page, incarnation, .. } = self.people.get(&who)?;
            let code = self.directory.code_of(who)?;
            Some(PersonFacts { id: who, code, order, name: name.clone(), incarnation: *incarnation, page: *page })
        };
        Some(RoomFacts {
            room: id,
            people: room.members().filter_map(person).collect(),
            codes: self.directory.codes_of(id).collect(),
            call: room.call_facts(),
            speakers: room.speakers(),
        })
    }

    /// The exchange of which these facts were kept, with each room's chat, oldest first. Nobody is connected yet: the grace of people
    /// and empty rooms begins `now`. `epoch` is this life's, above every earlier one's. What contradicts itself is left out.
    #[must_use]
    pub fn restore(settings: Settings, epoch: u64, kept: Vec<(RoomFacts, Vec<ChatEntry>)>, now: Millis) -> Self {
        let mut exchange = Self::new(settings, epoch);
        let rooms: BTreeMap<_, _> = kept.into_iter().map(|(facts, history)| (facts.room, (facts, history))).collect();
        let led: BTreeSet<_> = rooms.values().flat_map(|(facts, _)| &facts.codes).map(|(_, code)| *code).collect();
        let (mut orders, mut owners, mut seats) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::<_, Vec<_>>::new());
        for (id, (facts, _)) in &rooms {
            for PersonFacts { id: who, code, order, name, incarnation, page } in &facts.people {
                let (who, code, order) = (*who, *code, *order);
                let astray = exchange.people.contains_key(&who) || !led.contains(&code);
                if astray || !orders.insert(order) || !owners.insert(code) {
                    continue;
                }
                exchange.directory.restore_person(who, code, *id);
                let person = Person { name: name.clone(), page: *page, incarnation: *incarnation, connection: None };
                exchange.people.insert(who, person);
                exchange.timers.set(Timer::Expire(who), Some(now.saturating_add(settings.room_grace)));
                exchange.next_order = exchange.next_order.max(order.saturating_add(1));
                seats.entry(*id).or_default().push((order, who, name.clone(), *incarnation));
            }
        }
        // A code may lead to another room than where its owner is, so all people come first.
        for (id, (facts, history)) in rooms {
            let RoomFacts { codes, call, speakers, .. } = facts;
            for (age, code) in codes {
                exchange.directory.restore_code(code, id, age, owners.contains(&code));
            }
            if let Some(call) = &call {
                exchange.next_call = exchange.next_call.max(call.id.get().saturating_add(1));
            }
            let seats = seats.remove(&id).unwrap_or_default();
            let room = Room::restore((id, epoch, settings), seats, call, (history, speakers), now);
            exchange.timers.set(Timer::Room(id), room.next_deadline());
            exchange.rooms.insert(id, Box::new(Kept { room, empty: None }));
        }
        let ids: Vec<_> = exchange.rooms.keys().copied().collect();
        for id in ids {
            exchange.weigh(id);
            exchange.settle(id, now);
        }
        exchange
    }
}
