//! A page that speaks the wire.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    VERSION,
    id::{PageId, ParticipantId, RoomCode},
    message::{ClientMessage, EnterError, Link, RoomSnapshot, ServerMessage},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::header},
};

use super::{PATIENCE, Site};

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
    pub(crate) async fn over(stream: TcpStream, site: &Site, origin: Option<&str>) -> Result<Self, Error> {
        Self::over_with(stream, site, origin, &[]).await
    }

    /// With these headers too.
    pub(crate) async fn over_with(
        stream: TcpStream,
        site: &Site,
        origin: Option<&str>,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{}/ws", site.address).into_client_request()?;
        if let Some(origin) = origin {
            request.headers_mut().insert(header::ORIGIN, origin.parse()?);
        }
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse()?);
        }
        let (socket, _) = client_async(request, stream).await?;
        let me = ParticipantId::new(0);
        Ok(Self { socket, me, incarnation: 0, own_code: None, room: None, requests: 0 })
    }

    pub(crate) async fn frame(&mut self, frame: Message) -> Result<(), Error> {
        self.socket.send(frame).await
    }

    /// Writes the head of a text frame of so many bytes, and nothing of them.
    pub(crate) async fn begin_frame(&mut self, length: u64) {
        // Whole, masked, its length in eight bytes; the mask is all zeros (RFC 6455 §5.2).
        let head = [&[0x81, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
        self.socket.get_mut().write_all(&head).await.expect("an open socket");
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

    pub(super) async fn welcome(&mut self, token: &str, page: u64) {
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
        let text = self.text_or_closed().await?;
        Ok(serde_json::from_str(&text).expect("a server message"))
    }

    /// The next message of the server, as it is written.
    pub(crate) async fn next_text(&mut self) -> String {
        timeout(PATIENCE, self.text_or_closed()).await.expect("a message in time").expect("an open socket")
    }

    async fn text_or_closed(&mut self) -> Result<String, Option<u16>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
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

    /// The same, or the number of the close.
    pub(crate) async fn until_closed_or(
        &mut self,
        wanted: impl Fn(&ServerMessage) -> bool,
    ) -> Result<ServerMessage, Option<u16>> {
        loop {
            let message = timeout(PATIENCE, self.next_or_closed()).await.expect("a message in time")?;
            if wanted(&message) {
                return Ok(message);
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

    /// Whether what has come by now are answers to pings below this nonce only, on an open socket.
    pub(crate) async fn has_nothing_but_pongs_below(&mut self, most: u32) -> bool {
        while let Ok(next) = timeout(Duration::from_millis(100), self.next_or_closed()).await {
            if !matches!(next, Ok(ServerMessage::Pong { nonce }) if nonce < most) {
                return false;
            }
        }
        true
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
