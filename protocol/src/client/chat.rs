//! The chat of the room one is in: `sending → delivered`, kept and said again until the room has it, each message once, in the
//! room's order.

use std::sync::Arc;

use crate::{
    Millis,
    client::{ChatItem, ChatKind, Delivery, Unsent},
    fault::{self, Fault},
    id::{MessageId, ParticipantId, RoomId},
    message::{Body, ChatEntry, ChatError, ChatOrder, ClientMessage},
    text::{check_text, clean_text},
};

/// Without a receipt for this long a message shows as failed (it is still said again on reconnecting).
pub(super) const FAILED_AFTER: Millis = 10_000;
/// How long a message waits that the room refused because too many came at once.
const PATIENCE: Millis = 2_000;
/// How many unsent messages a reload restores.
const SAVED_MAX: usize = 100;
/// How many lines the page keeps.
const LINES_MAX: usize = 2_000;

/// What the room knows of, as it is shown.
#[derive(Clone, Debug)]
struct Line {
    /// A message's place in the room; `None`: somebody came or went.
    order: Option<ChatOrder>,
    item: Arc<ChatItem>,
}

#[derive(Clone, Debug)]
struct Outgoing {
    room: Option<RoomId>,
    id: MessageId,
    text: String,
    since: Millis,
    state: Delivery,
    /// When it is said again, because the room asked for patience.
    again: Option<Millis>,
}

/// What was said, and what is still on its way.
#[derive(Debug, Default)]
pub(super) struct Chat {
    lines: Vec<Line>,
    outgoing: Vec<Outgoing>,
    pub(super) truncated: bool,
    pub(super) unread: u32,
    pub(super) visible: bool,
    numbers: u64,
}

impl Chat {
    pub(super) fn restore(unsent: Vec<Unsent>) -> Self {
        let outgoing = unsent
            .into_iter()
            .map(|u| Outgoing { room: Some(u.room), id: u.id, text: u.text, since: 0, state: Delivery::Sending, again: None })
            .collect();
        Self { outgoing, visible: true, ..Self::default() }
    }

    /// The person says something; `None` if it was only white space, has to wait, or is too long (then it stays in the list, refused).
    pub(super) fn say(&mut self, text: &str, id: MessageId, room: Option<RoomId>, now: Millis) -> Option<ClientMessage> {
        let text = clean_text(text);
        let state = match check_text(&text) {
            Err(ChatError::Empty) => return None,
            Err(error) => Delivery::Refused(error),
            Ok(()) => Delivery::Sending,
        };
        // Not before what is waiting already.
        let again = self.outgoing.iter().filter_map(|o| o.again).max();
        self.outgoing.push(Outgoing { room, id, text, since: now, state, again });
        self.outgoing.last().filter(|outgoing| outgoing.state == Delivery::Sending && again.is_none()).and_then(message)
    }

    /// The person wants a failed message sent again, here.
    pub(super) fn resend(&mut self, id: MessageId, room: Option<RoomId>, now: Millis) -> Option<ClientMessage> {
        let outgoing = self.outgoing.iter_mut().find(|o| o.id == id)?;
        if outgoing.state == Delivery::Refused(ChatError::TooLong) {
            return None;
        }
        outgoing.room = room;
        outgoing.since = now;
        outgoing.state = Delivery::Sending;
        outgoing.again = None;
        message(outgoing)
    }

    /// One is in `room` now: what to say (again) there. What was meant for another room waits for the person's decision.
    pub(super) fn arrive(&mut self, room: RoomId, now: Millis) -> Vec<ClientMessage> {
        let mut again = Vec::new();
        for outgoing in &mut self.outgoing {
            let meant = *outgoing.room.get_or_insert(room);
            match outgoing.state {
                Delivery::Sending | Delivery::Failed if meant == room => {
                    outgoing.since = now;
                    outgoing.state = Delivery::Sending;
                    outgoing.again = None;
                    if fault::active(Fault::ResendNewId) {
                        outgoing.id = MessageId::new(outgoing.id.get().wrapping_add(1));
                    }
                    again.extend(message(outgoing));
                }
                Delivery::Sending => outgoing.state = Delivery::Failed,
                _ => {}
            }
        }
        again
    }

    /// The history of a room just entered, or, `again`, of the one re-entered after an outage.
    pub(super) fn history(&mut self, again: Option<RoomId>, me: ParticipantId, entries: Vec<ChatEntry>, truncated: bool) {
        match again {
            Some(room) => self.say_lost_again(room, &entries, truncated),
            None => {
                self.lines.clear();
                self.unread = 0;
            }
        }
        self.truncated = truncated;
        for entry in entries {
            self.entry(me, entry, again.is_some());
        }
    }

    /// A server that lost the end of the chat with its power does not know what this page said there: it waits again.
    fn say_lost_again(&mut self, room: RoomId, kept: &[ChatEntry], truncated: bool) {
        let is_lost = |order: ChatOrder| match kept.iter().rev().find(|entry| entry.order.epoch <= order.epoch) {
            // The newest of those times that is still kept.
            Some(entry) => entry.order < order,
            None => !truncated,
        };
        let outgoing = &mut self.outgoing;
        self.lines.retain(|line| match &line.item.kind {
            ChatKind::Said { mine: true, text, id, .. }
                if line.order.is_some_and(is_lost) && !fault::active(Fault::LostNotSaidAgain) =>
            {
                let (text, id) = (text.clone(), *id);
                outgoing.push(Outgoing { room: Some(room), id, text, since: 0, state: Delivery::Sending, again: None });
                false
            }
            _ => true,
        });
    }

