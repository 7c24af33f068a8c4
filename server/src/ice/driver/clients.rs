//! What clients send, over UDP and TCP.

use std::{io, net::SocketAddr, rc::Rc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    task::spawn_local,
};

use super::{Connection, Engine};
use crate::ice::{
    allocation::{Client, Via},
    framing::{CHANNEL_HEAD, channel_data},
    inbox::Message,
    request::Outcome,
    table::Target,
    tcp::Sender,
    udp::Datagrams,
};

/// How long a connection may be without an allocation.
const IDLE: Duration = Duration::from_secs(10);
/// After an error that comes from the machine's state.
const BREATHER: Duration = Duration::from_millis(100);

/// Takes datagrams from a socket for ever.
pub(super) async fn datagrams(engine: Rc<Engine>, number: usize) {
    let socket = &engine.sockets[number];
    loop {
        if let Err(error) = socket.receive(&engine.buffers, |datagrams| engine.datagrams(number, datagrams)).await {
            tracing::debug!(%error, "a socket did not read");
            tokio::task::yield_now().await;
        }
    }
}

/// Takes connections for ever, but only so many.
pub(super) async fn accept(engine: Rc<Engine>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) if engine.shares.borrow_mut().take(Some(remote.ip()), 1).is_ok() => {
                let engine = engine.clone();
                spawn_local(async move {
                    if let Err(error) = connection(&engine, stream, remote).await {
                        tracing::debug!(%error, "a TURN connection broke");
                    }
                    engine.shares.borrow_mut().give_back(Some(remote.ip()), 1);
                });
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "a TURN connection could not be taken");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

async fn connection(engine: &Rc<Engine>, stream: TcpStream, remote: SocketAddr) -> io::Result<()> {
    let number = engine.next_connection.replace(engine.next_connection.get() + 1);
    let client = Engine::client(Via::Tcp(number), remote, stream.local_addr()?.ip());
    let connection = Rc::new(Connection::new(stream));
    engine.connections.borrow_mut().insert(number, connection.clone());
    let read = connection.run(|message| engine.said(&client, message));
    let ended = tokio::select! {
        ended = read => ended,
        () = engine.idle(&client) => Ok(()),
    };
    engine.connections.borrow_mut().remove(&number);
    engine.table.borrow_mut().closed(&client, engine.now());
    ended
}

impl Engine {
    /// A message over TCP.
    fn said(self: &Rc<Self>, client: &Client, message: Message<'_>) -> Sender {
        let answered = match message {
            Message::Stun(bytes) => self.stun(client, bytes),
            Message::Channel(bytes) => {
                self.channel(client, &mut [bytes].into_iter().peekable());
                false
            }
        };
        // Without an allocation there is only to be asked; who asks so much that it is not answered is no client of ours.
        match self.table.borrow().knows(client) {
            true => Sender::Client,
            false if answered => Sender::Stranger,
            false => Sender::Other,
        }
    }

    /// Ends when a client has had no allocation for a while.
    async fn idle(&self, client: &Client) {
        let mut ticks = tokio::time::interval(IDLE);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if !self.table.borrow().knows(client) {
                return;
            }
        }
    }

    fn datagrams(self: &Rc<Self>, socket: usize, datagrams: &Datagrams<'_>) {
        // The system says where datagrams came to; without that no answer would come from there.
        let Some(local) = datagrams.to else { return };
        let client = Self::client(Via::Udp(socket), datagrams.from, local);
        let mut rest = datagrams.iter().peekable();
        while let Some(first) = rest.peek() {
            match first.first().map(|byte| byte >> 6) {
                Some(1) => self.channel(&client, &mut rest),
                Some(0) => {
                    self.stun(&client, first);
                    rest.next();
                }
                _ => drop(rest.next()),
            }
        }
    }

    /// A STUN message. Gives whether it was answered.
    fn stun(self: &Rc<Self>, client: &Client, bytes: &[u8]) -> bool {
        let outcome = self.table.borrow_mut().message(&mut self.opener(), bytes, client, self.both_clocks());
        match outcome {
            Outcome::Answer(answer) => {
                self.answer(client, &answer);
                return true;
            }
            Outcome::Send { to, bytes } => {
                if let Some(way) = self.table.borrow().send(client, Target::Peer(to), bytes.len(), self.now()) {
                    self.carry(&way, bytes.len(), std::iter::once(bytes));
                }
            }
            Outcome::Nothing => {}
        }
        false
    }

    /// ChannelData: takes what follows in the same channel, as long as it can be sent in one go.
    fn channel<'a>(&self, client: &Client, datagrams: &mut std::iter::Peekable<impl Iterator<Item = &'a [u8]>>) {
        let Some((number, first)) = datagrams.next().and_then(channel_data) else { return };
        let each = first.len();
        let follows = |datagram: &&'a [u8]| match channel_data(datagram) {
            Some((same, bytes)) if same == number && bytes.len() <= each => Some(bytes),
            _ => None,
        };
        let mut run = vec![first];
        while run.last().is_some_and(|last| last.len() == each) {
            let Some(next) = datagrams.peek().and_then(follows) else { break };
            run.push(next);
            datagrams.next();
        }
        let bytes: usize = run.iter().map(|bytes| bytes.len() + CHANNEL_HEAD).sum();
        if let Some(way) = self.table.borrow().send(client, Target::Channel(number), bytes, self.now()) {
            self.carry(&way, each, run.into_iter());
        }
    }
}
