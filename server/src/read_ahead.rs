//! Reads from a connection as much as there is, whatever little is asked for: a WebSocket asks for a frame in two or three pieces, and
//! each would be a system call. What was read and not asked for yet is kept, and nothing while there is none: thousands of connections
//! are idle.

use std::{
    cell::RefCell,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// As much as is read at once.
const AT_ONCE: usize = 16 * 1024;

thread_local! {
    /// Where it is read to, whosoever's it is: nothing stays here.
    static DRAFT: RefCell<Vec<u8>> = RefCell::new(vec![0; AT_ONCE]);
}

/// See the module.
#[derive(Debug)]
pub(crate) struct ReadAhead<S> {
    stream: S,
    /// What was read ahead, and how much of that was given out.
    ahead: Vec<u8>,
    given: usize,
}

impl<S> ReadAhead<S> {
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, ahead: Vec::new(), given: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ahead, given } = self.get_mut();
        if ahead.is_empty() {
            if into.remaining() >= AT_ONCE {
                return Pin::new(stream).poll_read(context, into);
            }
            return DRAFT.with_borrow_mut(|draft| {
                let mut read = ReadBuf::new(draft);
                ready!(Pin::new(stream).poll_read(context, &mut read))?;
                let (now, later) = read.filled().split_at(read.filled().len().min(into.remaining()));
                into.put_slice(now);
                *ahead = later.to_vec();
                Poll::Ready(Ok(()))
            });
        }
        let rest = &ahead[*given..];
        let now = &rest[..rest.len().min(into.remaining())];
        into.put_slice(now);
        *given += now.len();
        if *given == ahead.len() {
            (*ahead, *given) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// Counts how often it is read from.
    struct Counted<S>(S, usize);

    impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
        fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            self.1 += 1;
            Pin::new(&mut self.0).poll_read(context, into)
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_in_pieces_is_read_at_once_and_stays_whole() {
        let sent: Vec<u8> = (0..3 * AT_ONCE).map(|number| (number % 251).to_le_bytes()[0]).collect();
        let (mut client, server) = duplex(sent.len());
        client.write_all(&sent).await.expect("room for all");
        drop(client);
        let mut stream = ReadAhead::new(Counted(server, 0));
        let (mut got, mut piece) = (Vec::new(), [0; 1000]);
        for size in (1..=1000).cycle() {
            let read = stream.read(&mut piece[..size]).await.expect("bytes");
            if read == 0 {
                break;
            }
            got.extend_from_slice(&piece[..read]);
        }
        assert!(got == sent);
        assert_eq!(stream.stream.1, 4, "three times as much as is read at once, and the end");
    }

    #[tokio::test]
    async fn nothing_is_kept_of_what_was_given_out() {
        let (mut client, server) = duplex(64);
        let mut stream = ReadAhead::new(server);
        client.write_all(b"a frame's head, and its text").await.expect("room");
        let mut piece = [0; 14];
        for expected in [&b"a frame's head"[..], b", and its text"] {
            stream.read_exact(&mut piece).await.expect("bytes");
            assert_eq!(piece, expected);
        }
        assert_eq!((stream.ahead.capacity(), stream.given), (0, 0));
        client.write_all(b"more").await.expect("room");
        assert_eq!(stream.read(&mut piece).await.expect("bytes"), 4);
    }
}
