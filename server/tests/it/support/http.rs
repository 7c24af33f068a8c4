//! Requests as they go over the wire.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::http::{Response, header};

use super::PATIENCE;

/// One request on a connection of its own. `host` among the headers says for which host it is, else it is for the address.
pub(crate) async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Vec<u8>> {
    let stream = TcpStream::connect(address).await.expect("a connection");
    ask(stream, &address.to_string(), method, path, headers, body).await
}

/// One request on a connection, and the answer.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Vec<u8>> {
    let length = body.len();
    let host = headers.iter().find(|(name, _)| *name == "host").map_or(host, |(_, host)| host);
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
        text += &format!("{name}: {value}\r\n");
    }
    text += "\r\n";
    text += body;
    stream.write_all(text.as_bytes()).await.expect("a written request");
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer in time").expect("an answer");
    parse_response(&answer)
}

fn parse_response(answer: &[u8]) -> Response<Vec<u8>> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the head");
    let head = std::str::from_utf8(&answer[..end]).expect("a head of ASCII");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let mut response = Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        response = response.header(name, value);
    }
    let mut body = answer[end + 4..].to_vec();
    if response.headers_ref().is_some_and(|headers| headers.contains_key(header::TRANSFER_ENCODING)) {
        body = unchunked(&body);
    }
    response.body(body).expect("a response")
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let line = body.windows(2).position(|two| two == b"\r\n").expect("a chunk's length");
        let length = std::str::from_utf8(&body[..line]).ok().and_then(|length| usize::from_str_radix(length, 16).ok());
        let length = length.expect("a hexadecimal length");
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[line + 2..line + 2 + length]);
        body = &body[line + 2 + length + 2..];
    }
}
