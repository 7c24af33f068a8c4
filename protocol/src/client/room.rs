//! The room one is in, as the server tells it: who is there, the call, and the letters of the others.

use std::collections::BTreeMap;

use crate::{
    Millis,
    client::{
        Effect, Entry, Mark, NoticeKind,
        letters::Receipt,
        pair::Remote,
        session::{Pending, Session},
    },
    fault::{self, Fault},
    id::{CallId, ParticipantId, RoomCode, RoomId},
    message::{
        Call, ClientMessage, Endpoint, EnterError, Link, Media, Member, PeerBody, PeerMessage, Presence, RoomSnapshot,
        ServerMessage, SourceState,
    },
};

/// A room as last told.
#[derive(Debug)]
pub(super) struct RoomState {
    pub(super) id: RoomId,
    pub(super) code: RoomCode,
    pub(super) members: Vec<Member>,
    /// The call in the server's words. What counts is [`RoomState::call`].
    pub(super) told: Option<Call>,
    /// Who said, page to page, that they have left the call told of, and as which incarnation. The server may not know it yet.
    pub(super) parted: BTreeMap<ParticipantId, u32>,
    /// The call the person has accepted, until the server says so.
    pub(super) accepting: Option<CallId>,
    /// Whom the person has begun to ring, until the server says so.
    pub(super) ringing: Option<ParticipantId>,
    /// The call the person has left, until the server says so.
    pub(super) leaving: Option<CallId>,
    /// The person's last word on calls was to be in none: what a ring that was on its way then makes is hung up.
    pub(super) wants_none: bool,
}

impl RoomState {
    pub(super) fn member(&self, id: ParticipantId) -> Option<&Member> {
        self.members.iter().find(|m| m.id == id)
    }

    /// The call without those who have left it. Who has loaded the page anew since is in it again if the server says so: the page
    /// that hung up may never have reached it.
    pub(super) fn call(&self) -> Option<Call> {
        let here = |id: &ParticipantId| {
            let later = |parted: &u32| self.member(*id).is_some_and(|m| m.incarnation != *parted);
            self.parted.get(id).is_none_or(later)
        };
        let mut call = self.told.clone()?;
        call.members.retain(here);
        call.rings.retain(|ring| here(&ring.from) && here(&ring.to));
        Some(call)
    }

    /// Somebody says anew what they send. Who sends is in the call (again).
    fn hear_of_media(&mut self, who: ParticipantId, media: &Media) {
        if [&media.microphone, &media.camera, &media.screen].iter().any(|source| source.state == SourceState::On) {
            self.parted.remove(&who);
        }
    }

    /// The server tells of the call anew. Who is no longer in it need not be left out of it.
    pub(super) fn tell(&mut self, call: Option<Call>) {
        let same = self.told.as_ref().map(|c| c.id) == call.as_ref().map(|c| c.id);
        let members = call.as_ref().map(|c| c.members.as_slice()).unwrap_or_default();
        self.parted.retain(|who, _| same && members.contains(who));
        self.told = call;
    }
}

/// A connection that shall exist.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedPair {
    pub(super) link: Link,
    pub(super) allocate: bool,
}

impl Session {
    pub(super) fn message(&mut self, message: ServerMessage, now: Millis) {
        self.heard(now);
        match message {
            ServerMessage::Welcome { you, incarnation, own_code, room, .. } => {
                let changed = self.you != Some(you) || self.incarnation != incarnation;
                (self.you, self.incarnation, self.own_code) = (Some(you), incarnation, Some(own_code));
                self.resuming = Some(incarnation);
                // The seat has gone to somebody else, or another page of this participant has moved on. On the way elsewhere the answer
                // to that is to come; a page loaded anew at the old address asks whether to go there again.
                if self.moves_to(room.room) && self.pending.is_none() && self.link.is_none() {
                    self.notice(NoticeKind::OtherRoom);
                }
                self.welcomed(now);
                self.arrive(room, now);
                if changed {
                    // A later page of this participant begins its count anew; so does the server's.
                    self.said.counter += 1;
                }
                self.say_media();
                // Another page of this participant may have given another name.
                if self.room.as_ref().and_then(|r| r.member(you)).is_some_and(|m| m.name != self.name) {
                    self.send(ClientMessage::Name { name: self.name.clone() });
                }
                let peers: Vec<_> = self.pairs.keys().copied().collect();
                for peer in peers {
                    self.say_again(peer);
                }
            }
            ServerMessage::Token { token } => self.token = token,
            ServerMessage::Room { request, room } => self.answered(request, room, now),
            ServerMessage::Refused { request, reason } => {
                if request == self.requests {
                    match self.pending.take() {
                        Some(Pending::Enter(_)) => self.entry = Entry::Refused(reason),
                        Some(Pending::Leave) if reason == EnterError::InCall => self.notice(NoticeKind::EndCallFirst),
                        _ => {}
                    }
                }
            }
            ServerMessage::Member { member } => self.member_changed(member),
            ServerMessage::Gone { participant, .. } => {
                if let Some(room) = &mut self.room
                    && let Some(index) = room.members.iter().position(|m| m.id == participant)
                {
                    let member = room.members.remove(index);
                    self.chat.moved(member.name, false);
                }
            }
            ServerMessage::Call { call, event } => self.call_changed(call, event),
            ServerMessage::Chat { entry } => {
                if let Some(me) = self.you {
                    self.chat.entry(me, entry, true);
                }
            }
            ServerMessage::ChatRefused { id, reason } => self.chat.refused(id, reason, now),
            ServerMessage::Peer { message } => self.letter(message),
            ServerMessage::Pong { .. } => {}
            ServerMessage::Unknown => self.counters.unknown += 1,
        }
    }

