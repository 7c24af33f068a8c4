//! Baylanys' server: pages, server functions, the WebSocket. A thin shell over [`protocol::exchange::Exchange`].
//!
//! It owns no rules of rooms or calls and never reads what participants tell each other.

// The rendered page is one type, as deep as its elements.
#![recursion_limit = "256"]

mod accept;
mod arrival;
mod clock;
pub mod config;
pub mod files;
mod guard;
mod headers;
mod health;
mod hub;
mod ice;
mod listeners;
mod metrics;
mod outbox;
mod pages;
pub mod program;
mod read_ahead;
mod request;
mod session;
mod shares;
mod site;
mod socket;
mod store;
pub mod telemetry;
pub mod tls;
pub mod token;
mod trust;
mod visitors;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use protocol::budget::Rate;
use protocol::exchange::Exchange;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accept::Serving,
    hub::{Beginnings, HubHandle},
    metrics::Metrics,
    pages::Functions,
    site::Site,
    store::{Found, Journal},
    tls::{Https, machine::Machine, terminal::Announcer},
    token::Tokens,
    visitors::Visitors,
};
pub use crate::{
    clock::Clock,
    config::Config,
    listeners::{Listeners, Reach, address_to_open, listen},
    request::Origin,
    site::SiteMissing,
    store::StoreError,
    tls::TlsError,
};

