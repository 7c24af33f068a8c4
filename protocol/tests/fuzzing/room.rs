//! One room: whatever its members and strangers do, in whatever order and at whatever time, its rules hold.

mod told;

use std::collections::BTreeSet;

use protocol::{
    Millis,
    exchange::Settings,
    id::{CallId, MessageId, ParticipantId, RoomCode, RoomId},
    message::{Body, Call, GoneReason, Link, Media, Member, Presence, RoomSnapshot},
    room::{Act, Allowance, Arrival, Effect, Input, REMEMBERED_MESSAGES, Room, Seating},
    text::clean_name,
};

use super::{
    bytes::Bytes,
    holds,
    parts::{self, PEOPLE, person},
};

const ROOM: RoomId = RoomId::new(7);
/// Inputs of one run, and floods among them: what comes after is not looked at.
const INPUTS: u32 = 400;
const FLOODS: u32 = 2;
/// Looking at very much takes time.
const AFTER_A_FLOOD: u32 = 40;
/// The debug form of a room without what was said: some letters for each thing it may hold.
const LARGEST: usize = 24 * 1024 + 150 * REMEMBERED_MESSAGES;

pub(crate) fn run(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let mut world = World::new(u32::from(bytes.byte() % 4));
    let (mut floods, mut left) = (0, INPUTS);
    while left > 0 && !bytes.is_empty() {
        left -= 1;
        match bytes.byte() % 32 {
            0..=5 => world.come(&mut bytes),
            6 => world.now = world.now.saturating_add(bytes.span()),
            7..=9 => {
                world.now = world.now.saturating_add(bytes.span());
                world.on(Input::Wake);
            }
            31 if floods < FLOODS && bytes.byte().is_multiple_of(8) => {
                floods += 1;
                left = left.min(AFTER_A_FLOOD);
                world.flood(&mut bytes);
            }
            _ => {
                let input = world.input(&mut bytes);
                world.on(input);
            }
        }
    }
    let size = holds::size(&world.room) - holds::size(&world.snapshot().history);
    assert!(size < LARGEST, "a room grows without bound: {size}");
    world.end();
}

struct World {
    room: Room,
    settings: Settings,
    now: Millis,
    orders: u64,
    calls: u64,
    /// How many messages floods were.
    floods: u64,
}

/// Who does it; nobody, where it is time.
fn subject(input: &Input) -> Option<ParticipantId> {
    match input {
        Input::Join { arrival, .. } => Some(arrival.id),
        Input::Part { who, .. }
        | Input::Back { who, .. }
        | Input::Lost { who }
        | Input::Away { who, .. }
        | Input::Name { who, .. }
        | Input::Media { who, .. }
        | Input::Answer { who, .. }
        | Input::Say { who, .. }
        | Input::Letter { who, .. }
        | Input::Ring { from: who, .. } => Some(*who),
        Input::Wake => None,
    }
}

impl World {
    fn new(capacity: u32) -> Self {
        let settings = parts::unhurried(Settings { capacity, ..Settings::default() });
        Self { room: Room::new(ROOM, 9, settings), settings, now: 1_000, orders: 0, calls: 0, floods: 0 }
    }

    fn snapshot(&self) -> RoomSnapshot {
        self.room.snapshot(RoomCode::from_random(&[1; 12]).expect("twelve usable bytes"))
    }

    /// Somebody comes who has asked whether there is a seat.
    fn come(&mut self, bytes: &mut Bytes) {
        let id = person(bytes);
        if self.room.member(id).is_none() {
            match self.room.seating(self.now) {
                Seating::Free => {}
                Seating::GivenUpBy(who) => {
                    let lost = self.room.arrival(who).and_then(|arrival| arrival.lost).expect("who is here keeps the seat");
                    assert!(self.now >= lost.saturating_add(self.settings.seat_hold), "{who:?} has the seat for a while yet");
                    self.on(Input::Part { who, why: GoneReason::Expired });
                }
                Seating::Full => return,
            }
        }
        let (incarnation, name) = (u32::from(bytes.byte() % 3), clean_name(&bytes.text(40)));
        let lost = (bytes.byte() % 4 == 3).then_some(self.now);
        let presence = if lost.is_some() { Presence::Lost } else { Presence::Here };
        let arrival = Arrival {
            id,
            name,
            incarnation,
            presence,
            media: Media::default(),
            lost,
            allowance: Allowance::full(&self.settings, 0),
        };
        self.orders += 1;
        self.on(Input::Join { arrival, order: self.orders });
    }