    /// Something was said in the room. Shown once. `news`: since one is in the room.
    pub(super) fn entry(&mut self, me: ParticipantId, entry: ChatEntry, news: bool) {
        let mine = entry.from == me;
        let key = if mine { format!("mine-{}", entry.id) } else { format!("{}-{}", entry.from, entry.id) };
        if mine {
            self.outgoing.retain(|o| o.id != entry.id);
        }
        // Said in an earlier life of the server, lost there, and said again: it has another place now.
        let lost = |line: &Line| line.order.is_some_and(|o| o.epoch != entry.order.epoch) && line.item.key == key;
        let lost = self.lines.iter().rposition(lost);
        lost.map(|place| self.lines.remove(place));
        let news = news && lost.is_none();
        let place = self.lines.iter().rposition(|line| line.order.is_some_and(|order| order <= entry.order));
        if place.and_then(|place| self.lines.get(place)).is_some_and(|earlier| earlier.order == Some(entry.order)) {
            return;
        }
        let behind = place.map_or(0, |place| place + 1);
        // Behind whatever else happened since, unless something later was said already.
        let later = self.lines.iter().skip(behind).any(|line| line.order.is_some());
        let place = if later { behind } else { self.lines.len() };
        let news = news && !mine;
        if news && !self.visible {
            self.unread += 1;
        }
        let item = ChatItem {
            key,
            news,
            kind: ChatKind::Said {
                mine,
                name: entry.name,
                text: text(entry.body),
                at: Some(entry.at),
                delivery: Delivery::Delivered,
                id: entry.id,
            },
        };
        self.lines.insert(place, Line { order: Some(entry.order), item: Arc::new(item) });
        self.bound();
    }

    /// Somebody came or went.
    pub(super) fn moved(&mut self, name: String, came: bool) {
        self.numbers += 1;
        let key = format!("moved-{}", self.numbers);
        let kind = if came { ChatKind::Joined { name } } else { ChatKind::Left { name } };
        self.lines.push(Line { order: None, item: Arc::new(ChatItem { key, news: true, kind }) });
        self.bound();
    }

    fn bound(&mut self) {
        if self.lines.len() > LINES_MAX {
            self.lines.remove(0);
            self.truncated = true;
        }
    }

    /// The room did not take a message.
    pub(super) fn refused(&mut self, id: MessageId, error: ChatError, now: Millis) {
        let Some(outgoing) = self.outgoing.iter_mut().find(|o| o.id == id) else { return };
        match error {
            ChatError::TooFast => outgoing.again = Some(now + PATIENCE),
            ChatError::OtherRoom => outgoing.state = Delivery::Failed,
            error => outgoing.state = Delivery::Refused(error),
        }
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let sending = self.outgoing.iter().filter(|o| o.state == Delivery::Sending);
        sending.map(|o| o.again.unwrap_or(o.since + FAILED_AFTER)).min()
    }

    /// What to say again now.
    pub(super) fn wake(&mut self, now: Millis) -> Vec<ClientMessage> {
        let mut again = Vec::new();
        for outgoing in self.outgoing.iter_mut().filter(|o| o.state == Delivery::Sending) {
            match outgoing.again {
                Some(at) if at > now => {}
                Some(_) => {
                    outgoing.again = None;
                    outgoing.since = now;
                    again.extend(message(outgoing));
                }
                None if outgoing.since + FAILED_AFTER <= now => outgoing.state = Delivery::Failed,
                None => {}
            }
        }
        again
    }

    pub(super) fn seen(&mut self, visible: bool) {
        self.visible = visible;
        if visible {
            self.unread = 0;
        }
    }

    /// What a reload must not lose.
    pub(super) fn unsent(&self) -> Vec<Unsent> {
        let unsent = self.outgoing.iter().filter(|o| !matches!(o.state, Delivery::Refused(_)));
        let unsent = unsent.filter_map(|o| o.room.map(|room| Unsent { room, id: o.id, text: o.text.clone() }));
        unsent.take(if fault::active(Fault::UnsentNotSaved) { 0 } else { SAVED_MAX }).collect()
    }

    pub(super) fn view(&self, my_name: &str) -> Vec<Arc<ChatItem>> {
        let outgoing = self.outgoing.iter().map(|o| {
            let kind = ChatKind::Said {
                mine: true,
                name: my_name.to_owned(),
                text: o.text.clone(),
                at: None,
                delivery: o.state,
                id: o.id,
            };
            Arc::new(ChatItem { key: format!("mine-{}", o.id), news: false, kind })
        });
        self.lines.iter().map(|line| Arc::clone(&line.item)).chain(outgoing).collect()
    }
}

fn message(outgoing: &Outgoing) -> Option<ClientMessage> {
    let body = Body::Plain { text: outgoing.text.clone() };
    Some(ClientMessage::Chat { room: outgoing.room?, id: outgoing.id, body })
}

fn text(body: Body) -> String {
    match body {
        Body::Plain { text } => text,
        Body::Unknown => "…".to_owned(),
    }
}
