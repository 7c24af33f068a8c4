//! What the server does for one room: who is in it, the call, the chat, and the letters between its members.
//!
//! Pure: `handle(input, now)`, then `poll()` until `None`. It knows no sockets and no codes; the
//! [`Exchange`](crate::exchange::Exchange) drives it.

mod allowance;
mod call;
mod chat;
mod input;
mod kept;
mod letter;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use crate::{
    Millis,
    exchange::Settings,
    fault::{self, Fault},
    id::{CallId, MessageId, ParticipantId, RoomCode, RoomId},
    message::{
        Body, CallEvent, ChatError, EnterError, GoneReason, Media, Member, PeerMessage, Presence, RoomSnapshot, ServerMessage,
    },
};

pub use allowance::Allowance;
pub use chat::Speakers;
pub use input::{Act, Arrival, Effect, Input};
pub use letter::DropReason;

/// The longest media line identification kept, in bytes. Browsers use one or two digits.
pub const MID_MAX: usize = 64;
/// How many message ids a room remembers, so that one sent again is not shown again.
pub const REMEMBERED_MESSAGES: usize = 2 * crate::message::HISTORY_MESSAGES;

/// A room.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    settings: Settings,
    /// By order of arrival. Boxed: a map has room for eleven at once, and most rooms have one or two people.
    seats: BTreeMap<u64, Box<Seat>>,
    orders: BTreeMap<ParticipantId, u64>,
    calls: call::Calls,
    log: chat::Log,
    out: VecDeque<Effect>,
}

#[derive(Debug)]
struct Seat {
    member: Member,
    /// Since when the member has no connection.
    lost: Option<Millis>,
    allowance: Allowance,
}

/// Whether somebody may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seating {
    /// A seat is free.
    Free,
    /// This member has had no connection for too long and gives up the seat.
    GivenUpBy(ParticipantId),
    /// Every seat is taken.
    Full,
}

impl Room {
    /// An empty room. `epoch` is the server's life, for [`ChatOrder`](crate::message::ChatOrder).
    #[must_use]
    pub fn new(id: RoomId, epoch: u64, settings: Settings) -> Self {
        Self {
            id,
            settings,
            seats: BTreeMap::new(),
            orders: BTreeMap::new(),
            calls: call::Calls::default(),
            log: chat::Log::new(epoch),
            out: VecDeque::new(),
        }
    }

