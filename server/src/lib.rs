//! Baylanys' server: pages, server functions, the WebSocket. A thin shell over [`protocol::exchange::Exchange`].
//!
//! It owns no rules of rooms or calls, never reads what participants tell each other, and keeps rooms in memory only.

// The rendered page is one type, as deep as its elements.
#![recursion_limit = "256"]

mod accept;
mod budget;
mod clock;
pub mod config;
pub mod files;
mod guard;
mod headers;
mod hub;
mod ice;
mod outbox;
mod pages;
mod request;
mod session;
mod site;
mod socket;
pub mod telemetry;
pub mod token;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use crate::{budget::Rate, clock::Clock, config::Config, request::Origin, site::SiteMissing};
use crate::{config::Limits, hub::HubHandle, pages::Functions, site::Site, token::Tokens};

/// Why the server does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no front end to serve.
    #[error(transparent)]
    Site(#[from] SiteMissing),
    /// An address can't be listened on: taken, or not ours.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The address for STUN and TURN can't be had.
    #[error("cannot listen for STUN and TURN on {address}: {error}")]
    Turn {
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
    turn: Option<ice::Opened>,
}

impl Server {
    /// Checks what can be checked before listening, and opens the ports for STUN and TURN.
    ///
    /// # Errors
    /// [`ServeError::Site`], [`ServeError::Random`], [`ServeError::Turn`].
    pub fn new(config: Config) -> Result<Self, ServeError> {
        let site = Site::find(&config.site_root())?;
        let issuer = config.public_url.as_ref().map_or("baylanys", Origin::authority);
        let secret = if let Some(secret) = &config.secret {
            secret.bytes().to_vec()
        } else {
            tracing::info!("no secret is set: one was drawn for this run");
            let mut secret = vec![0; 32];
            getrandom::fill(&mut secret).map_err(ServeError::Random)?;
            secret
        };
        let tokens = Tokens::new(&secret, issuer);
        let turn = ice::open(&config.turn, &secret).map_err(|(address, error)| ServeError::Turn { address, error })?;
        Ok(Self { config, site, tokens, turn })
    }

    /// Serves until `shutdown`; then closes the sockets with 1001 and waits shortly for them and for running requests.
    pub async fn run(self, listeners: Vec<TcpListener>, shutdown: CancellationToken) {
        let Limits { head_within, drain_within, .. } = self.config.limits;
        let (head_within, drain_within) = (Duration::from_millis(head_within), Duration::from_millis(drain_within));
        let (config, tokens, clock) = (Arc::new(self.config), Arc::new(self.tokens), Arc::new(Clock::default()));
        let hub = hub::start(&config, clock.clone(), tokens.clone(), shutdown.clone());
        let tasks = TaskTracker::new();
        let ice = self.turn.and_then(|turn| {
            let started = turn.start(clock.clone(), shutdown.clone(), &tasks);
            started.inspect_err(|error| tracing::error!(%error, "no STUN and TURN")).ok()
        });
        let backend = Functions { hub: hub.clone(), config: config.clone(), tokens: tokens.clone(), clock: clock.clone(), ice };
        let backend = Arc::new(backend);
        let state = AppState(Arc::new(Shared {
            config,
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
        for listener in listeners {
            tasks.spawn(accept::serve(listener, router.clone(), head_within, tasks.clone(), shutdown.clone()));
        }
        drop(router);

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
pub async fn serve(listeners: Vec<TcpListener>, config: Config, shutdown: CancellationToken) -> Result<(), ServeError> {
    Server::new(config)?.run(listeners, shutdown).await;
    Ok(())
}

/// Opens the configured addresses.
///
/// # Errors
/// [`ServeError::Listen`] for the first that can't be had.
pub async fn listen(config: &Config) -> Result<Vec<TcpListener>, ServeError> {
    let mut listeners = Vec::new();
    for address in config.listen.iter().copied() {
        listeners.push(TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })?);
    }
    Ok(listeners)
}

/// The address to open in a browser: the public one, else one that reaches the first listener from this machine.
#[must_use]
pub fn address_to_open(config: &Config, listeners: &[TcpListener]) -> String {
    if let Some(public) = &config.public_url {
        return public.to_string();
    }
    match listeners.first().and_then(|listener| listener.local_addr().ok()) {
        // Browsers give the camera to localhost, but not to another name of this machine.
        Some(address) if is_this_machine(address.ip()) => format!("http://localhost:{}", address.port()),
        Some(address) => format!("http://{address}"),
        None => "nowhere".to_owned(),
    }
}

fn is_this_machine(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_loopback()
}
