//! Baylanys' server: pages, server functions, the WebSocket. A thin shell over [`protocol::exchange::Exchange`].
//!
//! It owns no rules of rooms or calls, never reads what participants tell each other, and keeps rooms in memory only.

// The rendered page is one type, as deep as its elements.
#![recursion_limit = "256"]

mod accept;
mod arrival;
mod budget;
mod clock;
pub mod config;
mod guard;
mod headers;
mod hub;
mod listeners;
mod outbox;
mod pages;
mod request;
mod session;
mod site;
mod socket;
pub mod telemetry;
pub mod tls;
pub mod token;
mod trust;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accept::Serving,
    config::Limits,
    hub::HubHandle,
    pages::Functions,
    site::Site,
    tls::{Https, machine::Machine, terminal::Announcer},
    token::Tokens,
};
pub use crate::{
    budget::Rate,
    clock::Clock,
    config::Config,
    listeners::{Listeners, address_to_open, listen},
    request::Origin,
    site::SiteMissing,
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
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
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
    https: Option<Arc<Https>>,
}

impl Server {
    /// Checks what can be checked before listening.
    ///
    /// # Errors
    /// [`ServeError::Site`], [`ServeError::Random`], [`ServeError::Tls`].
    pub fn new(config: Config) -> Result<Self, ServeError> {
        let config = config.settled();
        let site = Site::find(&config.site_root())?;
        let issuer = config.public_url.as_ref().map_or("baylanys", Origin::authority);
        let tokens = if let Some(secret) = &config.secret {
            Tokens::new(secret.bytes(), issuer)
        } else {
            tracing::info!("no secret is set: one was drawn for this run");
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(ServeError::Random)?;
            Tokens::new(&secret, issuer)
        };
        let https = Https::open(&config)?;
        Ok(Self { config, site, tokens, https })
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
        let Limits { head_within, drain_within, .. } = self.config.limits;
        let (head_within, drain_within) = (Duration::from_millis(head_within), Duration::from_millis(drain_within));
        let (config, tokens, clock) = (Arc::new(self.config), Arc::new(self.tokens), Arc::new(Clock::default()));
        let hub = hub::start(&config, clock.clone(), tokens.clone(), shutdown.clone());
        let tasks = TaskTracker::new();
        let backend = Arc::new(Functions { hub: hub.clone(), config: config.clone() });
        let https = self.https;
        if let Some(https) = &https {
            https.listens_at(listeners.https_addresses());
            https.judge(config.public_url.as_ref()).await;
        }
        let state = AppState(Arc::new(Shared {
            https: https.clone(),
            machine: config.tls.look.now(),
            config: config.clone(),
            site: self.site,
            hub,
            backend,
            tokens,
            clock,
            connections: AtomicU64::new(0),
            tasks: tasks.clone(),
            stop: shutdown.clone(),
        }));
        let router = pages::router(state);
        let plain = Serving::new(router.clone(), None, head_within);
        for listener in listeners.http {
            tasks.spawn(accept::serve(listener, plain.clone(), tasks.clone(), shutdown.clone()));
        }
        if let Some(https) = https {
            let secure = Serving::new(router, Some(https.server.clone()), head_within);
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
        if timeout(drain_within, tasks.wait()).await.is_err() {
            tracing::info!("some connections did not end in time");
        }
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
