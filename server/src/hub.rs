//! Carries what happens to the one [`Exchange`] and what it wants done to the sockets. One task; it owns no rules.
//!
//! It never waits for a socket or a request: what it hands over is bounded elsewhere.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::Utf8Bytes;
use futures_util::FutureExt as _;
use protocol::{
    Millis,
    exchange::{ConnectionId, CreateError, Dropped, Effect, Exchange, Input},
    id::{PageId, ParticipantId, RoomCode},
    message::{ClientMessage, CloseCode, EnterError, RoomInfo, ServerMessage, Ticket},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    config::Limits,
    guard::Guard,
    metrics::{Census, Metrics, Rejection},
    outbox::Outbox,
    store::Journal,
    token::Tokens,
};

/// How many requests may wait for the hub; who has more to say waits.
const QUEUE: usize = 1024;

/// How many of them are taken before it is looked what else there is to do.
const AT_ONCE: usize = 64;

/// What sockets and server functions ask of the hub.
enum Request {
    Create { from: IpAddr, answer: oneshot::Sender<Option<Ticket>> },
    Info { from: IpAddr, code: RoomCode, answer: oneshot::Sender<Result<RoomInfo, EnterError>> },
    Join(Join),
    Message { connection: ConnectionId, message: ClientMessage, letter: Option<Utf8Bytes>, read: Instant },
    Left { connection: ConnectionId },
    Census { answer: oneshot::Sender<Census> },
    Answer(oneshot::Sender<()>),
}

/// A socket whose `hello` was good.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) connection: ConnectionId,
    pub(crate) from: IpAddr,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) participant: ParticipantId,
    pub(crate) page: PageId,
    pub(crate) name: Option<String>,
    /// The incarnation that the token was signed for.
    pub(crate) signed: u32,
    pub(crate) resuming: Option<u32>,
}

/// How to reach the hub.
#[derive(Clone)]
pub(crate) struct HubHandle(mpsc::Sender<Request>);

impl HubHandle {
    /// A fresh participant; `None` when there is no place, or the address has made too many.
    pub(crate) async fn create(&self, from: IpAddr) -> Option<Ticket> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Create { from, answer }).await;
        answered.await.ok().flatten()
    }

    /// About the room of a code.
    pub(crate) async fn info(&self, from: IpAddr, code: RoomCode) -> Result<RoomInfo, EnterError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Info { from, code, answer }).await;
        answered.await.unwrap_or(Err(EnterError::NotFound))
    }

    pub(crate) fn join(&self, join: Join) -> impl Future<Output = ()> {
        self.send(Request::Join(join))
    }

    /// `letter` is the frame of a [`ClientMessage::Peer`], as it came; `read` when it did.
    pub(crate) fn message(
        &self,
        connection: ConnectionId,
        message: ClientMessage,
        letter: Option<Utf8Bytes>,
        read: Instant,
    ) -> impl Future<Output = ()> {
        self.send(Request::Message { connection, message, letter, read })
    }

    pub(crate) fn left(&self, connection: ConnectionId) -> impl Future<Output = ()> {
        self.send(Request::Left { connection })
    }

    /// How many of what there are; `None`: the hub is gone.
    pub(crate) async fn census(&self) -> Option<Census> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Census { answer }).await;
        answered.await.ok()
    }

    /// Whether the hub comes round to answering.
    pub(crate) async fn answers(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Answer(answer)).await;
        answered.await.is_ok()
    }

    /// A hub that is gone has stopped with the server; nobody is left to tell. No `async fn`, for such keeps what it is called with
    /// beside what it awaits, in every socket's task.
    fn send(&self, request: Request) -> impl Future<Output = ()> {
        self.0.send(request).map(drop)
    }
}

struct Hub {
    exchange: Exchange,
    clock: Arc<Clock>,
    tokens: Arc<Tokens>,
    journal: Journal,
    sockets: HashMap<ConnectionId, (Arc<Outbox>, IpAddr)>,
    guesses: Guard,
    creations: Guard,
    metrics: Arc<Metrics>,
    /// What the last census has told of.
    told: Dropped,
    /// The frame last written and its text: what goes to several is serialised once.
    last: Option<(ServerMessage, Utf8Bytes)>,
    /// The frame of the letter that is being passed on.
    letter: Option<Utf8Bytes>,
    /// Where a text grows; what goes out is a copy that takes no more than it needs.
    draft: Vec<u8>,
    stopping: bool,
}

