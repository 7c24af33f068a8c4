//! A client's TCP connection (RFC 8656 §3.1): reads whole messages, and writes without waiting; who reads too slowly loses
//! datagrams, as on any full line. Who has no allocation gets little room, and is let go when nothing comes of what it says.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
};

use tokio::{net::TcpStream, sync::Notify, task::yield_now};

use super::inbox::{self, Inbox, Message};

/// What may wait for a slow reader: some hundred datagrams, a second of a picture. More would only come too late.
const WAITING: usize = 256 * 1024;
/// The same for one without an allocation: some answers.
const WAITING_STRANGER: usize = 4 * 1024;

/// What a message shows its sender to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// One that has an allocation.
    Client,
    /// One that may get one.
    Stranger,
    /// No client of ours.
    Other,
}

/// See the module.
pub(super) struct Connection {
    stream: TcpStream,
    /// Its client has an allocation, or had one when it last said something.
    known: Cell<bool>,
    waiting: RefCell<VecDeque<u8>>,
    more: Notify,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Small messages shall leave at once; without that it works too.
        _ = stream.set_nodelay(true);
        Self { stream, known: Cell::new(false), waiting: RefCell::default(), more: Notify::new() }
    }

    /// Writes whole messages that belong together, or drops them.
    pub(super) fn write(&self, messages: &[u8]) {
        let mut waiting = self.waiting.borrow_mut();
        let written = if waiting.is_empty() { self.stream.try_write(messages).unwrap_or(0) } else { 0 };
        let rest = &messages[written..];
        let most = if self.known.get() { WAITING } else { WAITING_STRANGER };
        // Of what has begun the rest must follow.
        if !rest.is_empty() && (written > 0 || waiting.len() + rest.len() <= most) {
            waiting.extend(rest);
            self.more.notify_one();
        }
    }

    /// Reads until the connection ends, or says what no client says; writes what waits meanwhile. `each` is told what came and
    /// says of whom.
    ///
    /// # Errors
    /// The system's.
    pub(super) async fn run(&self, mut each: impl FnMut(Message<'_>) -> Sender) -> io::Result<()> {
        tokio::select! {
            read = self.read(&mut each) => read,
            written = self.write_waiting() => written,
        }
    }

    async fn read(&self, each: &mut impl FnMut(Message<'_>) -> Sender) -> io::Result<()> {
        let mut inbox = Inbox::new();
        loop {
            self.stream.readable().await?;
            let read = match self.stream.try_read(inbox.room()) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            let needed = inbox.came(read, |message| {
                let sender = each(message);
                self.known.set(sender == Sender::Client);
                sender != Sender::Other
            });
            match needed {
                Some(needed) if self.known.get() => inbox.fit(needed.max(inbox::CLIENT)),
                Some(needed) if needed <= inbox::STRANGER => inbox.fit(inbox::STRANGER),
                _ => return Ok(()),
            }
            // Who sends faster than is read would keep all others waiting.
            yield_now().await;
        }
    }

    async fn write_waiting(&self) -> io::Result<()> {
        loop {
            if self.waiting.borrow().is_empty() {
                self.more.notified().await;
                continue;
            }
            self.stream.writable().await?;
            let mut waiting = self.waiting.borrow_mut();
            match self.stream.try_write(waiting.as_slices().0) {
                Ok(written) => drop(waiting.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if waiting.is_empty() {
                // Its memory is for those whose line is slow.
                *waiting = VecDeque::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::AsyncReadExt as _,
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// A connection, and the client's end of it.
    async fn connected() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
        (Connection::new(listener.accept().await.expect("a connection").0), client)
    }

    #[tokio::test]
    async fn a_flood_leaves_others_their_turn() {
        let (connection, client) = connected().await;
        connection.known.set(true);
        client.writable().await.expect("an open connection");
        let (flood, mut sent) = (b"\x40\x00\x00\x00".repeat(16 * 1024), 0);
        while let Ok(written) = client.try_write(&flood) {
            sent += written;
        }
        connection.stream.readable().await.expect("an open connection");
        let mut read = 0;
        let reading = connection.run(|_| {
            read += 4;
            Sender::Client
        });
        tokio::select! {
            biased;
            ended = reading => panic!("{ended:?}"),
            () = yield_now() => {}
        }
        assert!(read > 0 && read < sent / 2, "{read} of {sent}");
    }

    #[tokio::test]
    async fn what_waits_for_a_slow_reader_is_bounded_and_given_back() {
        for (known, most) in [(false, 4 * 1024), (true, 256 * 1024)] {
            let (connection, mut client) = connected().await;
            connection.known.set(known);
            connection.stream.writable().await.expect("an open connection");
            let mut written = 0;
            // All that the system takes, and then far more.
            while connection.waiting.borrow().is_empty() {
                connection.write(&[7; 1_000]);
                written += 1_000;
            }
            (0..1_000).for_each(|_| connection.write(&[7; 1_000]));
            let waiting = connection.waiting.borrow().len();
            assert!(waiting <= most && waiting + 1_000 > most, "{waiting}");
            let whole = written + (waiting - 1) / 1_000 * 1_000;
            let mut buffer = vec![0; whole];
            tokio::select! {
                ended = connection.run(|_| Sender::Stranger) => panic!("{ended:?}"),
                read = client.read_exact(&mut buffer) => assert_eq!(read.expect("all of it"), whole),
            }
            assert_eq!(connection.waiting.borrow().capacity(), 0);
        }
    }

    #[tokio::test]
    async fn only_who_has_an_allocation_may_say_something_long() {
        let long = [&b"\x40\x00\x20\x00"[..], &[7; 8192]].concat();
        for (said, sender, heard) in [
            (&long[..], Sender::Stranger, vec![]),
            (&[&b"\x40\x00\x00\x00"[..], &long].concat(), Sender::Stranger, vec![4]),
            (&[&b"\x40\x00\x00\x00"[..], &long].concat(), Sender::Client, vec![4, 8196]),
            (&b"\x40\x00\x00\x00".repeat(3), Sender::Other, vec![4]),
        ] {
            let (connection, client) = connected().await;
            client.writable().await.expect("an open connection");
            assert_eq!(client.try_write(said).expect("room"), said.len());
            drop(client);
            let mut lengths = Vec::new();
            let reading = connection.run(|message| {
                let (Message::Stun(bytes) | Message::Channel(bytes)) = message;
                lengths.push(bytes.len());
                // The longest ends it as well.
                if bytes.len() > 8000 { Sender::Other } else { sender }
            });
            reading.await.expect("an end");
            assert_eq!(lengths, heard, "{sender:?}");
        }
    }
}
