//! What has come over a client's TCP connection and is not read yet, in no more memory than the client needs. Pure.

use super::framing::{self, Frame};

/// The room of one who has shown no credential: a request for an allocation is far shorter.
pub(crate) const STRANGER: usize = 2 * 1024;
/// The room of a client that has an allocation. It grows for a longer message, to 64 KiB at the most.
pub(crate) const CLIENT: usize = 16 * 1024;

/// A message that came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Stun(&'a [u8]),
    Channel(&'a [u8]),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Inbox {
    buffer: Vec<u8>,
    filled: usize,
}

impl Inbox {
    /// A stranger's.
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; STRANGER], filled: 0 }
    }

    /// Where to read into.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// So much was read there: hands over each message that is whole, until one is answered with `false`. Gives how many bytes
    /// are needed for the next one; `None`: no client of ours says that.
    pub(crate) fn came(&mut self, read: usize, mut each: impl FnMut(Message<'_>) -> bool) -> Option<usize> {
        self.filled += read;
        let mut from = 0;
        loop {
            let rest = &self.buffer[from..self.filled];
            let goes_on = match framing::next(rest) {
                Frame::Stun(length) => {
                    from += length;
                    each(Message::Stun(&rest[..length]))
                }
                Frame::Channel(length, padded) => {
                    from += padded;
                    each(Message::Channel(&rest[..length]))
                }
                Frame::Partial(needed) => {
                    self.buffer.copy_within(from..self.filled, 0);
                    self.filled -= from;
                    return Some(needed);
                }
                Frame::Broken => false,
            };
            if !goes_on {
                return None;
            }
        }
    }

    /// Makes room for so many bytes, what waits among them, and gives back what is not needed any more.
    pub(crate) fn fit(&mut self, needed: usize) {
        self.buffer.resize(needed.max(self.filled), 0);
        self.buffer.shrink_to(needed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets a stream come in pieces of so many bytes. Gives the lengths of its messages, and what is needed then.
    fn cut(inbox: &mut Inbox, mut stream: &[u8], each: usize) -> (Vec<usize>, Option<usize>) {
        let (mut lengths, mut needed) = (Vec::new(), Some(0));
        while !stream.is_empty() {
            let read = each.min(stream.len()).min(inbox.room().len());
            inbox.room()[..read].copy_from_slice(&stream[..read]);
            stream = &stream[read..];
            needed = inbox.came(read, |message| {
                let (Message::Stun(bytes) | Message::Channel(bytes)) = message;
                lengths.push(bytes.len());
                true
            });
            inbox.fit(needed.unwrap_or_default().max(CLIENT));
        }
        (lengths, needed)
    }

    #[test]
    fn messages_are_whole_however_the_stream_is_cut() {
        let mut stream = Vec::new();
        for length in [5, 0, 1_200, 20_000, 3] {
            framing::write_channel_data(0x4000, &vec![7; length], &mut stream);
            stream.resize(stream.len().next_multiple_of(4), 0);
        }
        for each in [1, 7, 1_000, 100_000] {
            let (lengths, needed) = cut(&mut Inbox::new(), &stream, each);
            assert_eq!((lengths, needed), (vec![9, 4, 1_204, 20_004, 7], Some(4)));
        }
        assert_eq!(cut(&mut Inbox::new(), b"\xff\xff\xff\xff", 9), (vec![], None));
    }

    #[test]
    fn a_long_message_has_room_while_it_comes() {
        let mut inbox = Inbox::new();
        assert_eq!(inbox.buffer.capacity(), STRANGER);
        let head = [0x40, 0, 0xff, 0xe0];
        assert_eq!(cut(&mut inbox, &head, 4), (vec![], Some(65_508)));
        assert_eq!(inbox.room().len(), 65_504);
        assert_eq!(cut(&mut inbox, &vec![0; 65_504], 65_504), (vec![65_508], Some(4)));
        assert_eq!(inbox.room().len(), CLIENT);
        assert!(inbox.buffer.capacity() < 2 * CLIENT, "the rest is given back");
    }
}