/// What the hub begins with.
pub(crate) struct Beginnings {
    pub(crate) exchange: Exchange,
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
}

/// Starts the hub's task, which ends when nobody can reach it any more. At `stop` it closes every socket.
pub(crate) fn start(beginnings: Beginnings, limits: Limits, stop: CancellationToken) -> HubHandle {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let Beginnings { exchange, clock, tokens, journal, metrics } = beginnings;
    let mut hub = Hub {
        exchange,
        clock,
        tokens,
        journal,
        sockets: HashMap::new(),
        guesses: Guard::new(limits.wrong_codes),
        creations: Guard::new(limits.participants),
        metrics,
        told: Dropped::default(),
        last: None,
        letter: None,
        draft: Vec::new(),
        stopping: false,
    };
    // What restoring has ended.
    hub.keep();
    tokio::spawn(hub.run(receiver, stop));
    HubHandle(sender)
}

impl Hub {
    async fn run(mut self, mut requests: mpsc::Receiver<Request>, stop: CancellationToken) {
        let stopped = stop.cancelled();
        tokio::pin!(stopped);
        let mut waiting = Vec::with_capacity(AT_ONCE);
        let due = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(due);
        let mut set_for = None;
        loop {
            let deadline = self.exchange.next_deadline();
            let now = self.clock.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                self.handle(Input::Wake);
                continue;
            }
            // A timer costs, and mostly it is the same still.
            if let Some(at) = deadline
                && set_for != deadline
            {
                due.as_mut().reset(tokio::time::Instant::now() + Duration::from_millis(at - now));
                set_for = deadline;
            }
            tokio::select! {
                biased;
                () = &mut stopped, if !self.stopping => self.stop(),
                taken = requests.recv_many(&mut waiting, AT_ONCE) => {
                    if taken == 0 {
                        return;
                    }
                    waiting.drain(..).for_each(|request| self.request(request));
                }
                () = self.journal.wants_all() => self.journal.write_anew(self.exchange.facts_of_all()),
                // The clock of the timers is another than ours: it is looked again, and set anew where it was too early.
                () = &mut due, if deadline.is_some() => set_for = None,
            }
        }
    }

    fn request(&mut self, request: Request) {
        match request {
            // Who has asked and gone needs no answer.
            Request::Create { from, answer } => _ = answer.send(self.create(from)),
            Request::Info { from, code, answer } => _ = answer.send(self.info(from, &code)),
            Request::Join(Join { connection, from, outbox, participant, page, name, signed, resuming }) => {
                if self.stopping {
                    outbox.close(CloseCode::GoingAway);
                }
                if resuming.is_some() {
                    self.metrics.resumes.inc();
                }
                self.sockets.insert(connection, (outbox, from));
                self.handle(Input::Connected { connection, participant, page, name, signed, resuming });
            }
            Request::Message { connection, message, letter, read } => {
                self.letter = letter;
                match self.too_many(connection, &message) {
                    Some(refusal) => self.send(connection, refusal),
                    None => self.handle(Input::Message { connection, message }),
                }
                self.letter = None;
                self.metrics.signaled(read.elapsed());
            }
            Request::Left { connection } => {
                self.sockets.remove(&connection);
                self.handle(Input::Disconnected { connection });
            }
            Request::Census { answer } => _ = answer.send(self.census()),
            Request::Answer(answer) => _ = answer.send(()),
        }
    }

    fn census(&mut self) -> Census {
        let total = self.exchange.dropped();
        let told = std::mem::replace(&mut self.told, total);
        Census {
            participants: self.exchange.participants(),
            connected: self.exchange.connections(),
            rooms: self.exchange.rooms(),
            calls: self.exchange.calls(),
            chat_bytes: self.exchange.chat_weight(),
            dropped: total.since(told),
        }
    }

    fn handle(&mut self, input: Input) {
        let now = self.clock.now();
        self.exchange.handle(input, now);
        while let Some(effect) = self.exchange.poll() {
            self.act(effect, now);
        }
        self.keep();
    }

    fn keep(&mut self) {
        let changes = self.exchange.changes();
        if !changes.is_empty() {
            self.journal.write(changes);
        }
    }

    fn act(&mut self, effect: Effect, now: Millis) {
        match effect {
            Effect::Send { connection, message } => self.send(connection, message),
            Effect::Issue { connection, participant, incarnation, code } => {
                let token = self.tokens.sign(participant, code, incarnation, now);
                self.send(connection, ServerMessage::Token { token });
            }
            Effect::Close { connection, code } => {
                if let Some((outbox, _)) = self.sockets.remove(&connection) {
                    outbox.close(code);
                }
            }
            Effect::WrongCode { connection } => {
                if let Some((_, from)) = self.sockets.get(&connection) {
                    self.guesses.spend(*from, 1.0, now);
                }
            }
        }
    }

    fn send(&mut self, connection: ConnectionId, message: ServerMessage) {
        let Some((outbox, _)) = self.sockets.get(&connection) else { return };
        if let ServerMessage::Peer { .. } = message
            && let Some(letter) = self.letter.take()
        {
            outbox.push(letter);
            return;
        }
        let text = match self.last.take() {
            Some((last, text)) if last == message => text,
            _ => match written(&message, &mut self.draft) {
                Ok(text) => text,
                Err(error) => return tracing::error!(%error, "a message has no JSON form"),
            },
        };
        // A socket that is too slow closes itself and then says that it has left.
        outbox.push(text.clone());
        self.last = Some((message, text));
    }

    fn create(&mut self, from: IpAddr) -> Option<Ticket> {
        let now = self.clock.now();
        if !self.creations.spend(from, 1.0, now) {
            self.metrics.reject(Rejection::Participants);
            return None;
        }
        loop {
            let mut random = [0; 40];
            if let Err(error) = getrandom::fill(&mut random) {
                tracing::error!(%error, "the system gives no random numbers");
                return None;
            }
            let (id, letters) = random.split_at(8);
            let participant = ParticipantId::new(id.iter().fold(0, |id, byte| id << 8 | u64::from(*byte)));
            let Some(code) = RoomCode::from_random(letters) else { continue };
            match self.exchange.create(participant, code, now) {
                Ok(()) => {
                    self.keep();
                    return Some(Ticket { token: self.tokens.sign(participant, code, 0, now) });
                }
                Err(CreateError::Taken) => {}
                Err(CreateError::Full) => {
                    self.metrics.reject(Rejection::Full);
                    return None;
                }
            }
        }
    }

    /// A correct code is answered whatever the address has done before.
    fn info(&mut self, from: IpAddr, code: &RoomCode) -> Result<RoomInfo, EnterError> {
        let now = self.clock.now();
        self.exchange.info(code).map_err(|error| match self.guesses.spent(from, now) {
            Some(retry_after) => {
                self.metrics.reject(Rejection::Codes);
                EnterError::TooManyAttempts { retry_after }
            }
            None => {
                self.guesses.spend(from, 1.0, now);
                error
            }
        })
    }

    /// The refusal of a wrong code from an address that has tried too many of them.
    fn too_many(&mut self, connection: ConnectionId, message: &ClientMessage) -> Option<ServerMessage> {
        let ClientMessage::Enter { request, code } = message else { return None };
        if self.exchange.info(code).is_ok() {
            return None;
        }
        let (_, from) = self.sockets.get(&connection)?;
        let retry_after = self.guesses.spent(*from, self.clock.now())?;
        self.metrics.reject(Rejection::Codes);
        Some(ServerMessage::Refused { request: *request, reason: EnterError::TooManyAttempts { retry_after } })
    }

    fn stop(&mut self) {
        self.stopping = true;
        for (outbox, _) in self.sockets.values() {
            outbox.close(CloseCode::GoingAway);
        }
    }
}

/// The text of a message.
fn written(message: &ServerMessage, draft: &mut Vec<u8>) -> Result<Utf8Bytes, serde_json::Error> {
    draft.clear();
    serde_json::to_writer(&mut *draft, message)?;
    let text = std::str::from_utf8(draft).map_err(serde::ser::Error::custom)?;
    Ok(Utf8Bytes::from(text))
}