    /// Whether this is another room than the last; the code by which one came into that one is not this one's.
    fn moves_to(&mut self, room: RoomId) -> bool {
        let last = self.room.as_ref().map(|r| r.id).or(self.before.take());
        let other = last.is_some_and(|last| last != room);
        if other {
            self.entered = None;
        }
        other
    }

    fn answered(&mut self, request: u32, room: RoomSnapshot, now: Millis) {
        self.moves_to(room.room);
        let pending = if request == self.requests { self.pending.take() } else { None };
        match pending {
            Some(Pending::Enter(code)) => {
                self.entered = (Some(code) != self.own_code).then_some(code);
                self.link = None;
                self.entry = Entry::Done;
                self.effects.push_back(Effect::Mark(Mark::RoomJoined));
            }
            Some(Pending::Leave) => self.entered = None,
            None => {}
        }
        self.arrive(room, now);
    }

    /// One is in this room now; perhaps still, after an outage.
    fn arrive(&mut self, snapshot: RoomSnapshot, now: Millis) {
        let Some(me) = self.you else { return };
        let old = self.room.take();
        let same_room = old.as_ref().is_some_and(|r| r.id == snapshot.room);
        let old = old.filter(|_| same_room);
        self.chat.history(same_room.then_some(snapshot.room), me, snapshot.history, snapshot.truncated);
        let call_id = snapshot.call.as_ref().map(|c| c.id);
        let was_active = old.as_ref().and_then(RoomState::call).is_some_and(|c| c.members.len() > 1 && c.members.contains(&me));
        let accepting = old.as_ref().and_then(|r| r.accepting).filter(|id| call_id == Some(*id));
        let left =
            old.as_ref().map_or_else(|| self.left.take().filter(|_| !fault::active(Fault::HangUpForgotten)), |r| r.leaving);
        let wants_none = old.as_ref().is_some_and(|r| r.wants_none);
        let unwanted = snapshot.call.as_ref().filter(|call| wants_none && call.members.contains(&me)).map(|call| call.id);
        let leaving = left.filter(|id| call_id == Some(*id)).or(unwanted);
        let mut members = snapshot.members;
        if let Some(old) = &old {
            for member in &mut members {
                if let Some(known) = old.member(member.id)
                    && known.incarnation == member.incarnation
                    && known.media.supersedes(&member.media)
                {
                    member.media = known.media.clone();
                }
                if let (Some(known), Some(pair)) = (old.member(member.id), self.pairs.get_mut(&member.id)) {
                    pair.expect_what_begins(&known.media, &member.media);
                }
            }
        }
        let (told, parted) = old.map(|r| (r.told, r.parted)).unwrap_or_default();
        let mut room = RoomState {
            id: snapshot.room,
            code: snapshot.code,
            members,
            told,
            parted,
            accepting,
            ringing: None,
            leaving,
            wants_none,
        };
        room.tell(snapshot.call);
        // Who has a way to the server has told it of a hang-up; whoever is in the call all the same has come into it again.
        let here = |who| room.members.iter().any(|m| m.id == who && m.presence == Presence::Here);
        room.parted.retain(|who, _| !here(*who));
        self.room = Some(room);
        if self.link.is_some() && (self.link == Some(snapshot.code) || self.link == self.entered) {
            self.link = None;
        }
        if let Some(call) = accepting {
            self.send(ClientMessage::Accept { call });
        }
        if let Some(call) = leaving {
            // A ring refused while the server was out of reach is still to be refused.
            let inside = self.still_in_call(me) || fault::active(Fault::DeclineForgotten);
            self.send(if inside { ClientMessage::HangUp { call } } else { ClientMessage::Decline { call } });
        } else if was_active && !self.still_in_call(me) {
            self.notice(NoticeKind::Ended);
        }
        self.end_if_others_left(was_active);
        for message in self.chat.arrive(snapshot.room, now) {
            self.send(message);
        }
    }

