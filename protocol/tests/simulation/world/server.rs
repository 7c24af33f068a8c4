//! The server's shell around the real exchange: tokens, the first frame, outboxes. It owns no rule that is tested here.

use protocol::{
    VERSION,
    client::{ApiError, Input},
    exchange::{ConnectionId, Effect, Input as ServerInput},
    id::ParticipantId,
    message::{ClientMessage, CloseCode, ServerMessage, Ticket},
};

use super::{EPOCH, Event, World};
use crate::simulation::{coverage::Seen, referee::Watch};

impl World {
    /// `create_room`.
    pub(crate) fn create_room(&mut self, page: usize) {
        let delay = self.delay() * 2;
        let offline = self.tabs[self.pages[page].tab].offline;
        let result = if offline {
            Err(ApiError::Unreachable)
        } else {
            self.participants += 1;
            // Not in order, as random ids are not.
            let id = ParticipantId::new(self.random.number() << 16 | self.participants);
            let code = self.fresh_code();
            let now = self.server_time();
            match self.exchange.create(id, code, now) {
                Ok(()) => {
                    self.referee.created(id, code);
                    self.keep();
                    self.schedule_server();
                    Ok(Ticket { token: format!("{id}/0") })
                }
                Err(_) => Err(ApiError::Full),
            }
        };
        self.later(delay, Event::Input(page, Box::new(Input::RoomCreated(result))));
    }

    pub(crate) fn arrive_at_server(&mut self, socket: usize, frame: ClientMessage, seen: u64) {
        let it = &mut self.sockets[socket];
        if it.cut || !it.open_at_server {
            return;
        }
        let connection = ConnectionId(socket as u64);
        let frame = self.through_the_wire(frame);
        if !self.sockets[socket].greeted {
            let ClientMessage::Hello { version, token, page, name, resuming } = frame else {
                return self.fail("the first frame is not a hello");
            };
            if version != VERSION {
                return self.fail("the page speaks another version");
            }
            self.sockets[socket].greeted = true;
            let signed = token.split_once('/').and_then(|(id, incarnation)| Some((id.parse().ok()?, incarnation.parse().ok()?)));
            let Some((participant, signed)) = signed else { return self.fail(format!("a token of nobody: {token:?}")) };
            self.server(ServerInput::Connected { connection, participant, page, name, signed, resuming });
            return;
        }
        self.watch_frame(socket, &frame, seen);
        let watch = self.referee.before(socket, &frame, &self.exchange);
        let full = self.seen.of(Seen::Full);
        self.server(ServerInput::Message { connection, message: frame });
        if let Some(watch) = &watch
            && self.seen.of(Seen::Full) > full
        {
            self.check_full(watch);
        }
        if let Some(watch) = watch
            && let Err(what) = self.referee.after(&watch, &self.exchange, &mut self.seen)
        {
            self.fail(what);
        }
    }

    /// Some frames really become text and are read again.
    fn through_the_wire(&mut self, frame: ClientMessage) -> ClientMessage {
        if !self.random.chance(3) {
            return frame;
        }
        let text = serde_json::to_string(&frame).expect("plain data");
        let read: ClientMessage = serde_json::from_str(&text).expect("our own form");
        if read != frame {
            self.fail(format!("a frame is not read as it was written: {text}"));
        }
        read
    }

    pub(crate) fn closed_at_server(&mut self, socket: usize) {
        if std::mem::take(&mut self.sockets[socket].open_at_server) && self.sockets[socket].greeted {
            self.server(ServerInput::Disconnected { connection: ConnectionId(socket as u64) });
        }
    }

    /// A room is full only of people who are there, or were a moment ago.
    fn check_full(&mut self, watch: &Watch) {
        let hold = self.settings.seat_hold.max(self.settings.call_grace);
        let directory = self.exchange.directory();
        let room = watch.to.and_then(|code| directory.lookup(&code));
        let absent = |who: &ParticipantId| self.absent.get(who).is_some_and(|since| self.now > since + hold);
        let asleep = self.absent.keys().find(|who| room.is_some() && directory.room_of(**who) == room && absent(who));
        if let Some(who) = asleep {
            self.fail(format!("a room is called full, though {who} has been away for long"));
        }
    }

    pub(crate) fn server_wakes(&mut self) {
        self.server_wake = None;
        self.server(ServerInput::Wake);
    }

