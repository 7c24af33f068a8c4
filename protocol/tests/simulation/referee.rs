//! What must hold of what the server does, whoever asks: where codes lead, who is where, the one order of each chat.
//!
//! It keeps a record of its own, from what goes over the wire, and never trusts the exchange's.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    exchange::Exchange,
    id::{MessageId, ParticipantId, RoomCode, RoomId},
    message::{Body, CallEvent, ChatEntry, ChatError, ChatOrder, ClientMessage, EnterError, RoomSnapshot, ServerMessage},
};

use super::coverage::{Coverage, Seen};

/// One room's chat as it went over the wire.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// By place: who, which, what.
    pub(crate) entries: BTreeMap<ChatOrder, (ParticipantId, MessageId, String)>,
    places: BTreeMap<(ParticipantId, MessageId), ChatOrder>,
}

/// What somebody said on a page.
#[derive(Debug)]
pub(crate) struct Said {
    /// Who, if the page knew that already.
    pub(crate) by: Option<ParticipantId>,
    /// The rooms it was meant for: more than one if it was sent again by hand elsewhere. `None`: wherever the page came to be.
    pub(crate) rooms: Option<BTreeSet<RoomId>>,
}

/// The record.
#[derive(Debug, Default)]
pub(crate) struct Referee {
    owners: BTreeMap<ParticipantId, RoomCode>,
    sockets: BTreeMap<usize, ParticipantId>,
    rooms_of: BTreeMap<ParticipantId, RoomId>,
    /// The rooms each has chosen to be in.
    chosen: BTreeMap<ParticipantId, BTreeSet<RoomId>>,
    /// Whose code each entered last.
    going: BTreeMap<ParticipantId, ParticipantId>,
    pub(crate) chats: BTreeMap<RoomId, Record>,
    pub(crate) said: BTreeMap<String, Said>,
    /// What a server lost when it stopped; the page and the room it was said in, as long as that page can say it again.
    pub(crate) lost: BTreeMap<String, Option<(usize, RoomId)>>,
    /// How many texts were made up.
    pub(crate) texts: u64,
    /// Since when two things have not agreed: whose, in what, and (of rings) after how much news.
    pub(crate) disagree: BTreeMap<(usize, usize, &'static str, u64), u64>,
}

/// How things stood before somebody went somewhere.
#[derive(Debug)]
pub(crate) struct Watch {
    who: ParticipantId,
    /// The code entered; `None` when leaving.
    pub(crate) to: Option<RoomCode>,
    from: Option<RoomId>,
    alone: bool,
    others_spoke: bool,
    places: BTreeMap<ParticipantId, (Option<RoomId>, Option<RoomId>)>,
}

impl Referee {
    /// A participant was made.
    pub(crate) fn created(&mut self, who: ParticipantId, code: RoomCode) {
        self.owners.insert(who, code);
    }

    /// The server forgot all.
    pub(crate) fn restarted(&mut self) {
        let texts = self.texts;
        *self = Self { texts, ..Self::default() };
    }

    /// The server forgot one message: who said it, and what.
    pub(crate) fn lose(&mut self, room: RoomId, order: ChatOrder) -> Option<(ParticipantId, String)> {
        let record = self.chats.get_mut(&room)?;
        let (by, id, text) = record.entries.remove(&order)?;
        record.places.remove(&(by, id));
        Some((by, text))
    }

    fn places(&self, exchange: &Exchange) -> BTreeMap<ParticipantId, (Option<RoomId>, Option<RoomId>)> {
        let directory = exchange.directory();
        self.owners.iter().map(|(who, code)| (*who, (directory.room_of(*who), directory.lookup(code)))).collect()
    }

