//! How answers are written (RFC 8489 §6.3, RFC 8656): one attribute after the other, signed where the asker is known. Pure.

use std::net::{IpAddr, SocketAddr};

use stun_types::{
    attribute::{ErrorCode, Fingerprint, Nonce, Realm, UnknownAttributes, XorMappedAddress},
    message::{IntegrityAlgorithm, IntegrityKey, Message, MessageHeader, MessageWriteVec},
    prelude::{AttributeStaticType as _, AttributeWrite, MessageWrite as _, MessageWriteExt as _},
};
use turn_types::{
    attribute::{Data, XorPeerAddress},
    message::DATA,
    stun::attribute::AttributeType,
};

use super::{credentials::REALM, nonce::Nonces, table::Now};

/// Room for any answer.
const ROOM: usize = 256;

/// An answer that is being written.
pub(super) struct Answer<'a> {
    request: &'a Message<'a>,
    written: MessageWriteVec,
}

impl<'a> Answer<'a> {
    pub(super) fn success(request: &'a Message<'a>) -> Self {
        Self { request, written: Message::builder_success(request, MessageWriteVec::with_capacity(ROOM)) }
    }

    pub(super) fn refusal(request: &'a Message<'a>, code: u16) -> Self {
        let written = Message::builder_error(request, MessageWriteVec::with_capacity(ROOM));
        let error = ErrorCode::builder(code).build().expect("a code between 300 and 699");
        Self { request, written }.with(&error)
    }

    pub(super) fn with(mut self, attribute: &dyn AttributeWrite) -> Self {
        self.written.add_attribute(attribute).expect("each attribute once, before the signature");
        self
    }

    /// Unsigned.
    pub(super) fn plain(mut self) -> Vec<u8> {
        if self.request.has_attribute(Fingerprint::TYPE) {
            self.written.add_fingerprint().expect("the last attribute");
        }
        self.written.finish()
    }

    /// Signed for one who is known.
    pub(super) fn signed(mut self, key: &IntegrityKey) -> Vec<u8> {
        self.written.add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1).expect("the one signature");
        self.plain()
    }
}

/// Where the asker is, as seen from here (RFC 8489 §7.3.1).
pub(super) fn binding(request: &Message<'_>, from: SocketAddr) -> Vec<u8> {
    Answer::success(request).with(&XorMappedAddress::new(from, request.transaction_id())).plain()
}

/// Asks for a credential: 401 or 438 (RFC 8489 §9.2.4).
pub(super) fn challenge(request: &Message<'_>, code: u16, nonces: &Nonces, from: IpAddr, now: Now) -> Vec<u8> {
    let realm = Realm::new(REALM).expect("a short realm");
    let nonce = Nonce::new(&nonces.issue(from, now.running)).expect("a short nonce");
    Answer::refusal(request, code).with(&realm).with(&nonce).plain()
}

/// Names the attributes that one would have to understand, and does not (RFC 8489 §14.9).
pub(super) fn not_understood(request: &Message<'_>, attributes: &[AttributeType], key: Option<&IntegrityKey>) -> Vec<u8> {
    let answer = Answer::refusal(request, ErrorCode::UNKNOWN_ATTRIBUTE).with(&UnknownAttributes::new(attributes));
    match key {
        Some(key) => answer.signed(key),
        None => answer.plain(),
    }
}

/// A Data indication (RFC 8656 §11.4): what came from a peer that has no channel. `None`: it is too long for one.
pub(crate) fn data(from: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut written = Message::builder_indication(DATA, MessageWriteVec::with_capacity(bytes.len() + 64));
    let transaction = written.transaction_id();
    written.add_attribute(&XorPeerAddress::new(from, transaction)).expect("each attribute once");
    // A message counts what follows its head in 16 bits; an IPv6 datagram may be longer than what they leave.
    let length = written.len() - MessageHeader::LENGTH + 4 + bytes.len().next_multiple_of(4);
    u16::try_from(length).ok()?;
    written.add_attribute(&Data::new(bytes)).expect("a datagram is shorter than an attribute");
    Some(written.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_indication_holds_the_longest_datagram_it_has_room_for() {
        for (from, longest) in [("198.51.100.9:1", 65_516), ("[2001:db8::9]:1", 65_504)] {
            let from = from.parse().expect("an address");
            for length in [0, 1, 1_200, longest] {
                let written = data(from, &vec![7; length]).expect("room");
                let read = Message::from_bytes(&written).expect("a message");
                assert_eq!(read.attribute::<Data>().expect("what was said").data().len(), length);
            }
            assert!(data(from, &vec![7; longest + 1]).is_none());
            assert!(data(from, &vec![7; 65_535]).is_none());
        }
    }
}
