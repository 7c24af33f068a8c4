//! What pages send: as values, as frames, and as frames with some bytes wrong.

use protocol::{
    exchange::{CallFacts, ConnectionId, Input, RoomFacts},
    id::{CallId, MessageId, PageId, ParticipantId, RoomId},
    message::{ClientMessage, FRAME_MAX, Link},
};

use super::{World, code};
use crate::fuzzing::{
    bytes::Bytes,
    parts::{self, PEOPLE, person},
};

impl World {
    /// One of the sockets that are served; rarely one that is not.
    pub(super) fn socket(&self, bytes: &mut Bytes) -> ConnectionId {
        let number = usize::from(bytes.byte());
        let served = self.sockets.keys().nth(number % (self.sockets.len() + usize::from(number > 250)).max(1));
        served.copied().unwrap_or(ConnectionId(number as u64 % 8))
    }

    pub(super) fn connect(&mut self, bytes: &mut Bytes) {
        let connection = if bytes.byte() % 16 == 15 { self.socket(bytes) } else { ConnectionId(self.next_socket) };
        self.next_socket += 1;
        let name = bytes.flag().then(|| bytes.text(40));
        let signed = if bytes.byte() % 8 == 7 { u32::from(bytes.byte() % 16) } else { 0 };
        let resuming = (bytes.byte() % 4 == 3).then(|| u32::from(bytes.byte() % 8));
        let (participant, page) = (person(bytes), PageId::new(bytes.below(3)));
        self.on(Input::Connected { connection, participant, page, name, signed, resuming });
    }

    /// A message as its JSON, maybe damaged, or something else instead. A socket with a frame that is no message is closed.
    pub(super) fn frame(&mut self, bytes: &mut Bytes) {
        let connection = self.socket(bytes);
        let mut frame = if bytes.byte() % 8 == 7 {
            bytes.slice().to_vec()
        } else {
            serde_json::to_vec(&self.message(bytes, connection)).expect("every message can be written")
        };
        for _ in 0..bytes.byte() % 3 {
            let at = usize::from(u16::from_le_bytes([bytes.byte(), bytes.byte()])) % frame.len().max(1);
            match bytes.byte() % 4 {
                0 => frame.truncate(at),
                1 if !frame.is_empty() => drop(frame.remove(at)),
                2 => frame.insert(at, bytes.byte()),
                _ => frame.iter_mut().skip(at).take(1).for_each(|byte| *byte = bytes.byte()),
            }
        }
        let read = std::str::from_utf8(&frame).ok().filter(|text| text.len() <= FRAME_MAX);
        self.on(match read.and_then(|text| serde_json::from_str(text).ok()) {
            Some(message) => Input::Message { connection, message },
            None => Input::Disconnected { connection },
        });
    }

    /// What a page of this version can say.
    pub(super) fn message(&self, bytes: &mut Bytes, connection: ConnectionId) -> ClientMessage {
        let who = self.sockets.get(&connection).copied().unwrap_or(ParticipantId::new(0));
        let room = self.facts_around(who);
        let call = |bytes: &mut Bytes| match room.and_then(|room| room.call.as_ref()) {
            Some(CallFacts { id, .. }) if bytes.byte() % 8 < 7 => *id,
            _ => CallId::new(bytes.below(3)),
        };
        match bytes.byte() % 24 {
            0 => ClientMessage::Hello { version: 1, token: String::new(), page: PageId::new(1), name: None, resuming: None },
            1..=5 => ClientMessage::Enter { request: 1, code: code(bytes.below(PEOPLE + 2)) },
            6 | 7 => ClientMessage::Leave { request: 2 },
            8..=10 => ClientMessage::Ring { to: person(bytes) },
            11 | 12 => ClientMessage::Accept { call: call(bytes) },
            13 => ClientMessage::Decline { call: call(bytes) },
            14 => ClientMessage::HangUp { call: call(bytes) },
            15 => ClientMessage::Name { name: bytes.text(40) },
            16 => ClientMessage::Media { media: parts::media(bytes) },
            17 => ClientMessage::Away { away: bytes.flag() },
            18 | 19 => {
                let person = |id| room?.people.iter().find(|person| person.id == id);
                let link = |from, to| {
                    let (from, to) = (person(from)?, person(to)?);
                    Some(Link { from: from.incarnation, to: to.incarnation, since: from.order.max(to.order) })
                };
                ClientMessage::Peer { message: parts::letter(bytes, who, link) }
            }
            20 => ClientMessage::Ping { nonce: u32::from(bytes.byte()) },
            21 => ClientMessage::Unknown,
            _ => {
                let other = if bytes.byte() % 8 == 7 { person(bytes) } else { who };
                let room = self.exchange.directory().room_of(other).unwrap_or(RoomId::new(0));
                ClientMessage::Chat { room, id: MessageId::new(bytes.below(8)), body: parts::body(bytes) }
            }
        }
    }

    fn facts_around(&self, who: ParticipantId) -> Option<&RoomFacts> {
        self.disk.rooms().get(&self.exchange.directory().room_of(who)?).map(|(facts, _)| facts)
    }
}
