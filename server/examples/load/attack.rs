//! Attackers behind one address: they hold as many sockets as they get, and send what is wrong, large or a guess as fast as it is taken.
//! Who is closed comes again at once.

use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use clap::Args;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    VERSION,
    id::{CODE_LETTERS, PageId, RoomCode},
    message::{ClientMessage, FRAME_MAX, Ticket},
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Outcome, Server,
    peers::say,
    socket::{Socket, ask, open},
};

/// Not among the others' addresses.
const FROM: Ipv4Addr = Ipv4Addr::new(127, 66, 66, 66);
/// How many of each kind send.
const OF_EACH_KIND: u64 = 16;
/// How many frames are tried on one socket: more than any budget.
const FRAMES: u64 = 1_000;

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    /// How many sockets are held beside.
    #[arg(long)]
    held: u32,
}

/// What an attacker does with a socket.
#[derive(Clone, Copy)]
enum Kind {
    /// What is no message, before any `hello`.
    Junk,
    /// Frames almost as large as they may be.
    Large,
    /// Codes that lead nowhere.
    Guesses,
    /// Questions whether the server is there.
    Pings,
    /// Nothing at all, not even who they are.
    Silence,
}

/// One of them.
struct Attacker {
    server: Server,
    kind: Kind,
    number: u64,
    /// Of a session of its own.
    token: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    sockets: AtomicU64,
    frames: AtomicU64,
    refused: AtomicU64,
}

pub(crate) async fn run(Options { server, held }: Options) -> Outcome<Value> {
    let counts = Arc::new(Counts::default());
    let attacker = |kind, number, token| Attacker { server, kind, number, token, counts: counts.clone() };
    // Before anything is attacked: later an attacker is refused.
    let mut loud = Vec::new();
    for kind in [Kind::Junk, Kind::Large, Kind::Guesses, Kind::Pings] {
        for number in 0..OF_EACH_KIND {
            let ticket: Option<Ticket> = ask(server.at, FROM, "create_room", String::new()).await?;
            let Ticket { token } = ticket.ok_or("the server has no place")?;
            loud.push(attacker(kind, number, token));
        }
    }
    let mut silent = Vec::new();
    for number in 0..held.into() {
        silent.push((open(server.at, FROM, "/ws").await?, attacker(Kind::Silence, number, String::new())));
    }
    for (socket, attacker) in silent {
        tokio::spawn(attacker.run(Some(socket)));
    }
    for attacker in loud {
        tokio::spawn(attacker.run(None));
    }
    println!("{}", json!({ "holds": held }));
    // Whoever has started them says by that when to stop.
    spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Ok(json!({ "sockets": of(&counts.sockets), "frames": of(&counts.frames), "refused": of(&counts.refused) }))
}

impl Attacker {
    /// Uses up one socket after the other.
    async fn run(self, mut socket: Option<Socket>) {
        loop {
            let next = match socket.take() {
                Some(socket) => Ok(socket),
                None => open(self.server.at, FROM, "/ws").await,
            };
            let counted = match next {
                Ok(socket) => {
                    // However it ends is how it should end.
                    _ = self.use_up(socket).await;
                    &self.counts.sockets
                }
                Err(_) => &self.counts.refused,
            };
            counted.fetch_add(1, Ordering::Relaxed);
            // Else a server that refuses at once would keep the others from their turn.
            tokio::task::yield_now().await;
        }
    }

    /// Sends on a socket until it is closed, and reads what comes meanwhile, so that the close is met.
    async fn use_up(&self, mut socket: Socket) -> Outcome<()> {
        if !matches!(self.kind, Kind::Silence | Kind::Junk) {
            let (token, page) = (self.token.clone(), PageId::new(1));
            say(&mut socket, &ClientMessage::Hello { version: VERSION, token, page, name: None, resuming: None }).await?;
        }
        let (mut sink, mut stream) = socket.split();
        let sending = async {
            for number in 0..FRAMES {
                let Some(frame) = self.frame(number)? else { break };
                sink.send(frame).await?;
                self.counts.frames.fetch_add(1, Ordering::Relaxed);
            }
            std::future::pending::<Outcome<()>>().await
        };
        let closed = async {
            while let Some(frame) = stream.next().await {
                if frame?.is_close() {
                    break;
                }
            }
            Ok(())
        };
        tokio::select! {
            sent = sending => sent,
            closed = closed => closed,
        }
    }

    fn frame(&self, number: u64) -> Outcome<Option<Message>> {
        let message = match self.kind {
            Kind::Silence => return Ok(None),
            Kind::Junk => return Ok(Some(Message::text("}{".repeat(64)))),
            Kind::Large => {
                let frame = json!({ "type": "nonsense", "filling": "x".repeat(FRAME_MAX - 64) });
                return Ok(Some(Message::text(frame.to_string())));
            }
            Kind::Guesses => {
                let letters =
                    (0..2 * CODE_LETTERS as u64).map(|at| (self.number * 31 + number * 7 + at * 13 + at * number) % 248);
                let letters: Vec<u8> = letters.filter_map(|letter| u8::try_from(letter).ok()).collect();
                let code = RoomCode::from_random(&letters).ok_or("no code")?;
                ClientMessage::Enter { request: 1, code }
            }
            Kind::Pings => ClientMessage::Ping { nonce: 1 },
        };
        Ok(Some(Message::text(serde_json::to_string(&message)?)))
    }
}
