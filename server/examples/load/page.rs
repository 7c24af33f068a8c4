//! A page without a browser: the page's own rules ([`Session`]) over a real socket. It has no camera, and nobody in it rings.

use std::{future::pending, net::Ipv4Addr, pin::Pin, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _, stream::FuturesUnordered};
use protocol::{
    Millis,
    client::{ApiError, Command, Effect, Input, Preferences, Session, Setup},
    id::{PageId, RoomCode, RoomId},
    message::{IceConfig, ServerMessage, Ticket},
};
use tokio::{
    sync::mpsc::UnboundedSender,
    time::{Instant, sleep},
};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{
    Outcome, Server,
    socket::{Socket, ask, open},
};

/// No close frame came (RFC 6455 §7.4.1).
const ABNORMAL: u16 = 1006;

/// What somebody who looks at a page may want to know.
#[derive(Clone, Copy)]
pub(crate) enum Told {
    /// The server has welcomed it, or taken it into another room: which, by which code, with how many people.
    In { room: RoomId, code: RoomCode, people: usize },
    /// The server has asked whether it is there.
    Beat,
    /// Its socket is gone.
    Lost,
    /// Anything else.
    Other,
}

/// What was asked beside the socket has an answer.
enum Answer {
    Created(Outcome<Option<Ticket>>),
    Servers(Outcome<IceConfig>),
    /// The how manieth socket is open, or is not.
    Opened(u32, Outcome<Box<Socket>>),
}

/// See the module.
pub(crate) struct Page {
    session: Session,
    server: Server,
    from: Ipv4Addr,
    begun: Instant,
    socket: Option<Box<Socket>>,
    sockets: u32,
    asked: FuturesUnordered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
}

impl Page {
    /// The `number`th page, which has begun to connect.
    pub(crate) async fn start(server: Server, from: Ipv4Addr, number: u32) -> Self {
        let preferences =
            Preferences { name: format!("Page {number}"), camera: false, microphone: false, ..Preferences::default() };
        let setup = Setup { page: PageId::new(number.into()), seed: number.into(), saved: None, preferences, link: None };
        let begun = Instant::now();
        let session = Session::new(setup);
        let mut page = Self { session, server, from, begun, socket: None, sockets: 0, asked: FuturesUnordered::new() };
        page.tell(Input::Start).await;
        page
    }

    /// Goes to the room of a code.
    pub(crate) async fn enter(&mut self, code: RoomCode) {
        self.tell(Input::Command(Command::Connect { name: "Guest".to_owned(), code: code.to_string() })).await;
    }

    /// Lives until it is in a room with this many people.
    pub(crate) async fn until_with(&mut self, wanted: usize) -> (RoomId, RoomCode) {
        loop {
            if let Told::In { room, code, people } = self.step().await
                && people == wanted
            {
                return (room, code);
            }
        }
    }

    /// Lives on, and reports under its number, until nobody listens.
    pub(crate) async fn live(mut self, number: usize, reports: UnboundedSender<(usize, Told)>) {
        loop {
            let told = self.step().await;
            if !matches!(told, Told::Other) && reports.send((number, told)).is_err() {
                return;
            }
        }
    }

    /// Leaves the site.
    pub(crate) async fn close(mut self) -> Outcome<()> {
        let mut socket = self.socket.take().ok_or("no socket")?;
        socket.close().await?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok(())
    }

    /// Whatever happens next. Dropping the future loses nothing but what has been sent half.
    async fn step(&mut self) -> Told {
        let deadline = self.session.next_deadline();
        let now = self.now();
        let woken = async {
            match deadline {
                Some(at) => sleep(Duration::from_millis(at.saturating_sub(now))).await,
                None => pending().await,
            }
        };
        let (input, told) = tokio::select! {
            frame = next_frame(&mut self.socket) => self.frame(frame),
            Some(answer) = self.asked.next() => (self.answer(answer), Told::Other),
            () = woken => (Some(Input::Wake), Told::Other),
        };
        if let Some(input) = input {
            self.tell(input).await;
        }
        told
    }

    fn frame(&mut self, frame: Option<Result<Message, Error>>) -> (Option<Input>, Told) {
        match frame {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(message) => {
                    let told = told(&message);
                    (Some(Input::SocketMessage(message)), told)
                }
                Err(_) => (None, Told::Other),
            },
            Some(Ok(Message::Ping(_))) => (None, Told::Beat),
            Some(Ok(Message::Close(frame))) => {
                if let Some(mut socket) = self.socket.take() {
                    // The answer to the close leaves with the next read.
                    tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
                }
                let code = frame.map_or(ABNORMAL, |frame| frame.code.into());
                (Some(Input::SocketClosed { code }), Told::Lost)
            }
            Some(Ok(_)) => (None, Told::Other),
            Some(Err(_)) | None => {
                self.socket = None;
                (Some(Input::SocketClosed { code: ABNORMAL }), Told::Lost)
            }
        }
    }

    fn answer(&mut self, answer: Answer) -> Option<Input> {
        match answer {
            Answer::Created(Ok(Some(ticket))) => Some(Input::RoomCreated(Ok(ticket))),
            Answer::Created(Ok(None)) => Some(Input::RoomCreated(Err(ApiError::Full))),
            Answer::Created(Err(_)) => Some(Input::RoomCreated(Err(ApiError::Unreachable))),
            Answer::Servers(servers) => Some(Input::IceServers(servers.map_err(|_| ApiError::Unreachable))),
            Answer::Opened(socket, _) if socket != self.sockets => None,
            Answer::Opened(_, Ok(socket)) => {
                self.socket = Some(socket);
                Some(Input::SocketOpen)
            }
            Answer::Opened(_, Err(_)) => Some(Input::SocketClosed { code: ABNORMAL }),
        }
    }

    async fn tell(&mut self, input: Input) {
        self.session.handle(input, self.now());
        while let Some(effect) = self.session.poll() {
            self.carry_out(effect).await;
        }
    }

    /// What needs devices or a peer connection has no answer here, as in a browser that is slow.
    async fn carry_out(&mut self, effect: Effect) {
        let (at, from) = (self.server.at, self.from);
        match effect {
            Effect::CreateRoom => {
                self.asked.push(Box::pin(async move { Answer::Created(ask(at, from, "create_room", String::new()).await) }));
            }
            Effect::FetchIceServers { token } => {
                let arguments = format!("token={token}");
                self.asked.push(Box::pin(async move { Answer::Servers(ask(at, from, "ice_servers", arguments).await) }));
            }
            Effect::Connect => {
                self.sockets += 1;
                self.socket = None;
                let number = self.sockets;
                self.asked.push(Box::pin(async move { Answer::Opened(number, open(at, from, "/ws").await.map(Box::new)) }));
            }
            Effect::Disconnect => {
                self.sockets += 1;
                self.socket = None;
            }
            Effect::Send(message) => {
                if let (Some(socket), Ok(text)) = (&mut self.socket, serde_json::to_string(&message)) {
                    // That it is broken is learnt by reading.
                    _ = socket.send(Message::text(text)).await;
                }
            }
            _ => {}
        }
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.begun.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }
}

async fn next_frame(socket: &mut Option<Box<Socket>>) -> Option<Result<Message, Error>> {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}

fn told(message: &ServerMessage) -> Told {
    match message {
        ServerMessage::Welcome { room, .. } | ServerMessage::Room { room, .. } => {
            Told::In { room: room.room, code: room.code, people: room.members.len() }
        }
        _ => Told::Other,
    }
}