    /// How many people fit; at least one.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.settings.capacity.max(1)
    }

    /// How many people are in it.
    #[must_use]
    pub fn people(&self) -> u32 {
        u32::try_from(self.seats.len()).unwrap_or(u32::MAX)
    }

    /// The member.
    #[must_use]
    pub fn member(&self, who: ParticipantId) -> Option<&Member> {
        Some(&self.seat(who)?.member)
    }

    /// The member as somebody who is about to arrive elsewhere.
    #[must_use]
    pub fn arrival(&self, who: ParticipantId) -> Option<Arrival> {
        let Seat { member, lost, allowance } = self.seat(who)?;
        let Member { id, ref name, incarnation, presence, ref media, .. } = *member;
        Some(Arrival { id, name: name.clone(), incarnation, presence, media: media.clone(), lost: *lost, allowance: *allowance })
    }

    /// Whether the member is in the call (a caller is; who is only rung is not).
    #[must_use]
    pub fn in_call(&self, who: ParticipantId) -> bool {
        self.calls.has(who)
    }

    /// Whether a call is on, or rings.
    #[must_use]
    pub fn has_call(&self) -> bool {
        self.calls.view().is_some()
    }

    /// Whether the member may go to another room: out of a call nobody does, but by leaving it.
    ///
    /// # Errors
    /// [`EnterError::InCall`].
    pub fn may_go(&self, who: ParticipantId) -> Result<(), EnterError> {
        if self.in_call(who) { Err(EnterError::InCall) } else { Ok(()) }
    }

    /// Whether anybody but `who` has ever spoken here.
    #[must_use]
    pub fn others_spoke(&self, who: ParticipantId) -> bool {
        self.log.others_spoke(who)
    }

    /// Whether somebody may come in.
    #[must_use]
    pub fn seating(&self, now: Millis) -> Seating {
        if self.people() < self.capacity() {
            return Seating::Free;
        }
        // Whoever is in the call and did not say goodbye may be talking on while the server is out of reach.
        let hold = |member: &Member| match member.presence {
            Presence::Lost if self.calls.has(member.id) => self.settings.call_grace,
            _ => self.settings.seat_hold,
        };
        self.seats
            .values()
            .filter_map(|seat| Some((seat.lost?, &seat.member)))
            .filter(|_| !fault::active(Fault::SeatNeverGiven))
            .filter(|(lost, member)| now >= lost.saturating_add(hold(member)))
            .map(|(lost, member)| (lost, member.id))
            .min()
            .map_or(Seating::Full, |(_, who)| Seating::GivenUpBy(who))
    }

    /// The whole room; `code` is the one the reader should share.
    #[must_use]
    pub fn snapshot(&self, code: RoomCode) -> RoomSnapshot {
        RoomSnapshot {
            room: self.id,
            code,
            capacity: self.capacity(),
            members: self.seats.values().map(|seat| seat.member.clone()).collect(),
            call: self.calls.view(),
            history: self.log.history(),
            truncated: self.log.truncated(),
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, input: Input, now: Millis) {
        match input {
            Input::Join { arrival, order } => self.join(arrival, order),
            Input::Part { who, why } => self.part(who, why),
            Input::Back { who, incarnation, name } => self.update(who, |seat| {
                if seat.member.incarnation != incarnation {
                    seat.member.media = Media::default();
                }
                seat.member.incarnation = incarnation;
                seat.member.name = name;
                seat.member.presence = Presence::Here;
                seat.lost = None;
            }),
            Input::Lost { who } => self.update(who, |seat| {
                seat.lost.get_or_insert(now);
                if seat.member.presence == Presence::Here {
                    seat.member.presence = Presence::Lost;
                }
            }),
            Input::Away { who, away } => self.update(who, |seat| {
                seat.member.presence = if away { Presence::Away } else { Presence::Here };
            }),
            Input::Name { who, name } => self.update(who, |seat| seat.member.name = name),
            Input::Media { who, media } => self.media(who, media),
            Input::Ring { from, to, fresh } => self.ring(from, to, fresh, now),
            Input::Answer { who, call, act } => self.answer(who, call, act),
            Input::Say { who, room, id, body } => self.say(who, room, id, body, now),
            Input::Letter { who, message } => self.letter(who, message),
            Input::Wake => self.wake(now),
        }
    }

    /// The next effect of the last input.
    pub fn poll(&mut self) -> Option<Effect> {
        let next = self.out.pop_front();
        if next.is_none() {
            // Thousands of rooms have nothing to say.
            self.out = VecDeque::new();
        }
        next
    }

    /// When to send [`Input::Wake`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.next_due().map(|(at, _)| at)
    }

    fn seat(&self, who: ParticipantId) -> Option<&Seat> {
        self.seats.get(self.orders.get(&who)?).map(Box::as_ref)
    }

    fn seat_mut(&mut self, who: ParticipantId) -> Option<&mut Seat> {
        self.seats.get_mut(self.orders.get(&who)?).map(Box::as_mut)
    }

    fn tell(&mut self, to: ParticipantId, message: ServerMessage) {
        self.out.push_back(Effect::Tell { to, message });
    }

    /// Tells everybody, but `except`.
    fn tell_all(&mut self, except: Option<ParticipantId>, message: &ServerMessage) {
        let ids = self.seats.values().map(|seat| seat.member.id).filter(|id| Some(*id) != except);
        self.out.extend(ids.map(|to| Effect::Tell { to, message: message.clone() }));
    }

    fn join(&mut self, arrival: Arrival, order: u64) {
        if self.orders.contains_key(&arrival.id) {
            return;
        }
        let Arrival { id, name, incarnation, presence, media, lost, allowance } = arrival;
        let member = Member { id, name, incarnation, order, presence, media };
        self.orders.insert(id, order);
        self.seats.insert(order, Box::new(Seat { member: member.clone(), lost, allowance }));
        self.tell_all(Some(id), &ServerMessage::Member { member });
    }

    fn part(&mut self, who: ParticipantId, why: GoneReason) {
        if !self.orders.contains_key(&who) {
            return;
        }
        if let Some(event) = self.calls.part(who, why) {
            self.tell_call(event);
        }
        if let Some(order) = self.orders.remove(&who) {
            self.seats.remove(&order);
        }
        if !fault::active(Fault::GoneNotTold) {
            self.tell_all(None, &ServerMessage::Gone { participant: who, why });
        }
    }

    /// Changes a member and tells the others, if that changed what they see.
    fn update(&mut self, who: ParticipantId, change: impl FnOnce(&mut Seat)) {
        let Some(seat) = self.seat_mut(who) else {
            return;
        };
        let before = seat.member.clone();
        change(seat);
        if seat.member != before {
            let member = seat.member.clone();
            self.tell_all(Some(who), &ServerMessage::Member { member });
        }
    }

    fn media(&mut self, who: ParticipantId, media: Media) {
        if !self.orders.contains_key(&who) {
            return;
        }
        if !letter::mids_fit(&media) {
            self.out.push_back(Effect::Dropped(DropReason::TooLarge));
            return;
        }
        self.update(who, |seat| {
            if media.supersedes(&seat.member.media) || fault::active(Fault::MediaCounterIgnored) {
                seat.member.media = media;
            }
        });
    }

    /// Tells everybody the call and what happened to it.
    fn tell_call(&mut self, event: CallEvent) {
        let call = self.calls.view();
        self.tell_all(None, &ServerMessage::Call { call, event });
    }

    /// Tells everybody what happened to the call, or the asker that nothing did.
    fn settle_call(&mut self, asker: ParticipantId, event: CallEvent) {
        if event == CallEvent::Unchanged {
            let call = self.calls.view();
            self.tell(asker, ServerMessage::Call { call, event });
        } else {
            self.tell_call(event);
        }
    }

    fn ring(&mut self, from: ParticipantId, to: ParticipantId, fresh: CallId, now: Millis) {
        let settings = self.settings;
        let Some(seat) = self.seat_mut(from) else { return };
        let event = if seat.allowance.may_ring(&settings, now) && self.orders.contains_key(&to) {
            let until = now.saturating_add(self.settings.ring_timeout);
            self.calls.ring(from, to, fresh, until)
        } else {
            CallEvent::Unchanged
        };
        self.settle_call(from, event);
    }

    fn answer(&mut self, who: ParticipantId, call: CallId, act: Act) {
        if !self.orders.contains_key(&who) {
            return;
        }
        let event = match act {
            Act::Accept => self.calls.accept(who, call),
            Act::Decline => self.calls.decline(who, call),
            Act::HangUp if fault::active(Fault::HangUpLost) => CallEvent::Unchanged,
            Act::HangUp => self.calls.hang_up(who, call),
        };
        self.settle_call(who, event);
    }

    fn say(&mut self, who: ParticipantId, room: RoomId, id: MessageId, body: Body, now: Millis) {
        let (settings, here, known) = (self.settings, room == self.id, self.log.knows(who, id));
        let Some(seat) = self.seat_mut(who) else { return };
        let name = seat.member.name.clone();
        let told = if !here {
            Err(ChatError::OtherRoom)
        } else if known || seat.allowance.may_say(&settings, now) {
            self.log.say(who, name, id, body, now)
        } else {
            Err(ChatError::TooFast)
        };
        match told {
            Ok((entry, chat::Told::First)) => self.tell_all(None, &ServerMessage::Chat { entry }),
            Ok((entry, chat::Told::Again)) => self.tell(who, ServerMessage::Chat { entry }),
            Err(reason) => self.tell(who, ServerMessage::ChatRefused { id, reason }),
        }
    }

    fn letter(&mut self, who: ParticipantId, message: PeerMessage) {
        let Some(seat) = self.seat(who) else { return };
        let member = |id| Some(&self.seat(id)?.member);
        self.out.push_back(match letter::check(&seat.member, member, &message) {
            Ok(to) => Effect::Tell { to, message: ServerMessage::Peer { message } },
            Err(reason) => Effect::Dropped(reason),
        });
    }

    /// The earliest thing that time will bring: an unanswered ring, an absent caller's ring, an absent member of the call.
    fn next_due(&self) -> Option<(Millis, call::Due)> {
        let absent = self.calls.members().iter().filter_map(|who| Some((self.seat(*who)?.lost?, *who)));
        let absences = absent.flat_map(|(lost, who)| {
            let cancel = self.calls.rings_by(who).then(|| (lost.saturating_add(self.settings.seat_hold), call::Due::Cancel(who)));
            cancel.into_iter().chain([(lost.saturating_add(self.settings.call_grace), call::Due::Vanish(who))])
        });
        self.calls.unanswered().filter(|_| !fault::active(Fault::RingTimeoutIgnored)).into_iter().chain(absences).min()
    }

    fn wake(&mut self, now: Millis) {
        // Ends: each round takes a ring or a member out of the call.
        while let Some((_, due)) = self.next_due().filter(|(at, _)| *at <= now) {
            let Some(event) = self.calls.due(due) else {
                return;
            };
            self.tell_call(event);
        }
    }
}
