//! The server functions: what is a question and an answer. All else goes over the WebSocket.

use leptos::prelude::*;
use protocol::{
    id::RoomCode,
    message::{EnterError, IceConfig, RoomInfo, Ticket},
};

/// What the server does behind the server functions; it provides `Arc<dyn Backend>` in context.
#[cfg(feature = "ssr")]
pub trait Backend: Send + Sync {
    /// A fresh participant in a room of its own; `None` when the server is full.
    fn create_room(&self, from: &axum::http::request::Parts) -> Option<Ticket>;
    /// About a room, counting wrong codes against the asker's address.
    fn room_info(&self, from: &axum::http::request::Parts, code: RoomCode) -> Result<RoomInfo, EnterError>;
    /// How connections begin, for the holder of a session's token; `None` if it is none.
    fn ice_servers(&self, from: &axum::http::request::Parts, token: &str) -> Option<IceConfig>;
}

#[cfg(feature = "ssr")]
fn backend() -> Result<(std::sync::Arc<dyn Backend>, axum::http::request::Parts), ServerFnError> {
    let missing = || ServerFnError::new("no backend");
    Ok((use_context().ok_or_else(missing)?, use_context().ok_or_else(missing)?))
}

/// Makes a participant with a room of its own. `None`: the server has no place.
///
/// # Errors
/// When the server is out of reach.
#[server(prefix = "/api", endpoint = "create_room")]
pub async fn create_room() -> Result<Option<Ticket>, ServerFnError> {
    let (backend, from) = backend()?;
    Ok(backend.create_room(&from))
}

/// About the room of a code, before one enters.
///
/// # Errors
/// When the server is out of reach.
#[server(name = AskRoomInfo, prefix = "/api", endpoint = "room_info")]
pub async fn room_info(
    /// The code asked about.
    code: RoomCode,
) -> Result<Result<RoomInfo, EnterError>, ServerFnError> {
    let (backend, from) = backend()?;
    Ok(backend.room_info(&from, code))
}

/// The STUN and TURN servers to use, and whether addresses are hidden until a call is accepted.
///
/// # Errors
/// When the server is out of reach, or does not know the session.
#[server(prefix = "/api", endpoint = "ice_servers")]
pub async fn ice_servers(
    /// Of the asker's session.
    token: String,
) -> Result<IceConfig, ServerFnError> {
    let (backend, from) = backend()?;
    backend.ice_servers(&from, &token).ok_or_else(|| {
        // The asker's fault: an operator need not hear of it.
        expect_context::<leptos_axum::ResponseOptions>().set_status(axum::http::StatusCode::UNAUTHORIZED);
        ServerFnError::new("no session")
    })
}