    fn member_changed(&mut self, mut member: Member) {
        let Some(room) = &mut self.room else { return };
        if Some(member.id) == self.you {
            return;
        }
        match room.members.iter_mut().find(|m| m.id == member.id) {
            None => {
                self.chat.moved(member.name.clone(), true);
                let place = room.members.iter().position(|m| m.order > member.order).unwrap_or(room.members.len());
                room.members.insert(place, member);
            }
            Some(known) => {
                let newer = known.media.supersedes(&member.media) && !fault::active(Fault::MediaCounterIgnored);
                if known.incarnation == member.incarnation && newer {
                    member.media = known.media.clone();
                }
                let anew = member.media.supersedes(&known.media).then(|| member.media.clone());
                let back = known.presence != Presence::Here && member.presence == Presence::Here;
                let id = member.id;
                if let Some(pair) = self.pairs.get_mut(&id) {
                    pair.expect_what_begins(&known.media, &member.media);
                }
                *known = member;
                if let Some(media) = anew {
                    room.hear_of_media(id, &media);
                }
                if back {
                    self.say_again(id);
                }
            }
        }
    }

    /// A letter from another participant, whichever way it came.
    pub(super) fn letter(&mut self, message: PeerMessage) {
        let Endpoint::Participant(from) = message.from else {
            return;
        };
        let Some(pair) = self.pairs.get_mut(&from) else {
            self.counters.stale += 1;
            return;
        };
        match pair.letters.receive(&message) {
            Receipt::Stale => {
                self.counters.stale += 1;
                return;
            }
            Receipt::Duplicate => {
                self.counters.duplicates += 1;
                return;
            }
            Receipt::Taken => {}
        }
        if let PeerBody::Description { round, .. } | PeerBody::Candidate { round, .. } | PeerBody::Anew { round } = message.body {
            if round < pair.round {
                self.counters.stale += 1;
                return;
            }
            if round > pair.round {
                self.generations += 1;
                pair.begin_anew(round, self.generations, &mut self.effects);
            }
        }
        match message.body {
            PeerBody::Description { sdp_type, sdp, answers, .. } => {
                let remote = Remote { sdp_type, sdp, seq: message.seq, answers };
                pair.description(remote, &mut self.effects);
            }
            PeerBody::Candidate { candidate, .. } => pair.candidate(candidate, &mut self.effects),
            PeerBody::Media { media } => {
                if let Some(room) = &mut self.room
                    && let Some(member) = room.members.iter_mut().find(|m| m.id == from)
                    && (media.supersedes(&member.media) || fault::active(Fault::MediaCounterIgnored))
                {
                    pair.expect_what_begins(&member.media, &media);
                    member.media = media.clone();
                    room.hear_of_media(from, &media);
                }
            }
            PeerBody::Anew { .. } => {}
            PeerBody::HungUp { call } => self.other_hung_up(from, call),
            PeerBody::Prefer { .. } if fault::active(Fault::WishIgnored) => {}
            PeerBody::Prefer { video_max } => pair.weak.wished = video_max,
            PeerBody::Unknown => self.counters.unknown += 1,
        }
    }

    pub(super) fn wanted_pairs(&self) -> BTreeMap<ParticipantId, WantedPair> {
        let (Some(me), Some(room)) = (self.you, &self.room) else {
            return BTreeMap::new();
        };
        let Some(mine) = room.member(me) else {
            return BTreeMap::new();
        };
        if self.superseded() {
            return BTreeMap::new();
        }
        let reachable = self.ice.as_ref().is_none_or(|ice| !ice.hide_addresses || ice.relays());
        let prewarm = room.members.len() <= 2 && reachable;
        // Once made it stays: made a second time between the same pages it would not be known from the first.
        let made = |id, link| self.pairs.get(&id).is_some_and(|pair| pair.letters.link == link);
        let pair = |m: &Member| {
            let link = Link { from: self.incarnation, ..Link::between(mine, m) };
            let wanted = prewarm || made(m.id, link) || self.in_call_with(m.id);
            wanted.then_some((m.id, WantedPair { link, allocate: (mine.order, me) < (m.order, m.id) }))
        };
        // Not collected: that would bring a sorting algorithm into the WASM for a handful of people.
        let mut wanted = BTreeMap::new();
        wanted.extend(room.members.iter().filter(|m| m.id != me).filter_map(pair));
        wanted
    }
}
