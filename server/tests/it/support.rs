//! A site on a port of its own.

mod http;
mod page;
mod visitor;

use std::{net::SocketAddr, time::Duration};

use clap::Parser as _;
use protocol::{
    id::RoomCode,
    message::{EnterError, IceConfig, RoomInfo, ServerMessage, Ticket},
};
use server::{Config, Listeners, ServeError, serve};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Error,
    http::{Response, StatusCode},
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::{
    http::{ask, request},
    page::Page,
    visitor::{Pair, Visitor, replace},
};

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
    /// Where its figures are.
    pub(crate) metrics: SocketAddr,
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
        let [http, https, metrics] = [listener("127.0.0.1").await, listener("0.0.0.0").await, listener("127.0.0.1").await];
        let metrics_address = metrics.local_addr().expect("an address");
        let address = http.local_addr().expect("an address");
        let https_address = SocketAddr::from(([127, 0, 0, 1], https.local_addr().expect("an address").port()));
        config.tls.listen = vec![https_address];
        change(&mut config);
        let stop = CancellationToken::new();
        let listeners = Listeners { http: vec![http], https: vec![https], metrics: vec![metrics] };
        let running = tokio::spawn(serve(listeners, config, stop.clone()));
        Self {
            address,
            https: https_address,
            metrics: metrics_address,
            stop,
            running: Some(running),
            _front_end: Some(front_end),
        }
    }

    /// One that a program serves.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { address, https: address, metrics: address, stop: CancellationToken::new(), running: None, _front_end: None }
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

    /// All its figures.
    pub(crate) async fn figures(&self) -> String {
        let answer = request(self.metrics, "GET", "/metrics", &[], "").await;
        String::from_utf8(answer.into_body()).expect("text")
    }

    /// One of them, by its name without the prefix, and its labels.
    pub(crate) async fn figure(&self, name: &str) -> f64 {
        let all = self.figures().await;
        let line = all.lines().find_map(|line| line.strip_prefix("baylanys_")?.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{all}")).parse().expect("a number")
    }

    /// A socket that has said nothing yet.
    pub(crate) async fn socket(&self) -> Page {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        Page::over(stream, self, Some(&self.origin())).await.expect("an upgrade")
    }

    /// A connection of another machine: that of 127.0.0.`host`.
    pub(crate) async fn connection_from(&self, host: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).expect("an address of this machine");
        socket.connect(self.address).await.expect("a connection")
    }

    /// A new person's page on another machine.
    pub(crate) async fn page_from(&self, host: u8) -> Page {
        let token = self.token().await;
        let mut page = Page::over(self.connection_from(host).await, self, Some(&self.origin())).await.expect("an upgrade");
        page.welcome(&token, 1).await;
        page
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
