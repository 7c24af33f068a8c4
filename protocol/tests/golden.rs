//! The wire, held against files: what a page and a server of this version say and understand, byte for byte of meaning.
//!
//! A file that changes is a change of the wire: pages already open do not know of it. A new message gets a new file; what the
//! failing test prints is what goes into it.

use std::{collections::BTreeSet, fmt::Debug, fs, path::Path};

use protocol::{
    id::{CallId, MessageId, PageId, ParticipantId, RoomCode, RoomId},
    message::{
        Body, Call, CallEvent, Candidate, ChatEntry, ChatError, ChatOrder, ClientMessage, CloseCode, Endpoint, EnterError,
        GoneReason, IceConfig, IceServer, Link, Media, Member, PeerBody, PeerMessage, Presence, Ring, RoomInfo, RoomSnapshot,
        Round, SdpType, ServerMessage, Source, SourceState, Ticket,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const ANA: ParticipantId = ParticipantId::new(0xa);
const BEK: ParticipantId = ParticipantId::new(0xb);
const CALL: CallId = CallId::new(0xca);
const ROOM: RoomId = RoomId::new(0x40);

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

/// Both ways: the file is what the value is written as, and is read as the value, whatever a later version adds to it.
fn hold<T: Serialize + DeserializeOwned + PartialEq + Debug>(seen: &mut BTreeSet<String>, name: &str, value: &T) {
    let file = format!("{name}.json");
    let written = serde_json::to_value(value).expect("every message can be written");
    let pretty = serde_json::to_string_pretty(&written).expect("a value can be written");
    let text = fs::read_to_string(Path::new(FOLDER).join(&file))
        .unwrap_or_else(|error| panic!("{file}: {error}; it should be\n{pretty}\n"));
    let golden: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(written, golden, "{file} should be\n{pretty}\n");
    assert_eq!(serde_json::from_str::<T>(&text).unwrap_or_else(|error| panic!("{file}: {error}")), *value, "{file}");
    let later = with_later_fields(golden).to_string();
    assert_eq!(serde_json::from_str::<T>(&later).unwrap_or_else(|error| panic!("{file}: {error}: {later}")), *value, "{file}");
    assert!(seen.insert(file), "{name} stands for one value");
}

/// The same with fields of a later version in every object. (An end of a letter is a name with its value, not an object.)
fn with_later_fields(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let an_end = fields.len() == 1 && fields.contains_key("participant");
            let mut fields: serde_json::Map<_, _> =
                fields.into_iter().map(|(name, value)| (name, with_later_fields(value))).collect();
            if !an_end {
                fields.insert("later".to_owned(), json!({ "type": "hello", "list": [1, null] }));
            }
            Value::Object(fields)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(with_later_fields).collect()),
        other => other,
    }
}

fn code() -> RoomCode {
    "k7m2-9xqd-4tza".parse().expect("a code")
}

fn media() -> Media {
    let source = |state, mid: Option<&str>| Source { state, mid: mid.map(str::to_owned) };
    Media {
        counter: 3,
        microphone: source(SourceState::Muted, Some("0")),
        camera: source(SourceState::On, Some("1")),
        screen: source(SourceState::Off, None),
        screen_audio: source(SourceState::Lost, None),
    }
}

fn member(id: ParticipantId, name: &str, presence: Presence) -> Member {
    Member { id, name: name.to_owned(), incarnation: 2, order: id.get() - 9, presence, media: media() }
}

fn call() -> Call {
    Call { id: CALL, members: vec![ANA], rings: vec![Ring { from: ANA, to: BEK }] }
}

fn body() -> Body {
    Body::Plain { text: "Сәлем!\n<b>👩‍🏫</b>".to_owned() }
}

fn entry() -> ChatEntry {
    ChatEntry {
        order: ChatOrder { epoch: 1_790_000_000_000, seq: 1 },
        from: ANA,
        name: "Айгүл".to_owned(),
        id: MessageId::new(0xe),
        body: body(),
        at: 1_790_000_000_123,
    }
}

fn snapshot() -> RoomSnapshot {
    RoomSnapshot {
        room: ROOM,
        code: code(),
        capacity: 2,
        members: vec![member(ANA, "Айгүл", Presence::Here), member(BEK, "", Presence::Lost)],
        call: Some(call()),
        history: vec![entry()],
        truncated: true,
    }
}

fn letter(body: PeerBody) -> PeerMessage {
    PeerMessage {
        from: Endpoint::Participant(ANA),
        to: Endpoint::Participant(BEK),
        link: Link { from: 2, to: 1, since: 2 },
        seq: 9,
        body,
    }
}

