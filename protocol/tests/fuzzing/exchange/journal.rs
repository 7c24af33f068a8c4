//! The server's disk: what it was told to keep.

use std::collections::BTreeMap;

use protocol::{
    exchange::{Change, Exchange, RoomFacts},
    id::{ParticipantId, RoomId},
    message::ChatEntry,
};

/// Each room with what was said in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Disk(BTreeMap<RoomId, (RoomFacts, Vec<ChatEntry>)>);

impl Disk {
    /// One that begins anew.
    pub(super) fn of(exchange: &Exchange) -> Self {
        let mut disk = Self::default();
        disk.write(exchange.facts_of_all());
        disk
    }

    pub(super) fn write(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Room(facts) => match self.0.get_mut(&facts.room) {
                    Some((before, _)) => *before = facts,
                    None => drop(self.0.insert(facts.room, (facts, Vec::new()))),
                },
                Change::Forgot { room, oldest } => {
                    let (_, history) = self.0.get_mut(&room).expect("what is forgotten was said in a room that is kept");
                    history.retain(|entry| oldest.is_some_and(|oldest| entry.order >= oldest));
                }
                Change::Ended(room) => drop(self.0.remove(&room)),
                Change::Said { room, entry, oldest } => {
                    let (_, history) = self.0.get_mut(&room).expect("what is said is said in a room that is kept");
                    history.push(entry);
                    let forgotten = history.partition_point(|entry| entry.order < oldest);
                    history.drain(..forgotten);
                }
            }
        }
    }

    /// Some rooms are as they were some time ago, others as they are: a disk that contradicts itself.
    pub(super) fn mix_in(&mut self, older: &Self) {
        for (room, kept) in &older.0 {
            if room.get().is_multiple_of(2) || !self.0.contains_key(room) {
                self.0.insert(*room, kept.clone());
            }
        }
    }

    /// What a server starts from.
    pub(super) fn kept(&self) -> Vec<(RoomFacts, Vec<ChatEntry>)> {
        let json = |facts: &RoomFacts| {
            let written = serde_json::to_string(facts).expect("facts can be written");
            serde_json::from_str(&written).expect("and read")
        };
        self.0.values().map(|(facts, history)| (json(facts), history.clone())).collect()
    }

    /// Who is where.
    pub(super) fn places(&self) -> BTreeMap<ParticipantId, RoomId> {
        let people = |(room, (facts, _)): (&RoomId, &(RoomFacts, _))| {
            let room = *room;
            facts.people.iter().map(move |person| (person.id, room)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(people).collect()
    }

    pub(super) const fn rooms(&self) -> &BTreeMap<RoomId, (RoomFacts, Vec<ChatEntry>)> {
        &self.0
    }
}
