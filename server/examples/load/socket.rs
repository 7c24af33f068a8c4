//! Sockets and requests from an address of one's choice.

use std::net::{Ipv4Addr, SocketAddr};

use axum::body::{Body, to_bytes};
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{client::IntoClientRequest as _, protocol::WebSocketConfig},
};

use crate::Outcome;

/// A client's end.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// The default is 128 KiB for each of thousands.
const READ_BUFFER: usize = 4 * 1024;

/// More than any answer.
const ANSWER_MAX: usize = 64 * 1024;

/// A connection from an address of loopback.
pub(crate) async fn connect(at: SocketAddr, from: Ipv4Addr) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(at).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A WebSocket, as of a page of the site.
pub(crate) async fn open(at: SocketAddr, from: Ipv4Addr, path: &str) -> Outcome<Socket> {
    let mut request = format!("ws://{at}{path}").into_client_request()?;
    request.headers_mut().insert(header::ORIGIN, format!("http://{at}").parse()?);
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let (socket, _) = client_async_with_config(request, connect(at, from).await?, Some(config)).await?;
    Ok(socket)
}

/// Calls one of our server functions.
pub(crate) async fn ask<T: DeserializeOwned>(at: SocketAddr, from: Ipv4Addr, name: &str, arguments: String) -> Outcome<T> {
    let request = Request::post(format!("/api/{name}"))
        .header(header::HOST, at.to_string())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close")
        .body(Body::from(arguments))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(connect(at, from).await?)).await?;
    let (answer, _) = futures_util::future::join(sender.send_request(request), connection).await;
    let answer = answer?;
    if answer.status() != StatusCode::OK {
        return Err(format!("{name} answers {}", answer.status()).into());
    }
    Ok(serde_json::from_slice(&to_bytes(Body::new(answer.into_body()), ANSWER_MAX).await?)?)
}