    /// To be asked before the server takes a frame.
    pub(crate) fn before(&self, socket: usize, frame: &ClientMessage, exchange: &Exchange) -> Option<Watch> {
        let to = match frame {
            ClientMessage::Enter { code, .. } => Some(*code),
            ClientMessage::Leave { .. } => None,
            _ => return None,
        };
        let who = *self.sockets.get(&socket)?;
        let from = exchange.directory().room_of(who);
        let record = from.and_then(|room| self.chats.get(&room));
        Some(Watch {
            who,
            to,
            from,
            alone: from.is_some_and(|room| exchange.directory().people_in(room) == 1),
            others_spoke: record.is_some_and(|record| record.entries.values().any(|(by, ..)| *by != who)),
            places: self.places(exchange),
        })
    }

    /// To be asked after it: codes and people moved as they may.
    pub(crate) fn after(&mut self, watch: &Watch, exchange: &Exchange, seen: &mut Coverage) -> Result<(), String> {
        let who = watch.who;
        for (other, (room, led)) in self.places(exchange) {
            let (room_before, led_before) = watch.places.get(&other).copied().unwrap_or_default();
            if other == who {
                self.moved(watch, (room_before, led_before), (room, led), seen)?;
            } else if room != room_before {
                seen.count(Seen::SeatTaken);
                if led != room {
                    return Err(format!("{other} lost the seat and is where the own code does not lead"));
                }
                self.chosen.entry(other).or_default().extend(room);
            } else if led != led_before {
                return Err(format!("a code was dragged along: {other}'s, by {who}"));
            }
        }
        Ok(())
    }

    fn moved(
        &mut self,
        watch: &Watch,
        before: (Option<RoomId>, Option<RoomId>),
        after: (Option<RoomId>, Option<RoomId>),
        seen: &mut Coverage,
    ) -> Result<(), String> {
        let who = watch.who;
        if after.0.is_none() || after.1.is_none() {
            return Err(format!("{who} is nowhere, or the own code leads nowhere"));
        }
        self.chosen.entry(who).or_default().extend([before.0, after.0].into_iter().flatten());
        let goal = watch.to.and_then(|code| self.owners.iter().find(|(_, own)| **own == code).map(|(owner, _)| *owner));
        let goal_room = goal.and_then(|owner| watch.places.get(&owner)).and_then(|(_, led)| *led);
        if before.0 == after.0 {
            if goal.is_some_and(|goal| self.going.get(&goal) == Some(&who)) && goal_room.is_some() {
                seen.count(Seen::CrosswiseCodes);
            }
            if watch.to.is_none() && watch.alone && watch.others_spoke && before.1 == before.0 {
                return Err(format!("{who} left, but is still where others have spoken"));
            }
            return if before.1 == after.1 { Ok(()) } else { Err(format!("{who}'s code moved without {who}")) };
        }
        self.going.remove(&who);
        match watch.to {
            Some(_) => {
                seen.count(Seen::Entered);
                self.going.extend(goal.map(|goal| (who, goal)));
                if goal_room.is_some() && goal_room != after.0 {
                    return Err(format!("{who} entered another room than the code led to"));
                }
                let carried = watch.alone && !watch.others_spoke && before.1 == watch.from;
                seen.count(if carried { Seen::CodeCarried } else { Seen::CodeKept });
                let expected = if carried { after.0 } else { before.1 };
                if after.1 == expected {
                    Ok(())
                } else {
                    Err(format!("{who}'s code leads elsewhere than it should after entering"))
                }
            }
            None => {
                seen.count(Seen::RoomLeft);
                if after.1 == after.0 { Ok(()) } else { Err(format!("{who} left, but the own code leads elsewhere")) }
            }
        }
    }

    /// Every code leads to a room its owner chose.
    pub(crate) fn codes(&self, exchange: &Exchange) -> Result<(), String> {
        for (who, (room, led)) in self.places(exchange) {
            if let (Some(room), Some(led)) = (room, led)
                && led != room
                && !self.chosen.get(&who).is_some_and(|chosen| chosen.contains(&led))
            {
                return Err(format!("{who}'s code leads to a room {who} never chose"));
            }
        }
        Ok(())
    }

