//! One socket's task: `hello`, then frames to the hub and from the outbox, the heartbeat, the budget, the closing.
//!
//! It decodes and encodes; it knows no rooms. Every way out ends in a documented [`CloseCode`] or in silence from the other end.

use std::{net::IpAddr, sync::Arc, task::Poll, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Millis, VERSION,
    budget::Bucket,
    exchange::ConnectionId,
    message::{ClientMessage, CloseCode, FRAME_MAX},
};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::task_tracker::TaskTrackerToken;
use tungstenite::{Bytes, Message, Utf8Bytes, protocol::CloseFrame};

use crate::{
    AppState,
    config::{Limits, ROOM_COST},
    hub::Join,
    outbox::{Next, Outbox},
    socket::Socket,
    visitors::Place,
};

/// How long the other end has to answer a close, and a blocked write to go on, before the socket is dropped.
const CLOSING: Duration = Duration::from_secs(3);

/// How much of a frame costs as much as a frame.
const FRAME_UNIT: usize = 4096;

/// What so many bytes cost beside the frame they are in.
fn units(bytes: usize) -> f64 {
    u32::try_from(bytes / FRAME_UNIT).map_or(f64::MAX, f64::from)
}

/// What a session needs from around it.
pub(crate) struct Surroundings {
    pub(crate) connection: ConnectionId,
    pub(crate) from: IpAddr,
    pub(crate) state: AppState,
    /// What a stopping server waits for.
    pub(crate) _counted: TaskTrackerToken,
    /// This socket's place among those of its address, and that of the connection which became it.
    pub(crate) _places: (Place, Option<Arc<Place>>),
}

impl Surroundings {
    fn limits(&self) -> &Limits {
        &self.state.config.limits
    }
}

/// Why a session ends.
enum End {
    /// We close.
    Close(CloseCode),
    /// The other end closed, or the connection broke.
    Gone,
}

/// A frame that was read.
struct Said {
    message: ClientMessage,
    text: Utf8Bytes,
}

struct Session {
    socket: Socket,
    around: Surroundings,
    outbox: Arc<Outbox>,
    budget: Bucket,
    heard: Instant,
    /// Until when nothing is read: too much came from this address.
    rests: Option<Instant>,
}

/// Serves a socket to its end. No `async fn`: such keeps what it is called with beside what it makes of it, and thousands of these
/// wait.
pub(crate) fn run(socket: Socket, around: Surroundings) -> impl Future<Output = ()> {
    let account = around.state.visitors.account(around.from);
    let outbox = Arc::new(Outbox::new(around.limits().outbox_frames, Some(account)));
    let budget = Bucket::full(around.limits().frames, around.state.clock.now());
    let mut session = Session { socket, around, outbox, budget, heard: Instant::now(), rests: None };
    async move {
        let end = match session.hello().await {
            Ok(join) => {
                session.around.state.hub.join(join);
                let end = session.serve().await;
                // Before the closing, which may take a while.
                session.around.state.hub.left(session.around.connection);
                end
            }
            Err(end) => end,
        };
        if let End::Close(code) = end {
            tracing::debug!(?code, "closing a socket");
            session.around.state.metrics.closed(code);
            session.close(code).await;
        }
    }
}

impl Session {
    /// Waits for the first frame, which says who this is.
    async fn hello(&mut self) -> Result<Join, End> {
        let within = Duration::from_millis(self.around.limits().hello_within);
        let stop = self.around.state.stop.clone();
        let first = tokio::select! {
            first = self.next_message() => first?,
            () = tokio::time::sleep(within) => return Err(End::Close(CloseCode::Silent)),
            () = stop.cancelled() => return Err(End::Close(CloseCode::GoingAway)),
        };
        let ClientMessage::Hello { version, token, page, name, resuming } = first else {
            return Err(End::Close(CloseCode::BadMessage));
        };
        if version != VERSION && Some(version) != VERSION.checked_sub(1) {
            return Err(End::Close(CloseCode::Outdated));
        }
        let claims = self.around.state.tokens.verify(&token, self.around.state.clock.now()).map_err(|error| {
            tracing::debug!(%error, "a token was refused");
            End::Close(CloseCode::BadToken)
        })?;
        Ok(Join {
            connection: self.around.connection,
            from: self.around.from,
            outbox: Arc::clone(&self.outbox),
            participant: claims.pid,
            page,
            name,
            signed: claims.inc,
            resuming,
        })
    }

    async fn next_message(&mut self) -> Result<ClientMessage, End> {
        loop {
            let frame = self.socket.next().await;
            if let Some(Said { message, .. }) = self.take(frame)? {
                return Ok(message);
            }
        }
    }

