//! Frames that no page and no server of this version sends: a later version's, broken ones, junk.

use std::{fmt::Debug, fs};

use protocol::{
    id::{MessageId, RoomId},
    message::{
        Body, CallEvent, ChatError, ClientMessage, EnterError, GoneReason, PeerBody, PeerMessage, Presence, SdpType,
        ServerMessage, SourceState,
    },
};
use serde::{Serialize, de::DeserializeOwned};

/// Where every message stands as it is sent (`golden.rs`).
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

#[test]
fn what_a_later_version_says_is_unknown_not_an_error() {
    let client = |text: &str| serde_json::from_str::<ClientMessage>(text).expect("an unknown type is no error");
    let server = |text: &str| serde_json::from_str::<ServerMessage>(text).expect("an unknown type is no error");
    for text in
        [r#"{"type":"raise_hand"}"#, r#"{"type":"raise_hand","hand":{"up":[true,null,{}]},"code":7}"#, r#"{"a":1,"type":""}"#]
    {
        assert_eq!(client(text), ClientMessage::Unknown);
        assert_eq!(server(text), ServerMessage::Unknown);
    }
    let chat = r#"{"type":"chat","room":"0000000000000040","id":"000000000000000e","body":{"kind":"sealed","box":"…"}}"#;
    assert_eq!(client(chat), ClientMessage::Chat { room: RoomId::new(0x40), id: MessageId::new(0xe), body: Body::Unknown });
    let event = r#"{"type":"call","call":null,"event":{"kind":"held","by":{"x":1}}}"#;
    assert_eq!(server(event), ServerMessage::Call { call: None, event: CallEvent::Unknown });
    let peer = r#"{"from":{"participant":"000000000000000a"},"to":{"participant":"000000000000000b"},"link":{"from":2,"to":1,"since":2},"seq":9,"body":{"kind":"keys","keys":[]}}"#;
    assert_eq!(serde_json::from_str::<PeerMessage>(peer).expect("an unknown content is no error").body, PeerBody::Unknown);
}

#[test]
fn a_later_versions_word_is_read_as_the_safe_one() {
    fn read<T: DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).expect("an unknown word is no error")
    }
    // Nobody is shown as here, and nothing as sent, who or what may not be.
    assert_eq!(read::<Presence>("\"dreaming\""), Presence::Away);
    assert_eq!(read::<SourceState>("\"blurred\""), SourceState::Off);
    assert_eq!(read::<GoneReason>("\"beamed\""), GoneReason::Left);
    assert_eq!(read::<ChatError>("\"sealed\""), ChatError::Unknown);
    assert_eq!(read::<EnterError>(r#"{"kind":"lobby","place":3}"#), EnterError::NotFound);
    let refused = r#"{"type":"refused","request":3,"reason":{"kind":"locked"}}"#;
    assert_eq!(read::<ServerMessage>(refused), ServerMessage::Refused { request: 3, reason: EnterError::NotFound });
    for text in ["7", "null", "{}"] {
        assert!(serde_json::from_str::<Presence>(text).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<SdpType>("\"rollback\"").is_err(), "there is no safe one");
}

#[test]
fn what_is_no_message_is_an_error() {
    let frames = [
        "",
        " ",
        "null",
        "[]",
        "{}",
        "1",
        "\"hello\"",
        "{\"type\":null}",
        "{\"type\":7}",
        "{\"type\":[\"hello\"]}",
        "{\"type\":\"enter\"}",
        r#"{"type":"enter","request":-1,"code":"k7m2-9xqd-4tza"}"#,
        r#"{"type":"enter","request":4294967296,"code":"k7m2-9xqd-4tza"}"#,
        r#"{"type":"enter","request":1,"code":"k7m2-9xqd-4tz"}"#,
        r#"{"type":"ring","to":"a"}"#,
        r#"{"type":"ring","to":"000000000000000A"}"#,
        r#"{"type":"away","away":"yes"}"#,
        r#"{"type":"ping","nonce":1}{"type":"ping","nonce":1}"#,
        r#"{"type":"ping","nonce":1"#,
        "{\"type\":\"name\",\"name\":\"\u{1}\"}",
    ];
    for frame in frames {
        assert!(serde_json::from_str::<ClientMessage>(frame).is_err(), "{frame}");
    }
}

/// Damaged, cut, doubled and invented frames: read or refused, and what is read can be written and read again.
#[test]
fn junk_is_read_or_refused_but_never_panics() {
    let mut seed = 1_u64;
    let mut draw = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % below.max(1)
    };
    let files = fs::read_dir(FOLDER).expect("the folder is there");
    let mut frames: Vec<Vec<u8>> = files.map(|file| fs::read(file.expect("a file").path()).expect("readable")).collect();
    frames.sort();
    let pieces: Vec<&[u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"-1",
        b"1e999",
        b"\"",
        b"\\u0000",
        b"\\ud800",
        b"\xff",
        b"\"type\":",
        b"\"kind\":\"",
        b",",
        "ү".as_bytes(),
    ];
    let mut read = 0;
    for round in 0..30_000 {
        let mut frame = frames[round % frames.len()].clone();
        for _ in 0..draw(4) {
            let (at, to) = (draw(frame.len()), draw(frame.len()));
            match draw(5) {
                0 => frame.truncate(at),
                1 => drop(frame.drain(at.min(to)..at.max(to))),
                2 => drop(frame.splice(at..at, pieces[draw(pieces.len())].iter().copied())),
                3 => {
                    let other = &frames[draw(frames.len())];
                    frame.truncate(at);
                    frame.extend_from_slice(&other[draw(other.len())..]);
                }
                _ => {
                    if let Some(byte) = frame.get_mut(at) {
                        *byte = u8::try_from(draw(256)).unwrap_or(0);
                    }
                }
            }
        }
        read += usize::from(again::<ClientMessage>(&frame)) + usize::from(again::<ServerMessage>(&frame));
        again::<PeerMessage>(&frame);
    }
    assert!(read > 1_000, "some junk is still a message: {read}");
    // Depth is bounded by the decoder, not by the stack.
    let deep = format!("{{\"type\":\"x\",\"deep\":{}", "[".repeat(60_000));
    assert!(!again::<ClientMessage>(deep.as_bytes()));
}

/// Whether the frame is a message; if so, it is the same one after being written and read again.
fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(frame: &[u8]) -> bool {
    let Ok(message) = serde_json::from_slice::<T>(frame) else { return false };
    let written = serde_json::to_vec(&message).expect("what was read can be written");
    assert_eq!(serde_json::from_slice::<T>(&written).expect("what was written can be read"), message);
    true
}
