//! `/ws`: who may open a socket, and with which limits. What runs on it is the session's.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Extension,
    extract::{ConnectInfo, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{exchange::ConnectionId, message::FRAME_MAX};

use crate::{
    AppState,
    metrics::Rejection,
    request::{self, Door},
    session::{self, Surroundings},
    visitors::Place,
};

/// A frame somewhat too large is still read whole: only then does its sender get to read the close code.
const READ_MAX: usize = 2 * FRAME_MAX;

/// The default would keep 128 KiB for each idle connection. Most frames fit; it grows for one that does not, and reading the rest is
/// no system call (`read_ahead`).
const READ_BUFFER: usize = 1024;

/// Frames are gathered up to here before they are written; flushed in any case when no more wait.
const WRITE_BUFFER: usize = 4 * 1024;

/// Above what an outbox holds, so that it is the outbox that overflows.
const WRITE_BUFFER_MAX: usize = 4 * 1024 * 1024;

/// Upgrades a request of a page of this site. 403: of no page, or of another site's. 429: the address has too many. 503: the server is
/// stopping.
pub(crate) async fn upgrade(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    door: Option<Extension<Door>>,
    connection: Option<Extension<Arc<Place>>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let config = &state.config;
    if state.stop.is_cancelled() {
        state.metrics.reject(Rejection::Stopping);
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response();
    }
    // Browsers let any site open sockets to any other and say only where the opener comes from.
    let asked_from = state.from(&headers, door.map(|door| door.0));
    if asked_from != request::From::Here {
        tracing::debug!(?asked_from, "a socket was refused");
        state.metrics.reject(Rejection::Origin);
        state.warn_of_foreign_name(&headers);
        return StatusCode::FORBIDDEN.into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let from = request::address(&headers, Some(peer), config.trusted_proxy);
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
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(READ_MAX)
        .max_frame_size(READ_MAX)
        // A task of its own: the one that has waited for the upgrade is larger, and ends here.
        .on_upgrade(async |socket| drop(tokio::spawn(session::run(socket, around))))
}
