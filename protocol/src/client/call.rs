//! The person's part in the room's call. One's own ring, accept, refusal and hang-up count here at once; the server's word corrects.

use std::collections::BTreeSet;

use crate::{
    client::{Device, Effect, Mark, NoticeKind, Session},
    fault::{self, Fault},
    id::{CallId, ParticipantId},
    message::{Call, CallEvent, ClientMessage, PeerBody},
};

/// The person's part in the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    None,
    Calling { to: ParticipantId },
    Incoming { from: ParticipantId, call: CallId },
    Active { with: BTreeSet<ParticipantId> },
}

impl Session {
    pub(super) fn still_in_call(&self, me: ParticipantId) -> bool {
        self.room.as_ref().and_then(|r| r.told.as_ref()).is_some_and(|c| c.members.contains(&me))
    }

    pub(super) fn call_changed(&mut self, call: Option<Call>, event: CallEvent) {
        let Some(me) = self.you else { return };
        let before = self.call_state();
        let Some(room) = &mut self.room else { return };
        let name = |id| room.member(id).map(|m| m.name.clone()).unwrap_or_default();
        let notice = match event {
            CallEvent::Declined { by } if matches!(before, CallState::Calling { to } if to == by) => Some(NoticeKind::Declined),
            CallEvent::Unanswered { to } if to == me => match before {
                CallState::Incoming { from, .. } => Some(NoticeKind::Missed { name: name(from) }),
                _ => None,
            },
            CallEvent::Unanswered { to } if matches!(before, CallState::Calling { to: rung } if rung == to) => {
                Some(NoticeKind::Unanswered)
            }
            CallEvent::Cancelled { by } if matches!(before, CallState::Incoming { from, .. } if from == by) => {
                Some(NoticeKind::Missed { name: name(by) })
            }
            CallEvent::HungUp { by } if by != me && call.is_none() && matches!(before, CallState::Active { .. }) => {
                Some(NoticeKind::Ended)
            }
            CallEvent::Vanished { who } if who != me && call.is_none() && matches!(before, CallState::Active { .. }) => {
                Some(NoticeKind::Vanished { name: name(who) })
            }
            _ => None,
        };
        let id = call.as_ref().map(|c| c.id);
        let (member, rung) =
            call.as_ref().map_or((false, false), |c| (c.members.contains(&me), c.rings.iter().any(|r| r.to == me)));
        room.leaving = room.leaving.filter(|left| Some(*left) == id && (member || rung));
        room.accepting = room.accepting.filter(|taken| Some(*taken) == id && event != CallEvent::Unchanged && rung);
        // Both ring at once: the server makes one call of it, and says so next.
        let crossing = matches!(event, CallEvent::Rang { from, to } if to == me && room.ringing == Some(from));
        if !crossing {
            room.ringing = None;
        }
        room.tell(call);
        if let CallEvent::Accepted { by } = event {
            room.parted.remove(&by);
        }
        let unwanted = room.wants_none && member && room.leaving != id;
        let insist = room.leaving.is_some() && event == CallEvent::Unchanged && member;
        if let Some(call) = id.filter(|_| unwanted || insist) {
            room.leaving = Some(call);
            self.send(ClientMessage::HangUp { call });
        }
        if let Some(kind) = notice {
            self.notice(kind);
        }
        self.end_if_others_left(matches!(before, CallState::Active { .. }));
        if !matches!(before, CallState::Active { .. }) && matches!(self.call_state(), CallState::Active { .. }) {
            self.effects.push_back(Effect::Mark(Mark::CallAccepted));
        }
    }

    /// The other has left the call, and the server may not know it yet.
    pub(super) fn other_hung_up(&mut self, from: ParticipantId, id: CallId) {
        let was_active = matches!(self.call_state(), CallState::Active { .. });
        let Some(room) = &mut self.room else { return };
        // Who is being rung may have accepted without a word of it having come here.
        let concerns = |c: &Call| c.members.contains(&from) || c.rings.iter().any(|ring| ring.to == from);
        let inside = room.told.as_ref().is_some_and(|c| c.id == id && concerns(c));
        let Some(incarnation) = room.member(from).map(|m| m.incarnation).filter(|_| inside) else {
            return;
        };
        room.parted.insert(from, incarnation);
        self.end_if_others_left(was_active);
    }