/// Every message of a page.
fn client_messages() -> Vec<ClientMessage> {
    vec![
        ClientMessage::Hello {
            version: 1,
            token: "opaque".to_owned(),
            page: PageId::new(0x9),
            name: Some("Айгүл".to_owned()),
            resuming: Some(2),
        },
        ClientMessage::Enter { request: 4, code: code() },
        ClientMessage::Name { name: "Айгүл".to_owned() },
        ClientMessage::Chat { room: ROOM, id: MessageId::new(0xe), body: body() },
        ClientMessage::Ring { to: BEK },
        ClientMessage::Accept { call: CALL },
        ClientMessage::Decline { call: CALL },
        ClientMessage::HangUp { call: CALL },
        ClientMessage::Media { media: media() },
        ClientMessage::Away { away: true },
        ClientMessage::Peer { message: letter(PeerBody::Candidate { candidate: None, round: Round::default() }) },
        ClientMessage::Leave { request: 5 },
        ClientMessage::Ping { nonce: 6 },
    ]
}

/// The file of a page's message. A new message does not compile until it is here; then it belongs above too.
fn client_file(message: &ClientMessage) -> &'static str {
    match message {
        ClientMessage::Hello { .. } => "client.hello",
        ClientMessage::Enter { .. } => "client.enter",
        ClientMessage::Name { .. } => "client.name",
        ClientMessage::Chat { .. } => "client.chat",
        ClientMessage::Ring { .. } => "client.ring",
        ClientMessage::Accept { .. } => "client.accept",
        ClientMessage::Decline { .. } => "client.decline",
        ClientMessage::HangUp { .. } => "client.hang_up",
        ClientMessage::Media { .. } => "client.media",
        ClientMessage::Away { .. } => "client.away",
        ClientMessage::Peer { .. } => "client.peer",
        ClientMessage::Leave { .. } => "client.leave",
        ClientMessage::Ping { .. } => "client.ping",
        ClientMessage::Unknown => "client.unknown",
    }
}

/// Every message of the server.
fn server_messages() -> Vec<ServerMessage> {
    vec![
        ServerMessage::Welcome { version: 1, you: ANA, incarnation: 2, own_code: code(), room: snapshot() },
        ServerMessage::Token { token: "opaque".to_owned() },
        ServerMessage::Room { request: 4, room: snapshot() },
        ServerMessage::Refused { request: 4, reason: EnterError::TooManyAttempts { retry_after: 30 } },
        ServerMessage::Member { member: member(BEK, "Бек", Presence::Away) },
        ServerMessage::Gone { participant: BEK, why: GoneReason::Left },
        ServerMessage::Call { call: Some(call()), event: CallEvent::Rang { from: ANA, to: BEK } },
        ServerMessage::Chat { entry: entry() },
        ServerMessage::ChatRefused { id: MessageId::new(0xe), reason: ChatError::TooLong },
        ServerMessage::Peer { message: letter(PeerBody::Candidate { candidate: None, round: Round::default() }) },
        ServerMessage::Pong { nonce: 6 },
    ]
}

/// The file of a server's message, like [`client_file`].
fn server_file(message: &ServerMessage) -> &'static str {
    match message {
        ServerMessage::Welcome { .. } => "server.welcome",
        ServerMessage::Token { .. } => "server.token",
        ServerMessage::Room { .. } => "server.room",
        ServerMessage::Refused { .. } => "server.refused",
        ServerMessage::Member { .. } => "server.member",
        ServerMessage::Gone { .. } => "server.gone",
        ServerMessage::Call { .. } => "server.call",
        ServerMessage::Chat { .. } => "server.chat",
        ServerMessage::ChatRefused { .. } => "server.chat_refused",
        ServerMessage::Peer { .. } => "server.peer",
        ServerMessage::Pong { .. } => "server.pong",
        ServerMessage::Unknown => "server.unknown",
    }
}

