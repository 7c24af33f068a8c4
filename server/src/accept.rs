//! Takes connections and speaks HTTP/1.1 on them. axum's own loop has no timer: a client that never finishes a request's head
//! would keep its connection for ever.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

/// How long to wait when the system has no more connections to give.
const BREATHER: Duration = Duration::from_millis(200);

/// Serves `router` on the connections of one listener until `stop`; what runs then is finished, and counted in `tasks`.
///
/// A connection without a request's whole head for `head_within` is closed, idle ones too.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    head_within: Duration,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_within);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => drop(tasks.spawn(connection(stream, peer, router.clone(), http.clone(), stop.clone()))),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, http: http1::Builder, stop: CancellationToken) {
    // Small frames shall leave at once; a socket that can't do that is served all the same.
    _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
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