    /// When those who have left page to page leave nobody to talk to, the call is over. The server may never hear it from them: so
    /// from here.
    pub(super) fn end_if_others_left(&mut self, was_active: bool) {
        let Some(room) = &mut self.room else { return };
        let over = |call: &Call| !room.parted.is_empty() && call.members.len() < 2 && call.rings.is_empty();
        let Some(call) = room.call().filter(over).map(|call| call.id).filter(|id| room.leaving != Some(*id)) else {
            return;
        };
        room.leaving = Some(call);
        if !fault::active(Fault::HangUpNotPassedOn) {
            self.send(ClientMessage::HangUp { call });
        }
        if was_active {
            self.notice(NoticeKind::Ended);
        }
    }

    /// The person's part in the call, own wishes included that the server does not know yet.
    pub(super) fn call_state(&self) -> CallState {
        let (Some(me), Some(room)) = (self.you, &self.room) else {
            return CallState::None;
        };
        if let Some(to) = room.ringing {
            return CallState::Calling { to };
        }
        let Some(call) = room.call().filter(|c| room.leaving != Some(c.id)) else {
            return CallState::None;
        };
        // Not collected: that would bring a sorting algorithm into the WASM for a handful of people.
        let others = || {
            let mut others = BTreeSet::new();
            others.extend(call.members.iter().filter(|m| **m != me));
            others
        };
        if room.accepting == Some(call.id) {
            return CallState::Active { with: others() };
        }
        if let Some(ring) = call.rings.iter().find(|r| r.to == me) {
            return CallState::Incoming { from: ring.from, call: call.id };
        }
        if !call.members.contains(&me) {
            return CallState::None;
        }
        if call.members.len() > 1 {
            return CallState::Active { with: others() };
        }
        call.rings.iter().find(|r| r.from == me).map_or(CallState::None, |r| CallState::Calling { to: r.to })
    }

    pub(super) fn in_call_with(&self, peer: ParticipantId) -> bool {
        matches!(self.call_state(), CallState::Active { with } if with.contains(&peer))
    }

    pub(super) fn ring(&mut self) {
        // On the way to another room it could reach somebody there.
        if !self.online() || self.pending.is_some() || self.call_state() != CallState::None {
            return;
        }
        let me = self.you;
        if let Some(room) = &mut self.room
            && let Some(to) = room.members.iter().map(|m| m.id).find(|id| Some(*id) != me)
        {
            room.ringing = Some(to);
            room.wants_none = false;
            self.send(ClientMessage::Ring { to });
        }
    }

    pub(super) fn accept(&mut self, camera: bool) {
        let CallState::Incoming { call, .. } = self.call_state() else {
            return;
        };
        if !camera {
            // For this call; what the person chose for later calls stays.
            self.without_camera = Some(call);
            self.devices.set(Device::Camera, false, &mut self.effects);
        }
        if let Some(room) = &mut self.room {
            room.accepting = Some(call);
            room.wants_none = false;
        }
        self.effects.push_back(Effect::Mark(Mark::CallAccepted));
        self.send(ClientMessage::Accept { call });
    }

    pub(super) fn decline(&mut self) {
        if let CallState::Incoming { call, .. } = self.call_state() {
            if let Some(room) = &mut self.room {
                room.leaving = Some(call);
            }
            self.send(ClientMessage::Decline { call });
        }
    }

    pub(super) fn hang_up(&mut self) {
        let state = self.call_state();
        if matches!(state, CallState::None | CallState::Incoming { .. }) {
            return;
        }
        let id = self.call_id();
        let Some(room) = &mut self.room else { return };
        room.accepting = None;
        room.wants_none = true;
        let unnamed = room.ringing.take().is_some();
        if let Some(call) = id.filter(|_| !unnamed) {
            room.leaving = Some(call);
            self.send(ClientMessage::HangUp { call });
            if let CallState::Active { with } = state {
                for peer in with {
                    self.say_to(peer, PeerBody::HungUp { call });
                }
            }
        }
    }
}
