//! The room's one call: who is in it, who rings whom, and the one outcome of every act that meets another.
//!
//! Pure and without a clock: the room says when something is due.

use crate::{
    Millis,
    exchange::CallFacts,
    id::{CallId, ParticipantId},
    message::{Call, CallEvent, GoneReason, Ring},
};

/// At most one call.
#[derive(Debug, Default)]
pub(super) struct Calls {
    live: Option<Live>,
}

/// A call. Every ring is by a member of it to somebody who is not, and nobody is rung twice.
#[derive(Debug)]
struct Live {
    id: CallId,
    members: Vec<ParticipantId>,
    rings: Vec<(Ring, Millis)>,
}

/// What is due at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A ring to this member was not answered.
    Unanswered(ParticipantId),
    /// The one who rings is not there: the rings end.
    Cancel(ParticipantId),
    /// A member of the call is not there.
    Vanish(ParticipantId),
}

impl Calls {
    /// The call that was on when the server stopped, as far as these are still members of the room.
    pub(super) fn restore(facts: CallFacts, is_member: impl Fn(ParticipantId) -> bool) -> Self {
        let members: Vec<_> = facts.members.into_iter().filter(|who| is_member(*who)).collect();
        let sound = |from: &ParticipantId, to: &ParticipantId| members.contains(from) && is_member(*to) && !members.contains(to);
        let rings = facts.rings.into_iter().filter(|(from, to, _)| sound(from, to));
        let rings = rings.map(|(from, to, until)| (Ring { from, to }, until)).collect();
        let mut calls = Self { live: Some(Live { id: facts.id, members, rings }) };
        calls.end_if_alone();
        calls
    }

    /// The call as it is kept.
    pub(super) fn facts(&self) -> Option<CallFacts> {
        let live = self.live.as_ref()?;
        let rings = live.rings.iter().map(|(ring, until)| (ring.from, ring.to, *until)).collect();
        Some(CallFacts { id: live.id, members: live.members.clone(), rings })
    }

    /// The call as members see it.
    pub(super) fn view(&self) -> Option<Call> {
        let live = self.live.as_ref()?;
        Some(Call {
            id: live.id,
            members: live.members.clone(),
            rings: live.rings.iter().map(|(ring, _)| ring.clone()).collect(),
        })
    }

    /// Who is in the call.
    pub(super) fn members(&self) -> &[ParticipantId] {
        self.live.as_ref().map_or(&[], |live| &live.members)
    }

    pub(super) fn has(&self, who: ParticipantId) -> bool {
        self.members().contains(&who)
    }

    /// Whether `who` rings anybody.
    pub(super) fn rings_by(&self, who: ParticipantId) -> bool {
        self.live.as_ref().is_some_and(|live| live.rings.iter().any(|(ring, _)| ring.from == who))
    }

    /// The ring that runs out first.
    pub(super) fn unanswered(&self) -> Option<(Millis, Due)> {
        let live = self.live.as_ref()?;
        live.rings.iter().map(|(ring, until)| (*until, Due::Unanswered(ring.to))).min()
    }

    /// `from` rings `to`; both are in the room.
    pub(super) fn ring(&mut self, from: ParticipantId, to: ParticipantId, fresh: CallId, until: Millis) -> CallEvent {
        if from == to {
            return CallEvent::Unchanged;
        }
        let ring = (Ring { from, to }, until);
        let Some(live) = &mut self.live else {
            self.live = Some(Live { id: fresh, members: vec![from], rings: vec![ring] });
            return CallEvent::Rang { from, to };
        };
        match (live.members.contains(&from), live.members.contains(&to)) {
            // Also how two who ring each other at once meet: the second ring takes the first.
            (false, true) => {
                live.take_in(from);
                CallEvent::Accepted { by: from }
            }
            (true, false) if !live.is_rung(to) => {
                live.rings.push(ring);
                CallEvent::Rang { from, to }
            }
            // Already there, already rung, or both outside the room's one call.
            _ => CallEvent::Unchanged,
        }
    }

    /// `who` takes the ring.
    pub(super) fn accept(&mut self, who: ParticipantId, call: CallId) -> CallEvent {
        match self.live.as_mut().filter(|live| live.id == call && live.is_rung(who)) {
            Some(live) => {
                live.take_in(who);
                CallEvent::Accepted { by: who }
            }
            None => CallEvent::Unchanged,
        }
    }

    /// `who` refuses the ring.
    pub(super) fn decline(&mut self, who: ParticipantId, call: CallId) -> CallEvent {
        match self.live.as_mut().filter(|live| live.id == call && live.is_rung(who)) {
            Some(live) => {
                live.rings.retain(|(ring, _)| ring.to != who);
                self.end_if_alone();
                CallEvent::Declined { by: who }
            }
            None => CallEvent::Unchanged,
        }
    }

    /// `who` leaves the call, or takes back the ring that began it.
    pub(super) fn hang_up(&mut self, who: ParticipantId, call: CallId) -> CallEvent {
        match self.live.as_ref().filter(|live| live.id == call) {
            Some(_) => self.take_out(who, CallEvent::HungUp { by: who }).unwrap_or(CallEvent::Unchanged),
            None => CallEvent::Unchanged,
        }
    }

    /// `who` leaves the room. `None`: the call is not touched.
    pub(super) fn part(&mut self, who: ParticipantId, why: GoneReason) -> Option<CallEvent> {
        let live = self.live.as_ref()?;
        if live.is_rung(who) {
            return Some(self.decline(who, live.id));
        }
        self.take_out(
            who,
            match why {
                GoneReason::Left => CallEvent::HungUp { by: who },
                GoneReason::Expired => CallEvent::Vanished { who },
            },
        )
    }

    /// A deadline has come. `None`: there was nothing left to do.
    pub(super) fn due(&mut self, due: Due) -> Option<CallEvent> {
        let live = self.live.as_mut()?;
        let rings = live.rings.len();
        let event = match due {
            Due::Vanish(who) => return self.take_out(who, CallEvent::Vanished { who }),
            Due::Unanswered(to) => {
                live.rings.retain(|(ring, _)| ring.to != to);
                CallEvent::Unanswered { to }
            }
            Due::Cancel(by) => {
                live.rings.retain(|(ring, _)| ring.from != by);
                CallEvent::Cancelled { by }
            }
        };
        let changed = live.rings.len() != rings;
        self.end_if_alone();
        changed.then_some(event)
    }

    /// Takes a member and the member's rings out. With nobody else in the call it was only a ring: cancelled.
    fn take_out(&mut self, who: ParticipantId, event: CallEvent) -> Option<CallEvent> {
        let live = self.live.as_mut()?;
        let before = live.members.len();
        live.members.retain(|member| *member != who);
        if live.members.len() == before {
            return None;
        }
        live.rings.retain(|(ring, _)| ring.from != who);
        self.end_if_alone();
        Some(if before > 1 { event } else { CallEvent::Cancelled { by: who } })
    }

    /// One person whom nobody is going to join is no call.
    fn end_if_alone(&mut self) {
        self.live.take_if(|live| live.members.len() < 2 && live.rings.is_empty());
    }
}

impl Live {
    fn is_rung(&self, who: ParticipantId) -> bool {
        self.rings.iter().any(|(ring, _)| ring.to == who)
    }

    fn take_in(&mut self, who: ParticipantId) {
        self.rings.retain(|(ring, _)| ring.to != who);
        self.members.push(who);
    }
}
