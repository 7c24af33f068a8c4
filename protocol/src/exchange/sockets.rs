//! Who is connected: coming, coming again, taking over, going, and the tokens to come again with.

use super::{ConnectionId, Effect, Exchange, Person, RENEW_EVERY, Timer};
use crate::{
    Millis, VERSION,
    fault::{self, Fault},
    id::{PageId, ParticipantId},
    message::{CloseCode, ServerMessage},
    room,
    text::clean_name,
};

/// What a page says first.
pub(super) struct Hello {
    pub(super) page: PageId,
    pub(super) name: Option<String>,
    pub(super) signed: u32,
    pub(super) resuming: Option<u32>,
}

impl Exchange {
    pub(super) fn connected(&mut self, connection: ConnectionId, who: ParticipantId, hello: Hello, now: Millis) {
        if self.connections.contains_key(&connection) {
            return self.close(connection, CloseCode::BadMessage, now);
        }
        let Some((room, own_code)) = self.directory.room_of(who).zip(self.directory.code_of(who)) else {
            return self.out.push_back(Effect::Close { connection, code: CloseCode::BadToken });
        };
        let Some(person) = self.people.get_mut(&who) else {
            return;
        };
        let Hello { page, name, signed, resuming } = hello;
        // An earlier life of the server has signed this, and lost its last moments: it is as the token says.
        let (newest, known) = match signed > person.incarnation {
            true => (signed, (resuming == Some(signed)).then_some(page)),
            false => (person.incarnation, person.page),
        };
        let same_page = known == Some(page);
        // Refused before anything changes.
        if !same_page && resuming.is_some_and(|incarnation| incarnation < newest) {
            return self.out.push_back(Effect::Close { connection, code: CloseCode::Superseded });
        }
        person.page = Some(page);
        person.incarnation = if same_page { newest } else { newest.saturating_add(1) };
        // The page knows its name: one taken back while the socket was broken is taken back here too.
        person.name = clean_name(&name.unwrap_or_default());
        let Person { incarnation, .. } = *person;
        let name = person.name.clone();
        if let Some(older) = person.connection.replace(connection).filter(|_| !fault::active(Fault::OldIncarnationServed)) {
            self.connections.remove(&older);
            // A page whose socket broke unnoticed here is not told that another has taken over: it would stop reconnecting.
            let code = if same_page { CloseCode::GoingAway } else { CloseCode::Superseded };
            self.out.push_back(Effect::Close { connection: older, code });
            if same_page {
                // What others have written into the broken one is lost: they learn that it was, and write again.
                self.in_room(who, room::Input::Lost { who }, now);
            }
        }
        self.connections.insert(connection, who);
        self.timers.set(Timer::Expire(who), None);
        self.timers.set(Timer::Renew(who), Some(now.saturating_add(RENEW_EVERY)));

        // The page learns where it is before anybody learns that it is there and writes to it.
        self.touch(room, room::Input::Back { who, incarnation, name }, now);
        if let Some(room) = self.snapshot(who) {
            let message = ServerMessage::Welcome { version: VERSION, you: who, incarnation, own_code, room };
            self.out.push_back(Effect::Send { connection, message });
        }
        self.out.push_back(Effect::Issue { connection, participant: who, incarnation, code: own_code });
        self.flush(room);
    }

    pub(super) fn disconnected(&mut self, connection: ConnectionId, now: Millis) {
        let Some(who) = self.connections.remove(&connection) else {
            return;
        };
        if let Some(person) = self.people.get_mut(&who) {
            person.connection = None;
        }
        self.timers.set(Timer::Renew(who), None);
        self.timers.set(Timer::Expire(who), Some(now.saturating_add(self.settings.room_grace)));
        self.in_room(who, room::Input::Lost { who }, now);
    }

    /// Closes a socket from here.
    pub(super) fn close(&mut self, connection: ConnectionId, code: CloseCode, now: Millis) {
        self.out.push_back(Effect::Close { connection, code });
        self.disconnected(connection, now);
    }

    pub(super) fn renew(&mut self, who: ParticipantId, now: Millis) {
        let Some(code) = self.directory.code_of(who) else {
            return;
        };
        let Some(person) = self.people.get(&who) else {
            return;
        };
        let Some(connection) = person.connection else {
            return;
        };
        let incarnation = person.incarnation;
        self.out.push_back(Effect::Issue { connection, participant: who, incarnation, code });
        self.timers.set(Timer::Renew(who), Some(now.saturating_add(RENEW_EVERY)));
    }
}
