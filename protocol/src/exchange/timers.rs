//! Deadlines: at most one of each kind for each thing, found without looking at all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Millis,
    id::{ParticipantId, RoomId},
};

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Something in a room.
    Room(RoomId),
    /// A fresh token for a connected participant.
    Renew(ParticipantId),
    /// The end of a participant without a connection.
    Expire(ParticipantId),
    /// The end of an empty room.
    Fade(RoomId),
}

/// The deadlines.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(Millis, Timer)>,
    at: BTreeMap<Timer, Millis>,
}

impl Timers {
    /// Sets, moves or (with `None`) clears a deadline.
    pub(super) fn set(&mut self, timer: Timer, at: Option<Millis>) {
        let before = match at {
            Some(at) => self.at.insert(timer, at),
            None => self.at.remove(&timer),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, timer));
        }
        if let Some(at) = at {
            self.due.insert((at, timer));
        }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Millis> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the earliest that is due.
    pub(super) fn pop(&mut self, now: Millis) -> Option<Timer> {
        let (at, timer) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.set(timer, None);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fires_once_in_the_order_of_time() {
        let (room, person) = (Timer::Room(RoomId::new(1)), Timer::Expire(ParticipantId::new(1)));
        let mut timers = Timers::default();
        timers.set(room, Some(20));
        timers.set(person, Some(10));
        timers.set(room, Some(5));
        timers.set(room, Some(30));
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.pop(9), None);
        assert_eq!([timers.pop(1_000), timers.pop(1_000), timers.pop(1_000)], [Some(person), Some(room), None]);
        timers.set(room, Some(40));
        timers.set(room, None);
        assert_eq!(timers.next(), None);
    }
}
