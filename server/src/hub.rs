//! Carries what happens to the one [`Exchange`] and what it wants done to the sockets. It owns no rules.
//!
//! Who has something for it does that there and then, one at a time: to wake a task of its own cost as much as what it did. It never
//! waits for a socket, nor for a disk: what it hands over is bounded elsewhere. One task looks after what time brings.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use protocol::{
    Millis,
    exchange::{ConnectionId, CreateError, Dropped, Effect, Exchange, Input},
    id::{PageId, ParticipantId, RoomCode},
    message::{ClientMessage, CloseCode, EnterError, RoomInfo, ServerMessage, Ticket},
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tungstenite::Utf8Bytes;

use crate::{
    clock::Clock,
    config::Limits,
    guard::Guard,
    metrics::{Census, Metrics, Rejection},
    outbox::Outbox,
    store::Journal,
    token::Tokens,
};

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
pub(crate) struct HubHandle(Arc<Reached>);

struct Reached {
    hub: Mutex<Hub>,
    /// Something is due earlier than the task knows.
    sooner: Notify,
}

impl HubHandle {
    /// A fresh participant; `None` when there is no place, or the address has made too many.
    pub(crate) fn create(&self, from: IpAddr) -> Option<Ticket> {
        self.with(|hub| hub.create(from))
    }

    /// About the room of a code.
    pub(crate) fn info(&self, from: IpAddr, code: RoomCode) -> Result<RoomInfo, EnterError> {
        self.with(|hub| hub.info(from, &code))
    }

    pub(crate) fn join(&self, join: Join) {
        self.with(|hub| hub.join(join));
    }

    /// `letter` is the frame of a [`ClientMessage::Peer`], as it came; `read` when it did.
    pub(crate) fn message(&self, connection: ConnectionId, message: ClientMessage, letter: Option<Utf8Bytes>, read: Instant) {
        self.with(|hub| {
            hub.message(connection, message, letter);
            hub.metrics.signaled(read.elapsed());
        });
    }

    pub(crate) fn left(&self, connection: ConnectionId) {
        self.with(|hub| {
            hub.sockets.remove(&connection);
            hub.handle(Input::Disconnected { connection });
        });
    }

    /// Returns once it is nobody else's turn.
    pub(crate) fn comes_round(&self) {
        drop(self.0.lock());
    }

    /// How many of what there are.
    pub(crate) fn census(&self) -> Census {
        self.with(Hub::census)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Hub) -> T) -> T {
        let mut hub = self.0.lock();
        let done = act(&mut hub);
        let is_sooner = hub.is_sooner();
        drop(hub);
        if is_sooner {
            self.0.sooner.notify_one();
        }
        done
    }
}

impl Reached {
    /// After a panic elsewhere the others go on.
    fn lock(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks after what time brings. At `stop` closes every socket, and ends with the last of `tasks`.
    async fn run(self: Arc<Self>, stop: CancellationToken, tasks: TaskTracker) {
        let stopped = async {
            stop.cancelled().await;
            self.lock().stop();
            tasks.wait().await;
        };
        tokio::select! {
            () = stopped => {}
            () = self.look_after() => {}
        }
    }

    async fn look_after(&self) {
        let journal = self.lock().journal.clone();
        loop {
            let rest = self.lock().wake();
            let due = async {
                match rest {
                    Some(rest) => tokio::time::sleep(rest).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = journal.wants_all() => {
                    let hub = self.lock();
                    journal.write_anew(hub.exchange.facts_of_all());
                }
                () = self.sooner.notified() => {}
                () = due => {}
            }
        }
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
    /// When the task looks next what is due.
    looks_at: Option<Millis>,
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

/// Makes the hub and its task. At `stop` that closes every socket; it ends with the last of `tasks`.
pub(crate) fn start(beginnings: Beginnings, limits: Limits, stop: CancellationToken, tasks: TaskTracker) -> HubHandle {
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
        looks_at: None,
        stopping: false,
    };
    // What restoring has ended.
    hub.keep();
    let reached = Arc::new(Reached { hub: Mutex::new(hub), sooner: Notify::new() });
    tokio::spawn(reached.clone().run(stop, tasks));
    HubHandle(reached)
}

impl Hub {
    /// Does what is due. How long until there is more; `None`: nothing is to come.
    fn wake(&mut self) -> Option<Duration> {
        loop {
            self.looks_at = self.exchange.next_deadline();
            let rest = self.looks_at?.saturating_sub(self.clock.now());
            if rest > 0 {
                return Some(Duration::from_millis(rest));
            }
            self.handle(Input::Wake);
        }
    }

    /// Whether something is due before the task looks.
    fn is_sooner(&self) -> bool {
        let deadline = self.exchange.next_deadline();
        deadline.is_some_and(|deadline| self.looks_at.is_none_or(|looks_at| deadline < looks_at))
    }

    fn join(&mut self, Join { connection, from, outbox, participant, page, name, signed, resuming }: Join) {
        if self.stopping {
            outbox.close(CloseCode::GoingAway);
        }
        if resuming.is_some() {
            self.metrics.resumes.inc();
        }
        self.sockets.insert(connection, (outbox, from));
        self.handle(Input::Connected { connection, participant, page, name, signed, resuming });
    }

    fn message(&mut self, connection: ConnectionId, message: ClientMessage, letter: Option<Utf8Bytes>) {
        self.letter = letter;
        match self.too_many(connection, &message) {
            Some(refusal) => self.send(connection, refusal),
            None => self.handle(Input::Message { connection, message }),
        }
        self.letter = None;
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