/// Why the server does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no front end to serve.
    #[error(transparent)]
    Site(#[from] SiteMissing),
    /// https can't be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An address can't be listened on: taken, or not ours.
    #[error("cannot listen on {address}: {error}; {}", listeners::advice(.error, .option))]
    Listen {
        /// Which.
        address: SocketAddr,
        /// The option that named it.
        option: &'static str,
        /// Why.
        error: io::Error,
    },
    /// Nothing can be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address for STUN and TURN can't be had.
    #[error("cannot listen for STUN and TURN on {address}: {error}; {}", listeners::advice(.error, "--turn"))]
    Turn {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The program can't be told to stop.
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
}

/// What the handlers share.
#[derive(Clone)]
struct AppState(Arc<Shared>);

struct Shared {
    config: Arc<Config>,
    site: Site,
    hub: HubHandle,
    backend: Arc<Functions>,
    tokens: Arc<Tokens>,
    clock: Arc<Clock>,
    https: Option<Arc<Https>>,
    /// What this machine was called when the server started.
    machine: Machine,
    visitors: Arc<Visitors>,
    metrics: Arc<Metrics>,
    connections: AtomicU64,
    /// All that a stopping server waits for: connections, and the sockets that some of them became.
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// A number no socket has had.
    fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}

/// A server that has all it needs but connections.
pub struct Server {
    config: Config,
    site: Site,
    tokens: Tokens,
    clock: Arc<Clock>,
    exchange: Exchange,
    journal: Journal,
    turn: Option<ice::Opened>,
    https: Option<Arc<Https>>,
    metrics: Arc<Metrics>,
}

impl Server {
    /// Reads what an earlier life has left, checks what can be checked before listening, and opens the ports for STUN and TURN.
    ///
    /// # Errors
    /// [`ServeError::Site`], [`ServeError::Store`], [`ServeError::Thread`], [`ServeError::Tls`], [`ServeError::Turn`].
    pub fn new(config: Config) -> Result<Self, ServeError> {
        let config = config.settled();
        let site = Site::find(config.site_root().as_deref())?;
        let issuer = config.public_url.as_ref().map_or("baylanys", Origin::authority);
        let given = config.secret.as_ref().map(|secret| secret.bytes().to_vec());
        let Found { secret, rooms, seen, database } =
            if config.memory_only { store::nothing(given)? } else { store::find(&config.data_dir(), given)? };
        let clock = Arc::new(Clock::not_before(seen.unwrap_or_default()));
        let now = clock.now();
        let tokens = Tokens::new(&secret, issuer).after(seen.unwrap_or(now), now);
        if !rooms.is_empty() {
            tracing::info!(rooms = rooms.len(), "rooms are restored");
        }
        let exchange = Exchange::restore(config.settings(), now, rooms, now);
        let metrics = Arc::new(Metrics::new());
        let journal = match database {
            Some(database) => {
                Journal::start(database, clock.clone(), metrics.journal_failing.clone()).map_err(ServeError::Thread)?
            }
            None => Journal::default(),
        };
        let https = Https::open(&config)?;
        let turn = ice::open(&config.turn, &secret).map_err(|(address, error)| ServeError::Turn { address, error })?;
        Ok(Self { config, site, tokens, clock, exchange, journal, turn, https, metrics })
    }

    /// What to say in the terminal of https in this network; `None` where that is not served.
    #[must_use]
    pub fn announcer(&self, listeners: &Listeners) -> Option<Announcer> {
        let https = self.https.as_ref()?;
        https.listens_at(listeners.https_addresses());
        Announcer::of(https)
    }

    /// Serves until `shutdown`; then closes the sockets with 1001 and waits shortly for them and for running requests.
    pub async fn run(self, listeners: impl Into<Listeners>, shutdown: CancellationToken) {
        let listeners = listeners.into();
        let limits = self.config.limits;
        let metrics = self.metrics;
        let (config, tokens, clock, journal) = (Arc::new(self.config), Arc::new(self.tokens), self.clock, self.journal);
        let beginnings = Beginnings {
            exchange: self.exchange,
            clock: clock.clone(),
            tokens: tokens.clone(),
            journal: journal.clone(),
            metrics: metrics.clone(),
        };
        let tasks = TaskTracker::new();
        let hub = hub::start(beginnings, limits, shutdown.clone(), tasks.clone());
        let ice = self.turn.and_then(|turn| {
            let started = turn.start(clock.clone(), metrics.relayed.clone(), shutdown.clone(), &tasks);
            started.inspect_err(|error| tracing::error!(%error, "no STUN and TURN")).ok()
        });
        let backend = Functions { hub: hub.clone(), config: config.clone(), tokens: tokens.clone(), clock: clock.clone(), ice };
        let backend = Arc::new(backend);
        let https = self.https;
        if let Some(https) = &https {
            https.listens_at(listeners.https_addresses());
            https.judge(config.public_url.as_ref()).await;
        }
        let visitors = Visitors::new(limits, config.connections_max(), config.trusted_proxy, clock.clone(), metrics.clone());
        let visitors = Arc::new(visitors);
        health::serve_metrics(listeners.metrics, &metrics, &hub, &clock, limits, &tasks, &shutdown);
        let state = AppState(Arc::new(Shared {
            https: https.clone(),
            machine: config.tls.look.now(),
            config: config.clone(),
            site: self.site,
            hub,
            backend,
            tokens,
            clock,
            visitors: visitors.clone(),
            metrics,
            connections: AtomicU64::new(0),
            tasks: tasks.clone(),
            stop: shutdown.clone(),
        }));
        let router = pages::router(state);
        let plain = Serving::new(router.clone(), None, visitors.clone(), limits);
        for listener in listeners.http {
            tasks.spawn(accept::serve(listener, plain.clone(), tasks.clone(), shutdown.clone()));
        }
        if let Some(https) = https {
            let secure = Serving::new(router, Some(https.server.clone()), visitors, limits);
            for listener in listeners.https {
                tasks.spawn(accept::serve(listener, secure.clone(), tasks.clone(), shutdown.clone()));
            }
            let judging = https.clone().judge_others(config.public_url.clone());
            let stop = shutdown.clone();
            tokio::spawn(async move { stop.run_until_cancelled(futures_util::future::join(https.follow(), judging)).await });
        }

        shutdown.cancelled().await;
        tracing::info!("stopping");
        tasks.close();
        if timeout(Duration::from_millis(limits.drain_within), tasks.wait()).await.is_err() {
            tracing::info!("some connections did not end in time");
        }
        journal.close().await;
    }
}

/// Serves a site on the listeners until `shutdown`.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(listeners: impl Into<Listeners>, config: Config, shutdown: CancellationToken) -> Result<(), ServeError> {
    Server::new(config)?.run(listeners, shutdown).await;
    Ok(())
}
