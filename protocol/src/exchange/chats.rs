//! How much is kept of what is said in all rooms together. When it is too much the fullest room forgets its oldest message, again and
//! again: whoever fills rooms by the thousand takes memory from those rooms, and from nobody who has said less.

use std::collections::{BTreeMap, BTreeSet};

use super::Exchange;
use crate::id::RoomId;

/// The weight of each room's chat, in bytes.
#[derive(Debug, Default)]
pub(super) struct Chats {
    of: BTreeMap<RoomId, usize>,
    by_weight: BTreeSet<(usize, RoomId)>,
    total: usize,
}

impl Chats {
    fn set(&mut self, room: RoomId, weight: usize) {
        let before = if weight == 0 { self.of.remove(&room) } else { self.of.insert(room, weight) };
        if let Some(before) = before {
            self.by_weight.remove(&(before, room));
            self.total = self.total.saturating_sub(before);
        }
        if weight > 0 {
            self.by_weight.insert((weight, room));
            self.total = self.total.saturating_add(weight);
        }
    }

    fn heaviest(&self) -> Option<RoomId> {
        self.by_weight.last().map(|(_, room)| *room)
    }
}

impl Exchange {
    /// How much is kept of what was said, as it weighs in memory, in bytes.
    #[must_use]
    pub const fn chat_weight(&self) -> usize {
        self.chats.total
    }

    /// Something was said in the room, or it has ended.
    pub(super) fn weigh(&mut self, id: RoomId) {
        self.chats.set(id, self.rooms.get(&id).map_or(0, |kept| kept.room.chat_weight()));
        while self.chats.total > self.settings.chat_max {
            let Some(heaviest) = self.chats.heaviest() else { return };
            let Some(kept) = self.rooms.get_mut(&heaviest) else { return self.chats.set(heaviest, 0) };
            kept.room.forget_oldest();
            self.chats.set(heaviest, kept.room.chat_weight());
            self.forgot.insert(heaviest);
        }
    }
}
