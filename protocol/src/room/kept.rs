//! What of a room outlives the server, and a room made of it again. Driven by the exchange's journal.

use super::{Allowance, Room, Seat, Speakers, call, chat};
use crate::{
    Millis,
    exchange::{CallFacts, Settings},
    id::{ParticipantId, RoomId},
    message::{ChatEntry, ChatOrder, Media, Member, Presence},
};

impl Room {
    /// The room of which these facts were kept: seats as (order, who, name, incarnation). Nobody has a connection since `now`.
    pub(crate) fn restore(
        (id, epoch, settings): (RoomId, u64, Settings),
        seats: Vec<(u64, ParticipantId, String, u32)>,
        call: Option<CallFacts>,
        (history, speakers): (Vec<ChatEntry>, Speakers),
        now: Millis,
    ) -> Self {
        let mut room = Self::new(id, epoch, settings);
        for (order, id, name, incarnation) in seats {
            let member = Member { id, name, incarnation, order, presence: Presence::Lost, media: Media::default() };
            room.orders.insert(id, order);
            room.seats.insert(order, Box::new(Seat { member, lost: Some(now), allowance: Allowance::full(&settings, now) }));
        }
        room.calls =
            call.map_or_else(call::Calls::default, |call| call::Calls::restore(call, |who| room.orders.contains_key(&who)));
        room.log = chat::Log::restore(epoch, history, speakers);
        room
    }

    /// Everybody in it, with the order they came in, earliest first.
    pub(crate) fn members(&self) -> impl Iterator<Item = (u64, ParticipantId)> + '_ {
        self.seats.iter().map(|(order, seat)| (*order, seat.member.id))
    }

    /// Its call.
    pub(crate) fn call_facts(&self) -> Option<CallFacts> {
        self.calls.facts()
    }

    /// Who has ever spoken.
    pub(crate) const fn speakers(&self) -> Speakers {
        self.log.speakers()
    }

    /// The last thing said.
    pub(crate) fn newest(&self) -> Option<&ChatEntry> {
        self.log.newest()
    }

    /// Its place.
    pub(crate) fn newest_said(&self) -> Option<ChatOrder> {
        Some(self.log.newest()?.order)
    }

    /// The oldest place that is kept.
    pub(crate) fn oldest_said(&self) -> Option<ChatOrder> {
        self.log.oldest()
    }

    /// What is kept of what was said, as it weighs in memory, in bytes.
    pub(crate) fn chat_weight(&self) -> usize {
        self.log.weight()
    }

    /// Keeps one message less.
    pub(crate) fn forget_oldest(&mut self) {
        self.log.forget_oldest();
    }

    /// What is kept of what was said, oldest first.
    pub(crate) fn history(&self) -> Vec<ChatEntry> {
        self.log.history()
    }
}
