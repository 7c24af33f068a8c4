//! A client's TCP connection (RFC 8656 §3.1): reads whole messages, and writes without waiting; who reads too slowly loses
//! datagrams, as on any full line.

use std::{cell::RefCell, collections::VecDeque, io, net::IpAddr};

use tokio::{net::TcpStream, sync::Notify};

use super::framing::{self, Frame};

/// What may wait for a slow reader: some hundred datagrams, a second of a picture. More would only come too late.
const WAITING: usize = 256 * 1024;
/// A buffer for reading; it grows for a longer message, to 64 KiB at the most.
const READ: usize = 16 * 1024;

/// A message that came.
pub(super) enum Message<'a> {
    Stun(&'a [u8]),
    Channel(&'a [u8]),
}

/// See the module.
pub(super) struct Connection {
    /// Who it comes from.
    pub(super) remote: IpAddr,
    stream: TcpStream,
    waiting: RefCell<VecDeque<u8>>,
    more: Notify,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, remote: IpAddr) -> Self {
        // Small messages shall leave at once; without that it works too.
        _ = stream.set_nodelay(true);
        Self { remote, stream, waiting: RefCell::default(), more: Notify::new() }
    }

    /// Writes whole messages that belong together, or drops them.
    pub(super) fn write(&self, messages: &[u8]) {
        let mut waiting = self.waiting.borrow_mut();
        let written = if waiting.is_empty() { self.stream.try_write(messages).unwrap_or(0) } else { 0 };
        let rest = &messages[written..];
        // Of what has begun the rest must follow.
        if !rest.is_empty() && (written > 0 || waiting.len() + rest.len() <= WAITING) {
            waiting.extend(rest);
            self.more.notify_one();
        }
    }

    /// Reads until the connection ends, or says what no client says; writes what waits meanwhile.
    ///
    /// # Errors
    /// The system's.
    pub(super) async fn run(&self, mut each: impl FnMut(Message<'_>)) -> io::Result<()> {
        tokio::select! {
            read = self.read(&mut each) => read,
            written = self.write_waiting() => written,
        }
    }

    async fn read(&self, each: &mut impl FnMut(Message<'_>)) -> io::Result<()> {
        let mut buffer = vec![0; READ];
        let mut filled = 0;
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut buffer[filled..]) {
                Ok(0) => return Ok(()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            }
            let mut from = 0;
            loop {
                let rest = &buffer[from..filled];
                match framing::next(rest) {
                    Frame::Stun(length) => {
                        each(Message::Stun(&rest[..length]));
                        from += length;
                    }
                    Frame::Channel(length, padded) => {
                        each(Message::Channel(&rest[..length]));
                        from += padded;
                    }
                    Frame::Partial(needed) => {
                        buffer.copy_within(from..filled, 0);
                        filled -= from;
                        if needed > buffer.len() {
                            buffer.resize(needed, 0);
                        }
                        break;
                    }
                    Frame::Broken => return Ok(()),
                }
            }
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
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_before_a_slow_reader_is_lost_and_memory_is_bounded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (reader, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (_reader, (stream, remote)) = (reader.expect("a connection"), accepted.expect("a connection"));
        let connection = Connection::new(stream, remote.ip());
        let datagram = [0; 1200];
        for _ in 0..20_000 {
            connection.write(&datagram);
            // What had begun to be written may be above it.
            assert!(connection.waiting.borrow().len() <= WAITING + datagram.len());
        }
        assert!(connection.waiting.borrow().len() > WAITING - datagram.len(), "there was more than fits");
    }
}