    async fn serve(&mut self) -> End {
        let outbox = Arc::clone(&self.outbox);
        let Limits { ping_every, silent_after, .. } = *self.around.limits();
        let (ping_every, silent_after) = (Duration::from_millis(ping_every), Duration::from_millis(silent_after));
        let mut ping_at = Instant::now() + ping_every;
        let beat = sleep_until(ping_at);
        tokio::pin!(beat);
        loop {
            let rests = self.rests;
            let rested = async {
                match rests {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            let done = tokio::select! {
                // What waits to be written first: then a frame that comes meanwhile is looked for once, not twice.
                biased;
                next = outbox.next() => self.write(next).await,
                () = rested => {
                    self.rests = None;
                    // Nothing could be heard meanwhile.
                    self.heard = Instant::now();
                    Ok(())
                }
                frame = self.socket.next(), if rests.is_none() => match self.take(frame) {
                    Ok(Some(Said { message, text })) => {
                        // A letter goes on as it came: both messages have one form. A copy, for what came holds the read buffer.
                        let letter = matches!(message, ClientMessage::Peer { .. }).then(|| Utf8Bytes::from(text.as_str()));
                        drop(text);
                        self.around.state.hub.message(self.around.connection, message, letter, self.heard.into_std());
                        Ok(())
                    }
                    Ok(None) => Ok(()),
                    Err(end) => Err(end),
                },
                () = &mut beat => {
                    let now = Instant::now();
                    // Who rests is not listened to, and so not silent.
                    let silent_at = rests.is_none().then(|| self.heard + silent_after);
                    let pinged = if silent_at.is_some_and(|at| now >= at) {
                        Err(End::Close(CloseCode::Silent))
                    } else if now >= ping_at {
                        ping_at = now + ping_every;
                        self.send(Message::Ping(Bytes::new())).await
                    } else {
                        Ok(())
                    };
                    beat.as_mut().reset(silent_at.map_or(ping_at, |at| ping_at.min(at)));
                    pinged
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// What a frame says: a message, nothing for us, or the end.
    fn take(&mut self, frame: Option<tungstenite::Result<Message>>) -> Result<Option<Said>, End> {
        let frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Err(broken(&error)),
            None => return Err(End::Gone),
        };
        self.heard = Instant::now();
        let length = match &frame {
            Message::Text(text) => text.len(),
            Message::Ping(bytes) | Message::Pong(bytes) | Message::Binary(bytes) => bytes.len(),
            Message::Close(_) | Message::Frame(_) => return Err(End::Gone),
        };
        if length > FRAME_MAX {
            return Err(End::Close(CloseCode::TooBig));
        }
        self.pay(1.0 + units(length))?;
        let text = match frame {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(End::Close(CloseCode::BadMessage)),
            _ => return Ok(None),
        };
        let message = serde_json::from_str(&text).map_err(|_| End::Close(CloseCode::BadMessage))?;
        self.around.state.metrics.messages.inc();
        use ClientMessage::{Enter, Hello, Leave, Name};
        if matches!(message, Hello { .. } | Enter { .. } | Leave { .. } | Name { .. }) {
            self.pay(ROOM_COST)?;
        }
        Ok(Some(Said { message, text }))
    }

    /// Counts work against this page, and against its address.
    fn pay(&mut self, cost: f64) -> Result<(), End> {
        let AppState(state) = &self.around.state;
        let now = state.clock.now();
        if !self.budget.take(state.config.limits.frames, cost, now) {
            return Err(End::Close(CloseCode::TooFast));
        }
        self.owe(cost, now);
        Ok(())
    }

    /// Counts work against the address alone, which rests until it is paid.
    fn owe(&mut self, cost: f64, now: Millis) {
        let rest = self.around.state.visitors.frame(self.around.from, cost, now);
        self.rests = self.rests.max(rest.map(|rest| Instant::now() + rest));
    }

    /// Writes what is next and all that waits behind it, then flushes once.
    async fn write(&mut self, next: Next) -> Result<(), End> {
        let outbox = Arc::clone(&self.outbox);
        let mut next = Some(next);
        while let Some(some) = next {
            match some {
                Next::Frame(text) => {
                    // A short question may have a long answer.
                    if text.len() >= FRAME_UNIT {
                        self.owe(units(text.len()), self.around.state.clock.now());
                    }
                    self.blocking(|socket| socket.feed(Message::Text(text))).await?;
                }
                Next::Close(code) => return Err(End::Close(code)),
            }
            next = outbox.try_next();
        }
        self.blocking(|socket| socket.flush()).await
    }

    async fn send(&mut self, frame: Message) -> Result<(), End> {
        self.blocking(|socket| socket.send(frame)).await
    }

    /// A write, given up when the outbox has overflowed meanwhile or the other end takes nothing for as long as a silent one.
    async fn blocking<'a, F>(&'a mut self, write: impl FnOnce(&'a mut Socket) -> F) -> Result<(), End>
    where
        F: Future<Output = tungstenite::Result<()>> + 'a,
    {
        let Self { socket, outbox, around, .. } = self;
        let written = write(socket);
        tokio::pin!(written);
        // Most writes are done at once, and no clock is looked at.
        if let Poll::Ready(written) = futures_util::poll!(written.as_mut()) {
            return written.map_err(|_| End::Gone);
        }
        let patience = Duration::from_millis(around.limits().silent_after);
        tokio::select! {
            written = timeout(patience, written) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(End::Close(CloseCode::TooSlow)),
            },
            code = outbox.hopeless() => Err(End::Close(code)),
        }
    }

    /// Says why and waits shortly for the answer: a connection dropped with unread data would be reset, and the code lost.
    async fn close(&mut self, code: CloseCode) {
        let reason = if code == CloseCode::GoingAway { "the server stops; come back" } else { "" };
        let frame = CloseFrame { code: code.number().into(), reason: reason.into() };
        let closing = async {
            // What was begun before is finished first.
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        _ = timeout(CLOSING, closing).await;
    }
}

fn broken(error: &tungstenite::Error) -> End {
    match error {
        tungstenite::Error::Capacity(_) => End::Close(CloseCode::TooBig),
        // Not UTF-8, for one.
        tungstenite::Error::Utf8(_) | tungstenite::Error::Protocol(_) => End::Close(CloseCode::BadMessage),
        _ => End::Gone,
    }
}
