//! A site on a port of its own, requests to it, and pages that speak the wire to it.

mod visitor;

use std::{net::SocketAddr, time::Duration};

use clap::Parser as _;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    VERSION,
    id::{PageId, ParticipantId, RoomCode},
    message::{ClientMessage, EnterError, IceConfig, Link, RoomInfo, RoomSnapshot, ServerMessage, Ticket},
};
use server::{Config, Listeners, ServeError, serve};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        http::{Response, StatusCode, header},
    },
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::visitor::{Pair, Visitor, replace};

/// How long anything awaited may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The secret of every site here.
pub(crate) const SECRET: &str = "a secret that only the tests know of";

/// A folder with the least that counts as a front end.
pub(crate) fn front_end() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("pkg")).expect("a new folder");
    for (file, content) in [
        ("pkg/baylanys.js", "export default 1;\n".repeat(100)),
        ("pkg/baylanys.wasm", "\0asm".repeat(100)),
        ("favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()),
    ] {
        std::fs::write(folder.path().join(file), content).expect("a new file");
    }
    folder
}

/// A running server.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    /// Where https is served, if the configuration asks for it.
    pub(crate) https: SocketAddr,
    stop: CancellationToken,
    running: Option<JoinHandle<Result<(), ServeError>>>,
    _front_end: Option<TempDir>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let config = Config::try_parse_from(["baylanys", "--secret", SECRET, "--turn", "off"]).expect("good flags");
        Self::run(config, change).await
    }

    /// With these flags and no others.
    pub(crate) async fn start_flags(flags: &[&str]) -> Self {
        Self::run(Config::try_parse_from([&["baylanys"], flags].concat()).expect("good flags"), |_| {}).await
    }

    async fn run(mut config: Config, change: impl FnOnce(&mut Config)) -> Self {
        let front_end = front_end();
        config.site_root = Some(front_end.path().to_owned());
        config.data_dir = Some(front_end.path().join("data"));
        let [http, https] = [listener("127.0.0.1").await, listener("0.0.0.0").await];
        let address = http.local_addr().expect("an address");
        let https_address = SocketAddr::from(([127, 0, 0, 1], https.local_addr().expect("an address").port()));
        config.tls.listen = vec![https_address];
        change(&mut config);
        let stop = CancellationToken::new();
        let listeners = Listeners { http: vec![http], https: vec![https] };
        let running = tokio::spawn(serve(listeners, config, stop.clone()));
        Self { address, https: https_address, stop, running: Some(running), _front_end: Some(front_end) }
    }

    /// One that a program serves.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { address, https: address, stop: CancellationToken::new(), running: None, _front_end: None }
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for the end of a stopped server.
    pub(crate) async fn stopped(self) {
        let running = self.running.expect("served here");
        timeout(PATIENCE, running).await.expect("an end in time").expect("no panic").expect("a clean end");
    }

    /// What one that could not start says.
    pub(crate) async fn failed(self) -> String {
        let running = self.running.expect("served here");
        let ended = timeout(PATIENCE, running).await.expect("an end in time").expect("no panic");
        ended.expect_err("no server").to_string()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// One request on a connection of its own.
    pub(crate) async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response<Vec<u8>> {
        request(self.address, method, path, headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Vec<u8>> {
        self.request("GET", path, &[], "").await
    }

    async fn function<T: serde::de::DeserializeOwned>(&self, name: &str, arguments: &str) -> T {
        let form = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        let response = self.request("POST", &format!("/api/{name}"), &form, arguments).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", String::from_utf8_lossy(response.body()));
        serde_json::from_slice(response.body()).expect("the function's answer")
    }

    pub(crate) async fn create_room(&self) -> Option<Ticket> {
        self.function("create_room", "").await
    }

    pub(crate) async fn token(&self) -> String {
        self.create_room().await.expect("a place").token
    }

    pub(crate) async fn room_info(&self, code: RoomCode) -> Result<RoomInfo, EnterError> {
        self.function("room_info", &format!("code={code}")).await
    }

    /// What a page is told of ICE servers. `None`: it has no session.
    pub(crate) async fn ice_servers(&self, token: &str) -> Option<IceConfig> {
        let form = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        let response = self.request("POST", "/api/ice_servers", &form, &format!("token={token}")).await;
        (response.status() == StatusCode::OK).then(|| serde_json::from_slice(response.body()).expect("the function's answer"))
    }

    /// A socket that has said nothing yet.
    pub(crate) async fn socket(&self) -> Page {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        Page::over(stream, self, Some(&self.origin())).await.expect("an upgrade")
    }

    /// The status of an upgrade that is refused.
    pub(crate) async fn refused_upgrade(&self, origin: Option<&str>) -> StatusCode {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        match Page::over(stream, self, origin).await {
            Err(Error::Http(response)) => response.status(),
            other => panic!("no refusal: {:?}", other.map(|_| "a socket")),
        }
    }

    /// A new person's page, in a room of its own.
    pub(crate) async fn page(&self) -> Page {
        let token = self.token().await;
        self.page_with(&token, 1).await
    }

    /// A page with a token.
    pub(crate) async fn page_with(&self, token: &str, page: u64) -> Page {
        let mut socket = self.socket().await;
        socket.welcome(token, page).await;
        socket
    }

    /// The same, but its end takes only little before the server's writes block.
    pub(crate) async fn narrow_page(&self) -> Page {
        let token = self.token().await;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(8 * 1024).expect("a small buffer");
        let stream = socket.connect(self.address).await.expect("a connection");
        let mut page = Page::over(stream, self, Some(&self.origin())).await.expect("an upgrade");
        page.welcome(&token, 1).await;
        page
    }

    /// Two people in the first one's room, each knowing of the other.
    pub(crate) async fn two(&self) -> (Page, Page) {
        let (mut host, mut guest) = (self.page().await, self.page().await);
        guest.enter(host.own_code()).await.expect("a free seat");
        let guest_id = guest.me;
        host.until(|message| matches!(message, ServerMessage::Member { member } if member.id == guest_id)).await;
        (host, guest)
    }
}

async fn listener(address: &str) -> TcpListener {
    TcpListener::bind((address, 0)).await.expect("a free port")
}

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

/// One page's end of the wire.
pub(crate) struct Page {
    socket: WebSocketStream<TcpStream>,
    pub(crate) me: ParticipantId,
    pub(crate) incarnation: u32,
    pub(crate) own_code: Option<RoomCode>,
    pub(crate) room: Option<RoomSnapshot>,
    requests: u32,
}

impl Page {
    async fn over(stream: TcpStream, site: &Site, origin: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{}/ws", site.address).into_client_request()?;
        if let Some(origin) = origin {
            request.headers_mut().insert(header::ORIGIN, origin.parse()?);
        }
        let (socket, _) = client_async(request, stream).await?;
        let me = ParticipantId::new(0);
        Ok(Self { socket, me, incarnation: 0, own_code: None, room: None, requests: 0 })
    }

    pub(crate) async fn frame(&mut self, frame: Message) -> Result<(), Error> {
        self.socket.send(frame).await
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.frame(Message::text(text)).await.expect("an open socket");
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.text(&serde_json::to_string(message).expect("JSON")).await;
    }

    pub(crate) async fn hello(&mut self, version: u32, token: &str, page: u64) {
        self.hello_again(version, token, page, None).await;
    }

    async fn hello_again(&mut self, version: u32, token: &str, page: u64, resuming: Option<u32>) {
        let (token, page) = (token.to_owned(), PageId::new(page));
        self.say(&ClientMessage::Hello { version, token, page, name: None, resuming }).await;
    }

    /// Says who it is, after an outage too.
    pub(crate) async fn resume(&mut self, token: &str, page: u64, incarnation: u32) {
        self.hello_again(VERSION, token, page, Some(incarnation)).await;
        self.welcomed().await;
    }

    async fn welcome(&mut self, token: &str, page: u64) {
        self.hello(VERSION, token, page).await;
        self.welcomed().await;
    }

    async fn welcomed(&mut self) {
        let ServerMessage::Welcome { you, incarnation, own_code, room, .. } = self.next().await else {
            panic!("another first frame than a welcome");
        };
        (self.me, self.incarnation, self.own_code, self.room) = (you, incarnation, Some(own_code), Some(room));
    }

    pub(crate) fn own_code(&self) -> RoomCode {
        self.own_code.expect("welcomed")
    }

    pub(crate) fn room(&self) -> &RoomSnapshot {
        self.room.as_ref().expect("welcomed")
    }

    /// The next message of the server.
    pub(crate) async fn next(&mut self) -> ServerMessage {
        match timeout(PATIENCE, self.next_or_closed()).await.expect("a message in time") {
            Ok(message) => message,
            Err(code) => panic!("closed with {code:?}"),
        }
    }

    async fn next_or_closed(&mut self) -> Result<ServerMessage, Option<u16>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("a server message")),
                Some(Ok(Message::Close(frame))) => {
                    // The answer to the close leaves with the next read.
                    while let Some(Ok(_)) = self.socket.next().await {}
                    return Err(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Skips messages up to one that is wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        loop {
            let message = self.next().await;
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Everything up to the answer to a `ping` sent now.
    pub(crate) async fn all_until_pong(&mut self) -> Vec<ServerMessage> {
        self.requests += 1;
        let nonce = self.requests;
        self.say(&ClientMessage::Ping { nonce }).await;
        let mut all = Vec::new();
        loop {
            match self.next().await {
                ServerMessage::Pong { nonce: answered } if answered == nonce => return all,
                message => all.push(message),
            }
        }
    }

    /// Reads to the end: the number of the close.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        let reading = async {
            loop {
                if let Err(code) = self.next_or_closed().await {
                    return code;
                }
            }
        };
        timeout(PATIENCE, reading).await.expect("a close in time")
    }

    /// The link to another in the room, as last told.
    pub(crate) fn link_to(&self, other: ParticipantId) -> Link {
        let member = |id| self.room().members.iter().find(|member| member.id == id).expect("a member");
        Link::between(member(self.me), member(other))
    }

    /// Enters by a code.
    pub(crate) async fn enter(&mut self, code: RoomCode) -> Result<(), EnterError> {
        self.requests += 1;
        let asked = self.requests;
        self.say(&ClientMessage::Enter { request: asked, code }).await;
        loop {
            match self.next().await {
                ServerMessage::Room { request, room } if request == asked => {
                    self.room = Some(room);
                    return Ok(());
                }
                ServerMessage::Refused { request, reason } if request == asked => return Err(reason),
                _ => {}
            }
        }
    }
}