/// Every content of a letter, with its file.
fn letters() -> Vec<(&'static str, PeerBody)> {
    let candidate = Candidate {
        candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host".to_owned(),
        mid: Some("0".to_owned()),
        line: Some(0),
        ufrag: None,
    };
    let all = vec![
        PeerBody::Description { sdp_type: SdpType::Answer, sdp: "v=0\r\n".to_owned(), answers: Some(3), round: Round(2) },
        PeerBody::Candidate { candidate: Some(candidate), round: Round(2) },
        PeerBody::Anew { round: Round(2) },
        PeerBody::Media { media: media() },
        PeerBody::HungUp { call: CALL },
        PeerBody::Prefer { video_max: Some(150) },
    ];
    let file = |body: &PeerBody| match body {
        PeerBody::Description { .. } => "peer.description",
        PeerBody::Candidate { .. } => "peer.candidate",
        PeerBody::Anew { .. } => "peer.anew",
        PeerBody::Media { .. } => "peer.media",
        PeerBody::HungUp { .. } => "peer.hung_up",
        PeerBody::Prefer { .. } => "peer.prefer",
        PeerBody::Unknown => "peer.unknown",
    };
    all.into_iter().map(|body| (file(&body), body)).collect()
}

#[test]
fn the_wire_is_as_the_files_say() {
    let mut seen = BTreeSet::new();
    let seen = &mut seen;
    for message in client_messages() {
        hold(seen, client_file(&message), &message);
    }
    for message in server_messages() {
        hold(seen, server_file(&message), &message);
    }
    for (file, body) in letters() {
        hold(seen, file, &letter(body));
    }
    let to_server =
        PeerMessage { to: Endpoint::MediaServer, ..letter(PeerBody::Candidate { candidate: None, round: Round::default() }) };
    hold(seen, "peer.to_media_server", &to_server);
    hold(seen, "call_events", &call_events());
    hold(seen, "enter_errors", &enter_errors());
    hold(
        seen,
        "chat_errors",
        &vec![ChatError::Empty, ChatError::TooLong, ChatError::OtherRoom, ChatError::TooFast, ChatError::Unknown],
    );
    hold(seen, "gone_reasons", &vec![GoneReason::Left, GoneReason::Expired]);
    hold(seen, "presences", &vec![Presence::Here, Presence::Away, Presence::Lost]);
    hold(seen, "source_states", &vec![SourceState::Off, SourceState::On, SourceState::Muted, SourceState::Lost]);
    hold(seen, "sdp_types", &vec![SdpType::Offer, SdpType::Answer]);
    hold(seen, "room_info", &RoomInfo { people: 1, capacity: 2 });
    hold(seen, "ticket", &Ticket { token: "opaque".to_owned() });
    let turn = IceServer {
        urls: vec!["stun:192.0.2.1:3478".to_owned(), "turn:192.0.2.1:3478".to_owned()],
        username: Some("1790000000:a".to_owned()),
        credential: Some("secret".to_owned()),
    };
    hold(seen, "ice_config", &IceConfig { servers: vec![turn], hide_addresses: true, good_for: Some(43_200) });
    // The names as on the wire, the numbers as in the close frame.
    let codes = CloseCode::ALL.map(|code| (code.number(), code));
    hold(seen, "close_codes", &codes.to_vec());

    let files = fs::read_dir(FOLDER).expect("the folder is there");
    let files: BTreeSet<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("a plain name")).collect();
    assert_eq!(*seen, files, "each file stands for something");
}

fn call_events() -> Vec<CallEvent> {
    let all = vec![
        CallEvent::Rang { from: ANA, to: BEK },
        CallEvent::Accepted { by: BEK },
        CallEvent::Declined { by: BEK },
        CallEvent::Unanswered { to: BEK },
        CallEvent::Cancelled { by: ANA },
        CallEvent::HungUp { by: ANA },
        CallEvent::Vanished { who: ANA },
        CallEvent::Unchanged,
    ];
    for event in &all {
        match event {
            CallEvent::Rang { .. } | CallEvent::Accepted { .. } | CallEvent::Declined { .. } | CallEvent::Unanswered { .. } => {}
            CallEvent::Cancelled { .. } | CallEvent::HungUp { .. } | CallEvent::Vanished { .. } | CallEvent::Unchanged => {}
            CallEvent::Unknown => panic!("never said"),
        }
    }
    all
}

fn enter_errors() -> Vec<EnterError> {
    vec![
        EnterError::Empty,
        EnterError::Malformed,
        EnterError::OwnCode,
        EnterError::NotFound,
        EnterError::Full,
        EnterError::TooManyAttempts { retry_after: 30 },
        EnterError::InCall,
    ]
}

#[test]
fn close_codes_are_told_by_their_number() {
    for code in CloseCode::ALL {
        assert_eq!(CloseCode::from_number(code.number()), Some(code));
    }
    assert_eq!((CloseCode::from_number(1000), CloseCode::from_number(4999)), (None, None));
}