    fn server(&mut self, input: ServerInput) {
        let now = self.server_time();
        match input {
            ServerInput::Connected { participant, .. } => {
                self.absent.remove(&participant);
            }
            ServerInput::Disconnected { connection } => {
                let socket = usize::try_from(connection.0).expect("an index");
                if let Some(who) = self.pages[self.sockets[socket].page].participant {
                    let newer =
                        self.sockets.iter().skip(socket + 1).any(|other| {
                            other.open_at_server && other.greeted && self.pages[other.page].participant == Some(who)
                        });
                    if !newer {
                        self.absent.insert(who, self.now);
                    }
                }
            }
            _ => {}
        }
        self.trace(|_| format!("server: {input:?}"));
        self.exchange.handle(input, now);
        while let Some(effect) = self.exchange.poll() {
            match effect {
                Effect::Send { connection, message } => {
                    let socket = usize::try_from(connection.0).expect("an index");
                    if let Err(what) = self.referee.sent(socket, &message, &mut self.seen) {
                        self.fail(what);
                    }
                    self.note_call(socket, &message);
                    self.send_to_page(socket, message);
                }
                Effect::Issue { connection, participant, incarnation, .. } => {
                    let token = format!("{participant}/{incarnation}");
                    self.send_to_page(usize::try_from(connection.0).expect("an index"), ServerMessage::Token { token });
                }
                Effect::Close { connection, code } => {
                    let socket = usize::try_from(connection.0).expect("an index");
                    match code {
                        CloseCode::Superseded => self.seen.count(Seen::Takeover),
                        CloseCode::BadToken => self.seen.count(Seen::SessionExpired),
                        CloseCode::GoingAway => self.seen.count(Seen::OlderSocketReplaced),
                        _ => self.fail(format!("the server closes a good page's socket: {code:?}")),
                    }
                    self.sockets[socket].open_at_server = false;
                    self.close_at_page(socket, code.number());
                }
                Effect::WrongCode { .. } => self.seen.count(Seen::WrongCode),
            }
        }
        self.keep();
        self.schedule_server();
    }

    pub(super) fn schedule_server(&mut self) {
        if let Some(deadline) = self.exchange.next_deadline() {
            let at = deadline.saturating_sub(EPOCH).max(self.now);
            if self.server_wake.is_none_or(|planned| at < planned) {
                self.server_wake = Some(at);
                self.at(at, Event::ServerWake);
            }
        }
    }

    fn note_call(&mut self, socket: usize, message: &ServerMessage) {
        use protocol::message::CallEvent as E;
        let ServerMessage::Call { event, .. } = message else { return };
        let name = match event {
            E::Rang { .. } => "rang",
            E::Accepted { .. } => "accepted",
            E::Declined { .. } => "declined",
            E::Unanswered { .. } => "unanswered",
            E::Cancelled { .. } => "cancelled",
            E::HungUp { .. } => "hung up",
            E::Vanished { .. } => "vanished",
            _ => "unchanged",
        };
        self.sockets[socket].calls_sent.push(name);
    }

    /// What the page did not know yet when it sent this.
    fn watch_frame(&mut self, socket: usize, frame: &ClientMessage, seen: u64) {
        let known = usize::try_from(seen).expect("an index");
        let missed = self.sockets[socket].calls_sent.get(known..).unwrap_or_default();
        let met = |names: &[&str]| missed.iter().any(|name| names.contains(name));
        let crossing = match frame {
            ClientMessage::Ring { .. } if met(&["rang"]) => Seen::DoubleRing,
            ClientMessage::Ring { .. } if met(&["cancelled", "hung up"]) => Seen::RingMeetsHangUp,
            ClientMessage::Ring { .. } if met(&["declined"]) => Seen::RingMeetsDecline,
            ClientMessage::Accept { .. } if met(&["cancelled", "hung up"]) => Seen::AcceptMeetsHangUp,
            ClientMessage::Accept { .. } if met(&["unanswered"]) => Seen::AcceptMeetsTimeout,
            ClientMessage::Decline { .. } if met(&["cancelled", "hung up"]) => Seen::DeclineMeetsHangUp,
            ClientMessage::HangUp { .. } if met(&["accepted"]) => Seen::HangUpMeetsAccept,
            ClientMessage::HangUp { .. } if met(&["declined", "unanswered"]) => Seen::HangUpMeetsDecline,
            ClientMessage::HangUp { .. } if met(&["hung up"]) => Seen::DoubleHangUp,
            _ => return,
        };
        self.seen.count(crossing);
    }
}
