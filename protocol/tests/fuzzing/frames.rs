//! Everything that is read from outside, read from any bytes: nothing panics, and what is read can be written and read again.

use std::fmt::Debug;

use protocol::{
    client::{Preferences, Saved},
    exchange::RoomFacts,
    id::{CODE_ALPHABET, CODE_LETTERS, ParticipantId, RoomCode},
    message::{
        CallEvent, ClientMessage, CloseCode, Endpoint, EnterError, IceConfig, NAME_MAX, PeerMessage, RoomInfo, ServerMessage,
        TEXT_MAX, Ticket,
    },
    text::{check_text, clean_name, clean_text, text_length},
};
use serde::{Serialize, de::DeserializeOwned};

/// Several frames, between bytes that are in none.
pub(crate) fn run(bytes: &[u8]) {
    bytes.split(|byte| *byte == 0xff).for_each(frame);
}

fn frame(bytes: &[u8]) {
    // From a socket, and over a data channel.
    again::<ClientMessage>(bytes);
    again::<ServerMessage>(bytes);
    again::<PeerMessage>(bytes);
    again::<CallEvent>(bytes);
    again::<CloseCode>(bytes);
    again::<Endpoint>(bytes);
    again::<EnterError>(bytes);
    // From a server function.
    again::<IceConfig>(bytes);
    again::<RoomInfo>(bytes);
    again::<Ticket>(bytes);
    // From a browser's storage, and from the disk.
    again::<Preferences>(bytes);
    again::<Saved>(bytes);
    again::<RoomFacts>(bytes);

    let text = String::from_utf8_lossy(bytes);
    code(&text);
    name(&text);
    said(&text);
    if let Ok(id) = text.parse::<ParticipantId>() {
        assert_eq!(id.to_string(), text, "an id has one form");
    }
    let drawn = RoomCode::from_random(bytes);
    assert_eq!(drawn.is_some(), bytes.iter().filter(|byte| **byte < 248).count() >= CODE_LETTERS);
}

fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(frame: &[u8]) {
    let Ok(message) = serde_json::from_slice::<T>(frame) else { return };
    let written = serde_json::to_string(&message).expect("what was read can be written");
    let again = serde_json::from_str::<T>(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
    assert_eq!(again, message);
    assert_eq!(serde_json::to_string(&again).expect("and written again"), written);
}

/// What is typed, pasted, or stands in an address.
fn code(typed: &str) {
    let Ok(code) = RoomCode::parse(typed) else { return };
    let shown = code.to_string();
    assert!(shown.bytes().all(|letter| letter == b'-' || CODE_ALPHABET.contains(&letter)), "{shown}");
    let link = format!("https://school.example/{shown}?from=qr");
    for form in [shown.clone(), shown.to_uppercase(), format!(" {shown}\n"), shown.replace('-', ""), link, format!("«{shown}».")]
    {
        assert_eq!(RoomCode::parse(&form).as_ref(), Ok(&code), "{form}");
    }
    assert!(!format!("{code:?}").contains(&shown[..4]), "a code is a key");
}

fn name(given: &str) {
    let name = clean_name(given);
    assert_eq!(clean_name(&name), name, "clean is clean");
    assert!(name.chars().count() <= NAME_MAX);
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    assert!(!name.chars().any(|c| c.is_control() || turns(c)), "{name:?}");
    assert_eq!(name.trim(), name);
}

fn said(given: &str) {
    let text = clean_text(given);
    assert_eq!(clean_text(&text), text, "clean is clean");
    assert_eq!(text_length(given), text.chars().count());
    assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
    assert_eq!(check_text(&text).is_ok(), (1..=TEXT_MAX).contains(&text_length(given)));
}