    fn input(&mut self, bytes: &mut Bytes) -> Input {
        let (kind, who) = (bytes.byte(), person(bytes));
        let live = self.snapshot().call.map_or(0, |call| call.id.get());
        let mut call = || CallId::new(if bytes.byte() % 4 == 3 { bytes.below(4) } else { live });
        match kind % 16 {
            0 => Input::Part { who, why: bytes.of(&[GoneReason::Left, GoneReason::Expired]) },
            1 => Input::Back { who, incarnation: u32::from(bytes.byte() % 4), name: clean_name(&bytes.text(40)) },
            2 => Input::Lost { who },
            3 => Input::Away { who, away: bytes.flag() },
            4 => Input::Name { who, name: clean_name(&bytes.text(40)) },
            5 => Input::Media { who, media: parts::media(bytes) },
            6 | 7 => {
                self.calls += 1;
                Input::Ring { from: who, to: person(bytes), fresh: CallId::new(self.calls) }
            }
            8 | 9 => Input::Answer { who, call: call(), act: Act::Accept },
            10 => Input::Answer { who, call: call(), act: Act::Decline },
            11 => Input::Answer { who, call: call(), act: Act::HangUp },
            12 | 13 => {
                let room = if bytes.byte() % 8 == 7 { RoomId::new(8) } else { ROOM };
                Input::Say { who, room, id: MessageId::new(bytes.below(8)), body: parts::body(bytes) }
            }
            _ => {
                let link = |from, to| Some(Link::between(self.room.member(from)?, self.room.member(to)?));
                Input::Letter { who, message: parts::letter(bytes, who, link) }
            }
        }
    }

    /// Somebody says very much.
    fn flood(&mut self, bytes: &mut Bytes) {
        let (who, (longest, times)) = (person(bytes), bytes.of(&[(1, 8), (1_000, 1)]));
        let text = bytes.of(&["x", "қ", "\u{10ffff}"]).repeat(longest);
        let times = times * u64::from(bytes.byte());
        for _ in 0..times {
            self.floods += 1;
            let body = Body::Plain { text: text.clone() };
            self.room.handle(Input::Say { who, room: ROOM, id: MessageId::new(1_000 + self.floods), body }, self.now);
            while self.room.poll().is_some() {}
        }
        holds::room(&self.snapshot());
    }

    fn on(&mut self, input: Input) {
        let before = self.snapshot();
        self.room.handle(input.clone(), self.now);
        let effects: Vec<Effect> = std::iter::from_fn(|| self.room.poll()).collect();
        assert_eq!(self.room.poll(), None, "drained is drained");
        let after = self.snapshot();
        holds::room(&after);
        self.only_ones_own(&input, &before, &after);
        self.said(&input, &before, &after);
        if let Some(expected) = called(&input, &before) {
            assert_eq!(after.call, expected, "{input:?} after {:?}", before.call);
        }
        told::check(&input, &before, &after, &effects);
        self.deadline(&input, &after);
        for id in (0..=u64::from(PEOPLE)).map(ParticipantId::new) {
            let member = after.members.iter().find(|member| member.id == id);
            assert_eq!(self.room.member(id), member);
            assert_eq!(self.room.in_call(id), after.call.as_ref().is_some_and(|call| call.members.contains(&id)));
        }
        let (full, seating) = (self.room.people() >= self.room.capacity(), self.room.seating(self.now));
        assert_eq!(seating != Seating::Free, full);
        let longest = self.settings.seat_hold.max(self.settings.call_grace);
        let lost = |member: &Member| self.room.arrival(member.id).and_then(|arrival| arrival.lost);
        let long_gone = after.members.iter().filter_map(lost).any(|lost| self.now >= lost.saturating_add(longest));
        assert!(!long_gone || seating != Seating::Full, "nobody keeps a seat for ever");
    }

    /// Of everybody else nothing has changed; of the one who did it, only what it is about.
    fn only_ones_own(&self, input: &Input, before: &RoomSnapshot, after: &RoomSnapshot) {
        let who = subject(input);
        let others =
            |room: &RoomSnapshot| room.members.iter().filter(|member| Some(member.id) != who).cloned().collect::<Vec<_>>();
        assert_eq!(others(before), others(after), "{input:?} is about nobody else");
        let own = |room: &RoomSnapshot| room.members.iter().find(|member| Some(member.id) == who).cloned();
        let Some(member) = own(before) else {
            assert!(matches!(input, Input::Join { .. } | Input::Wake) || before == after, "{input:?} of a stranger");
            return;
        };
        let expected = match input.clone() {
            Input::Part { .. } => None,
            Input::Back { incarnation, name, .. } => {
                let media = if incarnation == member.incarnation { member.media } else { Media::default() };
                Some(Member { incarnation, name, media, presence: Presence::Here, ..member })
            }
            Input::Lost { .. } if member.presence == Presence::Here => Some(Member { presence: Presence::Lost, ..member }),
            Input::Away { away, .. } => Some(Member { presence: if away { Presence::Away } else { Presence::Here }, ..member }),
            Input::Name { name, .. } => Some(Member { name, ..member }),
            Input::Media { media, .. } if media.counter > member.media.counter && told::mids_fit(&media) => {
                Some(Member { media, ..member })
            }
            _ => Some(member),
        };
        assert_eq!(own(after), expected, "{input:?}");
    }

