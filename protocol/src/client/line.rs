//! The way to the server: a session's token, the socket, coming back without limit, and whether the server is still there.

use crate::{
    Millis, VERSION,
    client::{
        ApiError, Connection, Effect, NoticeKind,
        session::{Pending, Session},
    },
    message::{ClientMessage, CloseCode, Ticket},
};

/// The first wait before coming back; it doubles up to [`RETRY_MAX`].
const RETRY_FIRST: Millis = 300;
const RETRY_MAX: Millis = 8_000;
/// Without a frame for this long the server is asked whether it is there.
const QUIET: Millis = 15_000;
/// How long it may take to answer that, to say welcome, or to answer what is asked beside the socket.
pub(super) const PATIENCE: Millis = 8_000;

/// Where the way to the server stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Line {
    #[default]
    Idle,
    /// `create_room` is under way.
    Creating {
        until: Millis,
    },
    /// A socket is being opened, or waits for its welcome.
    Connecting {
        until: Millis,
    },
    Online {
        /// When the last frame came.
        heard: Millis,
        /// When an unanswered ping counts as silence.
        pinged_until: Option<Millis>,
    },
    Waiting {
        until: Millis,
    },
    Superseded,
    Outdated,
}

impl Session {
    pub(super) fn online(&self) -> bool {
        matches!(self.line, Line::Online { .. })
    }

    pub(super) fn connect(&mut self, now: Millis) {
        if self.token.is_empty() {
            self.line = Line::Creating { until: now + PATIENCE };
            self.effects.push_back(Effect::CreateRoom);
        } else {
            self.line = Line::Connecting { until: now + PATIENCE };
            self.effects.push_back(Effect::Connect);
        }
    }

    pub(super) fn room_created(&mut self, result: Result<Ticket, ApiError>, now: Millis) {
        // A late answer is as good as any, if it is the first.
        if !matches!(self.line, Line::Creating { .. } | Line::Waiting { .. }) || !self.token.is_empty() {
            return;
        }
        match result {
            Ok(ticket) => {
                self.token = ticket.token;
                self.connect(now);
            }
            Err(error) => {
                if error == ApiError::Full {
                    self.notice(NoticeKind::ServerFull);
                }
                self.wait(now);
            }
        }
    }

    pub(super) fn socket_open(&mut self) {
        self.reach.opened();
        if matches!(self.line, Line::Connecting { .. }) {
            let name = (!self.name.is_empty()).then(|| self.name.clone());
            let hello = ClientMessage::Hello {
                version: VERSION,
                token: self.token.clone(),
                page: self.page,
                name,
                resuming: self.resuming,
            };
            self.effects.push_back(Effect::Send(hello));
        }
    }

    pub(super) fn socket_closed(&mut self, code: u16, now: Millis) {
        if !matches!(self.line, Line::Connecting { .. } | Line::Online { .. }) {
            return;
        }
        match CloseCode::from_number(code) {
            Some(CloseCode::Superseded) => self.line = Line::Superseded,
            Some(CloseCode::Outdated) => self.line = Line::Outdated,
            Some(CloseCode::BadToken) => {
                let (was_in_a_room, was_bound) = (self.room.is_some(), self.entered.is_some());
                self.forget_session();
                if was_in_a_room || was_bound {
                    self.notice(NoticeKind::SessionExpired);
                }
                // The server is there, it has only lost the session. Where it has refused a fresh one it gets a pause.
                if was_in_a_room {
                    self.connect(now);
                } else {
                    self.wait(now);
                }
            }
            _ => self.wait(now),
        }
        if self.line == Line::Superseded {
            self.stop_call();
        }
    }

    fn wait(&mut self, now: Millis) {
        // Any question would do; this one changes nothing.
        if matches!(self.line, Line::Connecting { .. }) && self.reach.failed() {
            self.effects.push_back(Effect::FetchIceServers);
        }
        let jitter = self.random() % (self.retry_after / 2).max(1);
        self.line = Line::Waiting { until: now + self.retry_after + jitter };
        self.retry_after = (self.retry_after * 2).min(RETRY_MAX);
    }

    /// A frame came.
    pub(super) fn heard(&mut self, now: Millis) {
        if let Line::Online { heard, pinged_until } = &mut self.line {
            *heard = now;
            *pinged_until = None;
        }
    }

    /// The server has welcomed this page.
    pub(super) fn welcomed(&mut self, now: Millis) {
        self.retry_after = RETRY_FIRST;
        self.line = Line::Online { heard: now, pinged_until: None };
        self.send(ClientMessage::Away { away: false });
        let request = self.requests;
        match &self.pending {
            Some(Pending::Enter(code)) => {
                let code = *code;
                self.send(ClientMessage::Enter { request, code });
            }
            Some(Pending::Leave) => self.send(ClientMessage::Leave { request }),
            None => {}
        }
    }

    /// The page may have slept, or the network is back: look at once.
    pub(super) fn shown(&mut self, now: Millis) {
        match self.line {
            Line::Online { .. } => {
                self.send(ClientMessage::Away { away: false });
                self.ping(now);
            }
            Line::Waiting { .. } => self.connect(now),
            _ => {}
        }
    }

    fn ping(&mut self, now: Millis) {
        self.pings = self.pings.wrapping_add(1);
        let nonce = self.pings;
        self.send(ClientMessage::Ping { nonce });
        if let Line::Online { pinged_until, .. } = &mut self.line {
            *pinged_until = Some(now + PATIENCE);
        }
    }

    pub(super) fn line_deadline(&self) -> Option<Millis> {
        match self.line {
            Line::Creating { until } | Line::Connecting { until } | Line::Waiting { until } => Some(until),
            Line::Online { heard, pinged_until } => Some(pinged_until.unwrap_or(heard + QUIET)),
            Line::Idle | Line::Superseded | Line::Outdated => None,
        }
    }

    pub(super) fn line_wake(&mut self, now: Millis) {
        if self.line_deadline().is_none_or(|at| at > now) {
            return;
        }
        match self.line {
            Line::Online { pinged_until: None, .. } => self.ping(now),
            Line::Waiting { .. } => self.connect(now),
            Line::Creating { .. } => self.wait(now),
            Line::Connecting { .. } | Line::Online { .. } => {
                self.effects.push_back(Effect::Disconnect);
                self.wait(now);
            }
            _ => {}
        }
    }

    /// The person wants to go on on this page.
    pub(super) fn use_here(&mut self, now: Millis) {
        if self.superseded() {
            self.resuming = None;
            self.connect(now);
            self.open_devices();
        }
    }

    pub(super) fn connection_view(&self) -> Connection {
        match self.line {
            Line::Online { .. } => Connection::Online,
            Line::Superseded => Connection::Superseded,
            Line::Outdated => Connection::Outdated,
            _ if self.room.is_some() => Connection::Reconnecting,
            _ if self.reach.is_barred() => Connection::Barred,
            _ => Connection::Connecting,
        }
    }
}

impl Session {
    /// The first wait, for a new session.
    pub(super) const fn first_retry() -> Millis {
        RETRY_FIRST
    }
}
