//! How messages follow one another in a TCP stream (RFC 8656 §12.5, RFC 8489 §6.2.2), and the head of ChannelData. Pure.

use stun_types::message::{MAGIC_COOKIE, MessageHeader};

/// ChannelData's head: the channel's number, the length of what follows.
pub(crate) const CHANNEL_HEAD: usize = 4;

/// The longest datagram there can be over IPv4, so also what a channel carries at the most.
const PAYLOAD: usize = 65_507;

/// The next message of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// It is not there yet: so many bytes are needed to know more.
    Partial(usize),
    /// A STUN message of so many bytes.
    Stun(usize),
    /// ChannelData of so many bytes, and how many the stream goes on after: they are padded to four.
    Channel(usize, usize),
    /// No client of ours says that.
    Broken,
}

/// Looks at the beginning of what has come.
pub(crate) fn next(stream: &[u8]) -> Frame {
    let Some(head) = stream.first_chunk::<4>() else { return Frame::Partial(4) };
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    match head[0] >> 6 {
        0 => {
            let cookie = stream.get(4..8);
            if length % 4 != 0 || cookie.is_some_and(|cookie| cookie != MAGIC_COOKIE.to_be_bytes()) {
                return Frame::Broken;
            }
            let whole = MessageHeader::LENGTH + length;
            if stream.len() < whole { Frame::Partial(whole) } else { Frame::Stun(whole) }
        }
        1 if length > PAYLOAD => Frame::Broken,
        1 => {
            let whole = CHANNEL_HEAD + length;
            let padded = whole.next_multiple_of(4);
            if stream.len() < padded { Frame::Partial(padded) } else { Frame::Channel(whole, padded) }
        }
        _ => Frame::Broken,
    }
}

/// Reads a datagram as ChannelData (RFC 8656 §12.4): the channel and its bytes. Over UDP padding may follow.
pub(crate) fn channel_data(datagram: &[u8]) -> Option<(u16, &[u8])> {
    let (head, rest) = datagram.split_first_chunk::<CHANNEL_HEAD>()?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    (head[0] >> 6 == 1).then_some(())?;
    Some((u16::from_be_bytes([head[0], head[1]]), rest.get(..length)?))
}

/// Writes ChannelData.
pub(crate) fn write_channel_data(number: u16, bytes: &[u8], into: &mut Vec<u8>) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    into.extend_from_slice(&number.to_be_bytes());
    into.extend_from_slice(&length.to_be_bytes());
    into.extend_from_slice(&bytes[..length.into()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_where_messages_end() {
        let mut stream = Vec::new();
        write_channel_data(0x4001, b"hello", &mut stream);
        assert_eq!(channel_data(&stream), Some((0x4001, &b"hello"[..])));
        assert_eq!(next(&stream), Frame::Partial(12), "three bytes of padding are to come");
        stream.extend([0; 3]);
        assert_eq!(next(&stream), Frame::Channel(9, 12));
        let mut stun = [0x00, 0x01, 0x00, 0x04, 0x21, 0x12, 0xa4, 0x42].to_vec();
        assert_eq!(next(&stun), Frame::Partial(24));
        stun.extend([0; 16]);
        assert_eq!(next(&stun), Frame::Stun(24));
        for short in 0..4 {
            assert_eq!(next(&stun[..short]), Frame::Partial(4));
        }
    }

    #[test]
    fn nothing_is_longer_than_a_datagram_can_be() {
        assert_eq!(next(&[0x40, 0, 0xff, 0xe3]), Frame::Partial(65_512));
        assert_eq!(next(&[0x40, 0, 0xff, 0xe4]), Frame::Broken);
        assert_eq!(next(&[0x40, 0, 0xff, 0xff]), Frame::Broken);
    }

    #[test]
    fn other_protocols_are_told_by_their_first_bytes() {
        for stream in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"\x16\x03\x01\x02\x00\x01\x00\x01",
            b"\x00\x01\x00\x03\x21\x12\xa4\x42",
            b"\xff\xff\xff\xff",
        ] {
            let first = next(stream);
            // What begins like ChannelData is taken for it, and leads to no channel.
            assert!(first == Frame::Broken || matches!(first, Frame::Partial(_)) && stream[0] >> 6 == 1, "{first:?}");
        }
        assert_eq!(channel_data(b"\x40\x00\x00\x05four"), None, "cut short");
        assert_eq!(channel_data(b"\x80\x00\x00\x00"), None);
        assert_eq!(channel_data(b"\x40"), None);
    }
}