    /// To be told everything that the server says.
    pub(crate) fn sent(&mut self, socket: usize, message: &ServerMessage, seen: &mut Coverage) -> Result<(), String> {
        match message {
            ServerMessage::Welcome { you, room, .. } => {
                self.sockets.insert(socket, *you);
                self.snapshot(*you, room)
            }
            ServerMessage::Room { room, .. } => {
                let who = *self.sockets.get(&socket).ok_or("a room for nobody")?;
                self.snapshot(who, room)
            }
            ServerMessage::Refused { reason, .. } => {
                match reason {
                    EnterError::OwnCode => seen.count(Seen::OwnCode),
                    EnterError::Full => seen.count(Seen::Full),
                    EnterError::InCall => seen.count(Seen::InCall),
                    _ => {}
                }
                Ok(())
            }
            ServerMessage::Call { event, .. } => {
                seen.count(match event {
                    CallEvent::Rang { .. } => Seen::Rang,
                    CallEvent::Accepted { .. } => Seen::Accepted,
                    CallEvent::Declined { .. } => Seen::Declined,
                    CallEvent::Unanswered { .. } => Seen::Unanswered,
                    CallEvent::Cancelled { .. } => Seen::Cancelled,
                    CallEvent::HungUp { .. } => Seen::HungUp,
                    CallEvent::Vanished { .. } => Seen::Vanished,
                    CallEvent::Unchanged | CallEvent::Unknown => Seen::Unchanged,
                });
                Ok(())
            }
            ServerMessage::Chat { entry } => {
                let who = *self.sockets.get(&socket).ok_or("a chat message for nobody")?;
                let room = *self.rooms_of.get(&who).ok_or("a chat message in no room")?;
                if self.record(room, entry)? {
                    seen.count(Seen::ChatSaid);
                } else if who == entry.from {
                    seen.count(Seen::ChatAgain);
                }
                Ok(())
            }
            ServerMessage::ChatRefused { reason, .. } => {
                seen.count(Seen::ChatRefused);
                let known = matches!(reason, ChatError::OtherRoom);
                if known { Ok(()) } else { Err(format!("a page sent a message that cannot be said: {reason:?}")) }
            }
            _ => Ok(()),
        }
    }

    fn snapshot(&mut self, who: ParticipantId, snapshot: &RoomSnapshot) -> Result<(), String> {
        self.rooms_of.insert(who, snapshot.room);
        self.chosen.entry(who).or_default().insert(snapshot.room);
        let members: BTreeSet<_> = snapshot.members.iter().map(|member| member.id).collect();
        if members.len() != snapshot.members.len() {
            return Err("somebody is twice in a room".to_owned());
        }
        if !members.contains(&who) {
            return Err(format!("{who} is told of a room without {who}"));
        }
        if members.len() > usize::try_from(snapshot.capacity).unwrap_or(usize::MAX) {
            return Err("more people than seats".to_owned());
        }
        if let Some(call) = &snapshot.call {
            let inside: BTreeSet<_> = call.members.iter().collect();
            if inside.len() != call.members.len() || !call.members.iter().all(|member| members.contains(member)) {
                return Err("a call with strangers, or with somebody twice".to_owned());
            }
        }
        for entry in &snapshot.history {
            self.record(snapshot.room, entry)?;
        }
        Ok(())
    }

    /// Whether the entry is new.
    fn record(&mut self, room: RoomId, entry: &ChatEntry) -> Result<bool, String> {
        let Body::Plain { text } = &entry.body else { return Err("a message without text".to_owned()) };
        let record = self.chats.entry(room).or_default();
        if *record.places.entry((entry.from, entry.id)).or_insert(entry.order) != entry.order {
            return Err(format!("a message has two places: {text:?}"));
        }
        let said = (entry.from, entry.id, text.clone());
        match record.entries.insert(entry.order, said.clone()) {
            Some(before) if before != said => Err(format!("two messages at one place: {text:?}")),
            before => {
                if let Some(meant) = self.said.get(text)
                    && meant.rooms.as_ref().is_some_and(|rooms| !rooms.contains(&room))
                {
                    return Err(format!("a message came into another room than it was meant for: {text:?}"));
                }
                Ok(before.is_none())
            }
        }
    }
}
