//! How the server is: `/readyz`, the figures on their own listener, and for each request whether its sender may ask and how long it took.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Once},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AppState, Clock, Config, Rate,
    accept::{self, Serving},
    config::Limits,
    hub::HubHandle,
    metrics::Metrics,
    request, telemetry,
    visitors::Visitors,
};

/// How long the server may take to answer, before it counts as not ready.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// `/readyz`: 200 while the server takes people, 503 with the reason while it stops, and no answer while it does not come round.
pub(crate) async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    if state.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    state.hub.comes_round();
    (StatusCode::OK, "ok")
}

/// Why a server does not seem to be ready.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReady {
    /// Nobody listens, or does not answer in time.
    #[error("no answer at {address}: {error}")]
    Silent {
        /// Where was asked.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// It says no.
    #[error("not ready: {0}")]
    Says(String),
}

/// Asks the server that was started with this configuration.
///
/// # Errors
/// It is not ready, or not there.
pub(crate) async fn ask(config: &Config) -> Result<(), NotReady> {
    let Some(mut address) = config.listen.first().copied() else { return Err(NotReady::Says("no http".to_owned())) };
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_MAX).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = timeout(ANSWER_WITHIN, asked).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let answer = answer.map_err(|error| NotReady::Silent { address, error })?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(NotReady::Says(answer.lines().next().unwrap_or("an empty answer").to_owned()))
}

/// More than `/readyz` answers.
const ANSWER_MAX: u64 = 16 * 1024;

/// Lets a request through, or answers 429 to an address that asks too fast.
pub(crate) async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = telemetry::kind(request.uri().path());
    if !state.config.trusted_proxy {
        warn_of_proxy(request.headers(), request::peer(request.extensions()));
    }
    let response = match state.visitors.ask(state.visitor(&request), 1.0) {
        Ok(()) => next.run(request).await,
        Err(wait) => too_fast(wait),
    };
    state.metrics.answered(route, begun.elapsed());
    response
}

/// The answer to an address that asks too fast, with the seconds to wait. The connection ends: who asks on has to open another, and those are
/// counted too.
pub(crate) fn too_fast(wait: u32) -> Response {
    let headers = [(header::RETRY_AFTER, wait.to_string()), (header::CONNECTION, "close".to_owned())];
    (StatusCode::TOO_MANY_REQUESTS, headers).into_response()
}

impl AppState {
    /// Whom a request is counted against.
    pub(crate) fn visitor<B>(&self, request: &axum::http::Request<B>) -> IpAddr {
        request::address(request.headers(), request::peer(request.extensions()), self.config.trusted_proxy)
    }
}

/// Says once what an operator forgot whose proxy stands before the server: all visitors count as one, and share what one may have.
fn warn_of_proxy(headers: &HeaderMap, peer: Option<SocketAddr>) {
    static SAID: Once = Once::new();
    let is_near = |ip: IpAddr| match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    if headers.contains_key("x-forwarded-for") && peer.is_some_and(|peer| is_near(peer.ip())) {
        SAID.call_once(|| {
            tracing::warn!("requests come through a proxy: say --trusted-proxy if it is yours, else all visitors count as one")
        });
    }
}

/// How many connections may ask for figures at once. They are their own: a server that is full tells so.
const FIGURES_AT_ONCE: usize = 64;

/// Serves `/metrics` for Prometheus until `stop`, and nothing else.
pub(crate) fn serve_metrics(
    listeners: Vec<TcpListener>,
    metrics: &Arc<Metrics>,
    hub: &HubHandle,
    clock: &Arc<Clock>,
    limits: Limits,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    let limits = Limits { opened: Rate { burst: f64::MAX, per_second: f64::MAX }, ..limits };
    let visitors = Visitors::new(limits, FIGURES_AT_ONCE, false, clock.clone(), Arc::new(Metrics::new()));
    let (metrics, hub) = (metrics.clone(), hub.clone());
    let figures = async move || ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.text(hub.census()));
    let serving = Serving::new(Router::new().route("/metrics", get(figures)), None, Arc::new(visitors), limits);
    for listener in listeners {
        tasks.spawn(accept::serve(listener, serving.clone(), tasks.clone(), stop.clone()));
    }
}

/// The media type of the figures.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
