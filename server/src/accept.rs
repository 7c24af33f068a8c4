//! Takes connections and speaks HTTP/1.1 on them, behind TLS or not. axum's own loop has no timer: a client that never finishes a
//! request's head, or a handshake, or takes nothing of an answer, would keep its connection for ever.

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
    upgrade::Upgraded,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_io_timeout::TimeoutWriter;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::{either::Either, sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use crate::{
    config::Limits,
    read_ahead::ReadAhead,
    request::Door,
    tls::served::ACME_TLS,
    visitors::{Place, Visitors},
};

/// How long to wait when the system has no more connections to give.
const BREATHER: Duration = Duration::from_millis(200);

/// What a request's head may hold: hyper would keep 400 KiB for one that is never finished. Browsers send a tenth of this.
const HEAD_MAX: usize = 16 * 1024;

/// The first byte of a TLS connection: a handshake record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// A connection, plain or behind TLS.
pub(crate) type Connection = Either<Patient<ReadAhead<TcpStream>>, Patient<TlsStream<TcpStream>>>;

/// A stream that gives up when the other end takes nothing for too long.
type Patient<S> = Pin<Box<TimeoutWriter<S>>>;

/// What a connection is served with.
#[derive(Clone)]
pub(crate) struct Serving {
    router: Router,
    http: http1::Builder,
    tls: Option<TlsAcceptor>,
    head_within: Duration,
    stalled_after: Duration,
    visitors: Arc<Visitors>,
}

impl Serving {
    /// `router`, behind TLS if that is given. A connection without a request's whole head for `head_within` is closed, idle ones too, and
    /// one whose handshake takes longer, or that takes nothing for `stalled_after`.
    pub(crate) fn new(router: Router, tls: Option<Arc<ServerConfig>>, visitors: Arc<Visitors>, limits: Limits) -> Self {
        let [head_within, stalled_after] = [limits.head_within, limits.stalled_after].map(Duration::from_millis);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(head_within).max_buf_size(HEAD_MAX);
        Self { router, http, tls: tls.map(TlsAcceptor::from), head_within, stalled_after, visitors }
    }
}

/// Serves the connections of one listener until `stop`; what runs then is finished, and counted in `tasks`.
pub(crate) async fn serve(listener: TcpListener, serving: Serving, tasks: TaskTracker, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Who has too many is not even told: an answer costs more than the connection.
                if let Some(place) = serving.visitors.connect(peer.ip()) {
                    tasks.spawn(connection(stream, (peer, place), serving.clone(), stop.clone()));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, from: (SocketAddr, Place), serving: Serving, stop: CancellationToken) {
    // Small frames shall leave at once; a socket that can't do that is served all the same.
    _ = stream.set_nodelay(true);
    let Some(tls) = serving.tls.clone() else {
        return speak(ReadAhead::new(stream), Door::Http, from, serving, stop).await;
    };
    let opened = tokio::select! {
        opened = timeout(serving.head_within, open(stream, tls)) => opened,
        () = stop.cancelled() => return,
    };
    match opened {
        Ok(Ok(Opened::Secure(stream))) => speak(*stream, Door::Https, from, serving, stop).await,
        Ok(Ok(Opened::Plain(stream))) => speak(ReadAhead::new(stream), Door::HttpAtHttps, from, serving, stop).await,
        Ok(Ok(Opened::Proof)) => tracing::info!("an authority asked for its proof"),
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}

/// How a connection to the https port goes on.
enum Opened {
    Secure(Box<TlsStream<TcpStream>>),
    /// It begins like no handshake: somebody speaks http there.
    Plain(TcpStream),
    /// An ACME authority has seen what it wanted (RFC 8737 §3).
    Proof,
}

async fn open(stream: TcpStream, tls: TlsAcceptor) -> io::Result<Opened> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if first != [HANDSHAKE] {
        return Ok(Opened::Plain(stream));
    }
    let stream = tls.accept(stream).await?;
    if stream.get_ref().1.alpn_protocol() == Some(ACME_TLS) {
        return Ok(Opened::Proof);
    }
    Ok(Opened::Secure(Box::new(stream)))
}

/// The connection that speaks HTTP no longer, and what was read of it.
pub(crate) fn bare(upgraded: Upgraded) -> Option<(Connection, Bytes)> {
    match upgraded.downcast::<TokioIo<Patient<ReadAhead<TcpStream>>>>() {
        Ok(parts) => Some((Either::Left(parts.io.into_inner()), parts.read_buf)),
        Err(upgraded) => {
            let parts = upgraded.downcast::<TokioIo<Patient<TlsStream<TcpStream>>>>().ok()?;
            Some((Either::Right(parts.io.into_inner()), parts.read_buf))
        }
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    door: Door,
    (peer, place): (SocketAddr, Place),
    serving: Serving,
    stop: CancellationToken,
) {
    let Serving { router, http, stalled_after, .. } = serving;
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(stalled_after));
    // A socket that the connection becomes keeps the place.
    let place = Arc::new(place);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(door);
        request.extensions_mut().insert(place.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
    tokio::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}