    /// Nothing is said but by a member, under the own name, for this room.
    fn said(&self, input: &Input, before: &RoomSnapshot, after: &RoomSnapshot) {
        let newest = |room: &RoomSnapshot| room.history.last().map(|entry| entry.order.seq).unwrap_or_default();
        if newest(before) == newest(after) {
            assert_eq!(before.history, after.history, "what was said stands");
            return;
        }
        let (Input::Say { who, room, id, .. }, Some(entry)) = (input, after.history.last()) else {
            panic!("{input:?} said something")
        };
        let name = before.members.iter().find(|member| member.id == *who).map(|member| &member.name);
        assert_eq!((entry.from, Some(&entry.name), entry.id, entry.at, *room), (*who, name, *id, self.now, ROOM));
        assert_eq!(newest(after), newest(before) + 1);
        assert!(!before.history.iter().any(|old| (old.from, old.id) == (*who, *id)), "said twice");
    }

    fn deadline(&self, input: &Input, room: &RoomSnapshot) {
        let deadline = self.room.next_deadline();
        let Some(call) = &room.call else { return assert_eq!(deadline, None, "nothing is due without a call") };
        assert!(deadline.is_some() || call.rings.is_empty(), "a ring ends: {call:?}");
        let longest = self.settings.ring_timeout.max(self.settings.call_grace);
        assert!(deadline.is_none_or(|at| at <= self.now.saturating_add(longest)), "{deadline:?} at {}", self.now);
        if matches!(input, Input::Wake) {
            assert!(deadline.is_none_or(|at| at > self.now), "what was due is done: {deadline:?} at {}", self.now);
        }
    }

    /// Everybody goes: no call is left, and nothing is due.
    fn end(&mut self) {
        let people: BTreeSet<_> = self.snapshot().members.iter().map(|member| member.id).collect();
        for who in people {
            self.on(Input::Part { who, why: GoneReason::Left });
        }
        assert_eq!((self.room.people(), self.room.next_deadline(), self.snapshot().call), (0, None, None));
    }
}

/// The call as it has to be afterwards; `None` where time decides.
fn called(input: &Input, before: &RoomSnapshot) -> Option<Option<Call>> {
    let here = |who: &ParticipantId| before.members.iter().any(|member| member.id == *who);
    let live = before.call.clone();
    let is_in = |call: &Call, who| call.members.contains(&who);
    let is_rung = |call: &Call, who| call.rings.iter().any(|ring| ring.to == who);
    let take_in = |call: &mut Call, who| {
        call.rings.retain(|ring| ring.to != who);
        call.members.push(who);
    };
    let take_out = |call: &mut Call, who| {
        call.rings.retain(|ring| ring.to != who && ring.from != who);
        call.members.retain(|member| *member != who);
    };
    let mut call = match (input, live) {
        (Input::Wake, _) => return None,
        (Input::Ring { from, to, fresh }, None) if from != to && here(from) && here(to) => {
            Call { id: *fresh, members: vec![*from], rings: vec![protocol::message::Ring { from: *from, to: *to }] }
        }
        (_, None) => return Some(None),
        (_, Some(call)) => call,
    };
    match *input {
        Input::Ring { from, to, .. } if here(&from) && here(&to) => match (is_in(&call, from), is_in(&call, to)) {
            (false, true) => take_in(&mut call, from),
            (true, false) if !is_rung(&call, to) => call.rings.push(protocol::message::Ring { from, to }),
            _ => {}
        },
        Input::Answer { who, call: id, act } if id == call.id => match act {
            Act::Accept if is_rung(&call, who) => take_in(&mut call, who),
            Act::Decline if is_rung(&call, who) => take_out(&mut call, who),
            Act::HangUp if is_in(&call, who) => take_out(&mut call, who),
            _ => {}
        },
        Input::Part { who, .. } => take_out(&mut call, who),
        _ => {}
    }
    Some((call.members.len() + call.rings.len() > 1).then_some(call))
}
