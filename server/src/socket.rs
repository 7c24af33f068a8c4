//! `/ws`: who may open a socket, and with which limits. What runs on it is the session's.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Extension,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{exchange::ConnectionId, message::FRAME_MAX};
use tokio_tungstenite::WebSocketStream;
use tungstenite::{
    handshake::server::create_response_with_body,
    protocol::{Role, WebSocketConfig},
};

use crate::{
    AppState,
    accept::{self, Connection},
    metrics::Rejection,
    request::{self, Door},
    session::{self, Surroundings},
    visitors::Place,
};

/// A frame somewhat too large is still read whole: only then does its sender get to read the close code.
const READ_MAX: usize = 2 * FRAME_MAX;

/// The default would keep 128 KiB for each idle connection. Most frames fit; it grows for one that does not, and reading the rest is
/// no system call (`read_ahead`).
const READ_BUFFER: usize = 1536;

/// Frames are gathered up to here before they are written; flushed in any case when no more wait.
const WRITE_BUFFER: usize = 4 * 1024;

/// Above what an outbox holds, so that it is the outbox that overflows.
const WRITE_BUFFER_MAX: usize = 4 * 1024 * 1024;

/// A WebSocket on the bare connection: axum's own would go through what hyper wraps it in, with each frame.
pub(crate) type Socket = WebSocketStream<Connection>;

/// Upgrades a request of a page of this site. 403: of no page, or of another site's. 426: no WebSocket is asked for (RFC 6455 §4.2.2).
/// 429: the address has too many. 503: the server is stopping.
pub(crate) async fn upgrade(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    door: Option<Extension<Door>>,
    connection: Option<Extension<Arc<Place>>>,
    mut request: Request,
) -> Response {
    let config = &state.config;
    if state.stop.is_cancelled() {
        state.metrics.reject(Rejection::Stopping);
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response();
    }
    // Browsers let any site open sockets to any other and say only where the opener comes from.
    let asked_from = state.from(request.headers(), door.map(|door| door.0));
    if asked_from != request::From::Here {
        tracing::debug!(?asked_from, "a socket was refused");
        state.metrics.reject(Rejection::Origin);
        state.warn_of_foreign_name(request.headers());
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(response) = create_response_with_body(&request, Body::empty) else {
        let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, headers).into_response();
    };
    let from = request::address(request.headers(), Some(peer), config.trusted_proxy);
    let Some(place) = state.visitors.open_socket(from) else {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "5")]).into_response();
    };
    let around = Surroundings {
        connection: ConnectionId(state.next_connection()),
        from,
        // Held from here on, so that a stopping server does not miss the moment between the answer and the task.
        _counted: state.tasks.token(),
        _places: (place, connection.map(|Extension(place)| place)),
        state,
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Some((connection, read)) = upgraded.await.ok().and_then(accept::bare) else { return };
        // A copy, which takes no more than it needs: hyper's read buffer is larger than all else.
        let read = read.to_vec();
        let socket = WebSocketStream::from_partially_read(connection, read, Role::Server, Some(settings())).await;
        // A task of its own: this one has waited for the upgrade and is larger.
        tokio::spawn(session::run(socket, around));
    });
    response
}

fn settings() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(Some(READ_MAX))
        .max_frame_size(Some(READ_MAX))
}
