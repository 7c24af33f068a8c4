//! What is sent: over sockets that are served, to those whom it concerns, and as frames that a page can read.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    exchange::{ConnectionId, Effect, Input},
    id::{ParticipantId, RoomId},
    message::{ClientMessage, CloseCode, RoomSnapshot, ServerMessage},
};

use super::World;
use crate::fuzzing::holds;

impl World {
    /// Looks at all that came of an input; `before` it people were there.
    pub(super) fn look_at(&mut self, input: &Input, before: &BTreeMap<ParticipantId, RoomId>, effects: &[Effect]) {
        let asker = self.asker(input);
        let own = match input {
            Input::Connected { connection, .. } | Input::Message { connection, .. } | Input::Disconnected { connection } => {
                Some(*connection)
            }
            Input::Wake => None,
        };
        let concerned = self.concerned(input, asker, before);
        if let Input::Disconnected { connection } = input {
            self.sockets.remove(connection);
        }
        for effect in effects {
            match effect {
                Effect::Send { connection, message } => {
                    let to = self.receiver(input, *connection, message);
                    let there = self.exchange.directory().room_of(to);
                    let heard = there.is_some_and(|room| concerned.contains(&room));
                    assert!(asker.is_none() || heard, "{to:?} is told of others by {input:?}: {message:?}");
                    self.read(to, message);
                }
                Effect::Issue { connection, participant, incarnation, code } => {
                    assert_eq!(self.sockets.get(connection), Some(participant), "a token for somebody else");
                    assert_eq!(self.exchange.directory().code_of(*participant).as_ref(), Some(code));
                    assert_eq!(self.incarnation(*participant), Some(*incarnation));
                }
                Effect::Close { connection, code } => {
                    let served = self.sockets.remove(connection);
                    assert!(served.is_some() || own == Some(*connection), "nobody had {connection:?}");
                    let others = own != Some(*connection);
                    let taken_over = matches!(code, CloseCode::Superseded | CloseCode::GoingAway) && served == asker;
                    assert!(!others || taken_over, "{connection:?} of somebody else is closed");
                }
                Effect::WrongCode { connection } => {
                    let Input::Message { message: ClientMessage::Enter { code, .. }, .. } = input else {
                        panic!("no code was entered")
                    };
                    assert!(own == Some(*connection) && self.exchange.info(code).is_err(), "a right code is never counted");
                }
            }
        }
    }

    /// The rooms that an input is about: that of who did it, and those that somebody has gone from or come to.
    fn concerned(
        &self,
        input: &Input,
        asker: Option<ParticipantId>,
        before: &BTreeMap<ParticipantId, RoomId>,
    ) -> BTreeSet<RoomId> {
        let after = self.disk.places();
        let moved: Vec<_> = before.iter().filter(|(who, room)| after.get(who) != Some(room)).map(|(who, _)| *who).collect();
        // Who enters may be given the seat of one who has been gone for long and is thereby sent home.
        let may_move = |who: &ParticipantId| match input {
            Input::Message { message: ClientMessage::Enter { .. }, .. } => {
                Some(*who) == asker || !self.sockets.values().any(|served| served == who)
            }
            Input::Message { message: ClientMessage::Leave { .. }, .. } => Some(*who) == asker,
            Input::Wake => !after.contains_key(who),
            _ => false,
        };
        assert!(asker.is_none() || moved.len() <= 2);
        assert!(moved.iter().all(may_move), "{input:?} moved {moved:?}");
        let about = moved.into_iter().chain(asker);
        about.flat_map(|who| [before.get(&who), after.get(&who)]).flatten().copied().collect()
    }

    /// Who is behind the socket.
    fn receiver(&mut self, input: &Input, connection: ConnectionId, message: &ServerMessage) -> ParticipantId {
        if let ServerMessage::Welcome { you, .. } = message {
            let Input::Connected { connection: new, participant, .. } = input else { panic!("{message:?} unasked") };
            assert_eq!((connection, you), (*new, participant), "welcomed as somebody else");
            assert_eq!(self.sockets.insert(connection, *you), None, "welcomed twice");
        }
        *self.sockets.get(&connection).unwrap_or_else(|| panic!("{message:?} goes to a socket that is not served"))
    }

    /// What a page makes of it.
    fn read(&self, who: ParticipantId, message: &ServerMessage) {
        let written = serde_json::to_string(message).expect("every message can be written");
        let read: ServerMessage = serde_json::from_str(&written).expect("and read");
        assert_eq!(read, *message);
        match message {
            ServerMessage::Welcome { room, own_code, incarnation, .. } => {
                assert_eq!(self.exchange.directory().code_of(who).as_ref(), Some(own_code));
                assert_eq!(self.incarnation(who), Some(*incarnation));
                self.arrived(who, room);
            }
            ServerMessage::Room { room, .. } => self.arrived(who, room),
            ServerMessage::Unknown => panic!("nobody can read this"),
            _ => {}
        }
    }

    fn arrived(&self, who: ParticipantId, room: &RoomSnapshot) {
        holds::room(room);
        let directory = self.exchange.directory();
        assert_eq!(directory.room_of(who), Some(room.room));
        for member in &room.members {
            assert_eq!(directory.room_of(member.id), Some(room.room), "a ghost");
            assert_eq!(self.incarnation(member.id), Some(member.incarnation), "{:?} is shown as an older page", member.id);
        }
        assert_eq!(directory.people_in(room.room), u32::try_from(room.members.len()).expect("few people"));
        let leads_here = directory.lookup(&room.code) == Some(room.room);
        assert!(leads_here || directory.code_of(who) == Some(room.code), "the code to share leads elsewhere");
    }

    /// The newest page of somebody, as the server would keep it now.
    fn incarnation(&self, who: ParticipantId) -> Option<u32> {
        let mut people = self.disk.rooms().values().flat_map(|(facts, _)| &facts.people);
        people.find(|person| person.id == who).map(|person| person.incarnation)
    }
}
