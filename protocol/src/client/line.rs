//! The way to the server: a session's token, the socket, coming back without limit, and whether the server is still there.

use crate::{
    Millis, VERSION,
    client::{
        ApiError, Connection, Effect, NoticeKind,
        session::{Pending, Session},
    },
    message::{ClientMessage, CloseCode, Ticket},
};

/// The wait before coming back: none, then this much, growing with the square of the attempts (0.3, 1.2, 2.7, 4.8, 7 s) up to
/// [`RETRY_MAX`], without end. Drawn from its upper half, so that all who lost one server do not come at one moment.
const RETRY_STEP: Millis = 300;
const RETRY_MAX: Millis = 7_000;
/// A way that broke sooner after the welcome counts as one more failed attempt: a page that is closed for what it says at once
/// does not come back at once.
const STEADY_AFTER: Millis = 5_000;
/// Without a frame for this long the server is asked whether it is there.
const QUIET: Millis = 15_000;
/// How long it may take to answer that, to say welcome, or to answer what is asked beside the socket.
pub(super) const PATIENCE: Millis = 8_000;

/// The same, when it is likely that it does not come.
const SHORT_PATIENCE: Millis = 1_500;

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
        /// Since when.
        since: Millis,
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
                self.ask_for_ice_servers(now);
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
        self.count_attempt(now);
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

    /// The way to the server is lost: one that held for a while was a good one.
    fn count_attempt(&mut self, now: Millis) {
        if matches!(self.line, Line::Online { since, .. } if now >= since + STEADY_AFTER) {
            self.attempts = 0;
        }
    }

    fn wait(&mut self, now: Millis) {
        // Any question would do; this one changes nothing.
        if matches!(self.line, Line::Connecting { .. }) && self.reach.failed() {
            self.ask_for_ice_servers(now);
        }
        let longest = RETRY_MAX.min(RETRY_STEP * self.attempts * self.attempts);
        self.attempts = (self.attempts + 1).min(100);
        let half = longest / 2;
        self.line = Line::Waiting { until: now + longest - half + self.random() % (half + 1) };
    }

    /// A frame came.
    pub(super) fn heard(&mut self, now: Millis) {
        if let Line::Online { heard, pinged_until, .. } = &mut self.line {
            *heard = now;
            *pinged_until = None;
        }
    }

    /// The server has welcomed this page.
    pub(super) fn welcomed(&mut self, now: Millis) {
        self.line = Line::Online { since: now, heard: now, pinged_until: None };
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
                self.ping(now, PATIENCE);
            }
            Line::Waiting { .. } => {
                self.attempts = 0;
                self.connect(now);
            }
            _ => {}
        }
    }

    /// All that went through the last network may be dead, and would find out late.
    pub(super) fn network_changed(&mut self, now: Millis) {
        self.shown(now);
        self.doubt_the_line(now);
        for pair in self.pairs.values_mut() {
            pair.plan_restart(now, 0);
        }
    }

    /// Where another way is cut, this one may be too: a network is left without a word from the browser. Else that would be found
    /// out late, and no new way could be agreed on before.
    pub(super) fn doubt_the_line(&mut self, now: Millis) {
        if self.online() {
            self.ping(now, SHORT_PATIENCE);
        }
    }

    fn ping(&mut self, now: Millis, patience: Millis) {
        self.pings = self.pings.wrapping_add(1);
        let nonce = self.pings;
        self.send(ClientMessage::Ping { nonce });
        if let Line::Online { pinged_until, .. } = &mut self.line {
            *pinged_until = Some(now + patience);
        }
    }

    pub(super) fn line_deadline(&self) -> Option<Millis> {
        match self.line {
            Line::Creating { until } | Line::Connecting { until } | Line::Waiting { until } => Some(until),
            Line::Online { heard, pinged_until, .. } => Some(pinged_until.unwrap_or(heard + QUIET)),
            Line::Idle | Line::Superseded | Line::Outdated => None,
        }
    }

    pub(super) fn line_wake(&mut self, now: Millis) {
        if self.line_deadline().is_none_or(|at| at > now) {
            return;
        }
        match self.line {
            Line::Online { pinged_until: None, .. } => self.ping(now, PATIENCE),
            Line::Waiting { .. } => self.connect(now),
            Line::Creating { .. } => self.wait(now),
            Line::Connecting { .. } | Line::Online { .. } => {
                self.effects.push_back(Effect::Disconnect);
                self.count_attempt(now);
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
