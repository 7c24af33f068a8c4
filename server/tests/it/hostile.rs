//! Bad input: each has its documented end, and nobody else is hurt.

use protocol::{
    VERSION,
    id::{CallId, PageId, ParticipantId},
    message::{
        ClientMessage, CloseCode, Endpoint, FRAME_MAX, Link, PeerBody, PeerMessage, Presence, Round, SDP_MAX, SdpType,
        ServerMessage,
    },
};
use server::{
    Clock,
    token::{LIFETIME, Tokens},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Bytes, Message,
    http::StatusCode,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::support::{PATIENCE, Page, SECRET, Site};

fn letter(from: ParticipantId, to: ParticipantId, link: Link, seq: u64) -> ClientMessage {
    let body =
        PeerBody::Description { sdp_type: SdpType::Offer, sdp: "v".repeat(SDP_MAX), answers: None, round: Round::default() };
    let (from, to) = (Endpoint::Participant(from), Endpoint::Participant(to));
    ClientMessage::Peer { message: PeerMessage { from, to, link, seq, body } }
}

#[tokio::test]
async fn a_socket_is_only_for_pages_of_this_site() {
    let site = Site::start().await;
    let port = site.address.port();
    let neighbour = format!("http://127.0.0.1:{}", port.wrapping_add(1));
    for origin in [None, Some("https://evil.example"), Some("null"), Some(neighbour.as_str())] {
        assert_eq!(site.refused_upgrade(origin).await, StatusCode::FORBIDDEN, "{origin:?}");
    }
    let mut page = site.page().await;
    page.all_until_pong().await;
}

#[tokio::test]
async fn who_asks_for_a_socket_as_for_a_page_is_told_what_is_missing() {
    let site = Site::start_with(|config| config.limits.sockets = 1).await;
    let origin = format!("http://{}", site.address);
    for _ in 0..3 {
        let answer = site.request("GET", "/ws", &[("origin", &origin)], "").await;
        assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED);
        assert_eq!(answer.headers()["upgrade"], "websocket");
        assert_eq!(answer.headers()["sec-websocket-version"], "13");
    }
    let mut page = site.page().await;
    page.all_until_pong().await;
}

#[tokio::test]
async fn what_is_said_before_the_server_has_answered_is_heard() {
    let site = Site::start().await;
    let token = site.token().await;
    let hello = ClientMessage::Hello { version: VERSION, token, page: PageId::new(1), name: None, resuming: None };
    let hello = serde_json::to_string(&hello).expect("JSON");
    let mut frame = Frame::message(hello, OpCode::Data(Data::Text), true);
    frame.header_mut().mask = Some([1, 2, 3, 4]);
    let mut begun = format!(
        "GET /ws HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        site.address
    )
    .into_bytes();
    frame.format(&mut begun).expect("a frame");
    let mut stream = TcpStream::connect(site.address).await.expect("a connection");
    stream.write_all(&begun).await.expect("a written beginning");
    let mut heard = Vec::new();
    let welcomed = async {
        while !String::from_utf8_lossy(&heard).contains(r#""type":"welcome""#) {
            assert_ne!(stream.read_buf(&mut heard).await.expect("bytes"), 0, "{}", String::from_utf8_lossy(&heard));
        }
    };
    timeout(PATIENCE, welcomed).await.expect("a welcome in time");
    // The answer to just this key (RFC 6455 §1.3).
    assert!(String::from_utf8_lossy(&heard).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_with_1009() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    _ = guest.frame(Message::text("x".repeat(FRAME_MAX + 1))).await;
    assert_eq!(guest.closed().await, Some(CloseCode::TooBig.number()));
    host.all_until_pong().await;

    let mut largest = site.page().await;
    let ping = serde_json::to_string(&ClientMessage::Ping { nonce: 77 }).expect("JSON");
    largest.text(&format!("{ping}{}", " ".repeat(FRAME_MAX - ping.len()))).await;
    largest.until(|message| matches!(message, ServerMessage::Pong { nonce: 77 })).await;
}

#[tokio::test]
async fn a_frame_that_is_far_too_large_is_not_even_read() {
    let site = Site::start().await;
    let mut page = site.page().await;
    page.begin_frame(100 << 20).await;
    assert_eq!(page.closed().await, Some(CloseCode::TooBig.number()), "by its head alone");

    let mut page = site.page().await;
    for number in 0..3 {
        let kind = if number == 0 { Data::Text } else { Data::Continue };
        let part = Frame::message("x".repeat(FRAME_MAX), OpCode::Data(kind), false);
        _ = page.frame(Message::Frame(part)).await;
    }
    assert_eq!(page.closed().await, Some(CloseCode::TooBig.number()), "by its parts, of which none is the last");
}

#[tokio::test]
async fn what_is_no_message_ends_with_4000() {
    let site = Site::start().await;
    let bad = CloseCode::BadMessage.number();
    for junk in ["", "{", "[]", "null", "{}", r#"{"type":7}"#, r#"{"type":"enter"}"#, r#"{"type":"ping","nonce":-1}"#] {
        let mut page = site.page().await;
        page.text(junk).await;
        assert_eq!(page.closed().await, Some(bad), "{junk:?}");
    }
    let mut page = site.page().await;
    page.frame(Message::Binary(Bytes::from_static(b"{}"))).await.expect("an open socket");
    assert_eq!(page.closed().await, Some(bad));

    let mut page = site.page().await;
    page.text(&"[".repeat(10_000)).await;
    assert_eq!(page.closed().await, Some(bad), "deep nesting");
}

#[tokio::test]
async fn the_first_frame_and_only_the_first_is_hello() {
    let site = Site::start().await;
    let mut early = site.socket().await;
    early.say(&ClientMessage::Ping { nonce: 1 }).await;
    assert_eq!(early.closed().await, Some(CloseCode::BadMessage.number()));

    let token = site.token().await;
    let mut twice = site.page_with(&token, 1).await;
    twice.hello(VERSION, &token, 1).await;
    assert_eq!(twice.closed().await, Some(CloseCode::BadMessage.number()));

    for version in [VERSION + 1, VERSION + 100, u32::MAX] {
        let mut other = site.socket().await;
        other.hello(version, &token, 1).await;
        assert_eq!(other.closed().await, Some(CloseCode::Outdated.number()), "{version}");
    }
    let mut previous = site.socket().await;
    previous.hello(VERSION - 1, &token, 1).await;
    assert!(matches!(previous.next().await, ServerMessage::Welcome { version: VERSION, .. }));
}

#[tokio::test]
async fn messages_of_a_later_version_are_ignored() {
    let site = Site::start().await;
    let mut page = site.page().await;
    page.text(r#"{"type":"telepathy","to":["everybody"]}"#).await;
    page.text(r#"{"type":"ping","nonce":5,"mood":"good"}"#).await;
    page.until(|message| matches!(message, ServerMessage::Pong { nonce: 5 })).await;
}

#[tokio::test]
async fn messages_out_of_place_change_nothing() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    let call = CallId::new(1);
    for message in [
        ClientMessage::Accept { call },
        ClientMessage::Decline { call },
        ClientMessage::HangUp { call },
        ClientMessage::Ring { to: ParticipantId::new(5) },
        ClientMessage::Ring { to: guest.me },
    ] {
        guest.say(&message).await;
    }
    guest.all_until_pong().await;
    host.all_until_pong().await;
}

#[tokio::test]
async fn a_flood_ends_with_4003() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    for nonce in 0..1_000 {
        let ping = serde_json::to_string(&ClientMessage::Ping { nonce }).expect("JSON");
        if guest.frame(Message::text(ping)).await.is_err() {
            break;
        }
    }
    assert_eq!(guest.closed().await, Some(CloseCode::TooFast.number()));
    host.all_until_pong().await;
}

#[tokio::test]
async fn a_flood_of_control_frames_is_a_flood() {
    let site = Site::start().await;
    let mut page = site.page().await;
    for _ in 0..1_000 {
        if page.frame(Message::Pong(Bytes::new())).await.is_err() {
            break;
        }
    }
    assert_eq!(page.closed().await, Some(CloseCode::TooFast.number()));
}

#[tokio::test]
async fn who_does_not_read_is_closed_with_4004_and_others_do_not_wait() {
    let site = Site::start_with(|config| config.limits.frames = server::Rate { burst: 1e9, per_second: 1e9 }).await;
    let (mut writer, mut slow) = (site.page().await, site.narrow_page().await);
    slow.enter(writer.own_code()).await.expect("a free seat");
    writer.until(|message| matches!(message, ServerMessage::Member { .. })).await;
    let link = slow.link_to(writer.me).reversed();
    let (mut one, mut other) = site.two().await;

    let lost = |message: &ServerMessage| matches!(message, ServerMessage::Member { member } if member.presence == Presence::Lost);
    let mut sent = 0;
    let overflowed = loop {
        for _ in 0..20 {
            sent += 1;
            writer.say(&letter(writer.me, slow.me, link, sent)).await;
        }
        if writer.all_until_pong().await.iter().any(lost) {
            break true;
        }
        if sent > 10_000 {
            break false;
        }
        for page in [&mut one, &mut other] {
            page.all_until_pong().await;
        }
    };
    assert!(overflowed, "300 MB were taken for a page that reads nothing");
    assert_eq!(slow.closed().await, Some(CloseCode::TooSlow.number()));
}

#[tokio::test]
async fn a_silent_connection_is_closed_with_4005() {
    let site = Site::start_with(|config| {
        config.limits.ping_every = 200;
        config.limits.silent_after = 1_000;
    })
    .await;
    let (mut host, mut silent) = site.two().await;
    // The host answers pings while it reads; the other one does not read.
    host.until(|message| matches!(message, ServerMessage::Member { member } if member.presence == Presence::Lost)).await;
    assert_eq!(silent.closed().await, Some(CloseCode::Silent.number()));
    host.all_until_pong().await;
}

#[tokio::test]
async fn a_request_that_is_never_finished_is_not_waited_for() {
    let site = Site::start_with(|config| config.limits.head_within = 100).await;
    for begun in ["", "GET / HTTP/1.1\r\nhost: "] {
        let mut stream = TcpStream::connect(site.address).await.expect("a connection");
        stream.write_all(begun.as_bytes()).await.expect("a written beginning");
        let mut answer = Vec::new();
        let ended = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end in time");
        assert!(ended.is_err() || !answer.starts_with(b"HTTP/1.1 2"));
    }
}

#[tokio::test]
async fn a_request_with_an_endless_head_is_not_kept_in_memory() {
    let site = Site::start().await;
    let mut stream = TcpStream::connect(site.address).await.expect("a connection");
    let begun = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx-more: {}", "x".repeat(20 * 1024));
    stream.write_all(begun.as_bytes()).await.expect("a written beginning");
    let mut answer = Vec::new();
    _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end in time");
    assert!(answer.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn relays_are_not_for_those_without_a_session_and_the_log_does_not_fill_with_them() {
    let site = Site::start().await;
    let form = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    for token in ["", "token", "a.b.c"] {
        let answer = site.request("POST", "/api/ice_servers", &form, &format!("token={token}")).await;
        // Of what is the server's own fault each is a line in the log.
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{token:?}");
    }
}

#[tokio::test]
async fn who_never_says_hello_is_closed_with_4005() {
    let site = Site::start_with(|config| config.limits.hello_within = 100).await;
    let mut socket = site.socket().await;
    assert_eq!(socket.closed().await, Some(CloseCode::Silent.number()));
}

#[tokio::test]
async fn a_token_that_is_not_good_ends_with_4002() {
    let site = Site::start().await;
    let now = Clock::default().now();
    let real = site.token().await;
    let (header, claims) = real.rsplit_once('.').and_then(|(signed, _)| signed.split_once('.')).expect("three parts");
    let ours = Tokens::new(SECRET.as_bytes(), "baylanys");
    // Of somebody who is here: only the token is wrong.
    let here = ours.verify(&real, now).expect("signed with the secret of the tests");
    let sign = |secret: &str, issuer: &str, at| Tokens::new(secret.as_bytes(), issuer).sign(here.pid, here.code, 1, at);
    let nobodys = ours.sign(ParticipantId::new(4), here.code, 1, now);
    let (_, of_another) = nobodys.rsplit_once('.').expect("a signature");
    for (what, token) in [
        ("junk", "token".to_owned()),
        ("nothing", String::new()),
        ("no signature", format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")),
        ("cut off", real[..real.len() - 2].to_owned()),
        ("signature of another", format!("{header}.{claims}.{of_another}")),
        ("another secret", sign("another secret, as long as the real", "baylanys", now)),
        ("another installation", sign(SECRET, "clinic.example", now)),
        ("expired", sign(SECRET, "baylanys", now - LIFETIME - 1000)),
        ("well signed, but of nobody here", nobodys.clone()),
    ] {
        let mut page = site.socket().await;
        page.hello(VERSION, &token, 1).await;
        assert_eq!(page.closed().await, Some(CloseCode::BadToken.number()), "{what}");
    }
}

#[tokio::test]
async fn letters_under_a_false_name_or_into_another_room_are_dropped() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    let mut stranger = site.page().await;
    let link = guest.link_to(host.me);
    stranger.say(&letter(stranger.me, host.me, link, 1)).await;
    stranger.say(&letter(guest.me, host.me, link, 2)).await;
    guest.say(&letter(host.me, guest.me, link, 3)).await;
    guest.say(&letter(host.me, host.me, link, 4)).await;
    async fn letters(page: &mut Page) -> usize {
        let is_letter = |message: &ServerMessage| matches!(message, ServerMessage::Peer { .. });
        page.all_until_pong().await.iter().filter(|message| is_letter(message)).count()
    }
    // Each sender's own `pong` says that its letters were dealt with.
    letters(&mut stranger).await;
    assert_eq!(letters(&mut guest).await, 0);
    assert_eq!(letters(&mut host).await, 0);

    guest.say(&letter(guest.me, host.me, link, 5)).await;
    letters(&mut guest).await;
    assert_eq!(letters(&mut host).await, 1, "a true one arrives");
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written_and_nothing_of_a_dropped_one_does() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    host.all_until_pong().await;
    let link = guest.link_to(host.me);
    let written = |from, seq| {
        let text = serde_json::to_string(&letter(from, host.me, link, seq)).expect("JSON");
        // As a page of a later version would.
        text.replacen('{', &format!(r#"{{ "later": [{seq}], "#), 1)
    };
    let (forged, first, second) = (written(host.me, 1), written(guest.me, 2), written(guest.me, 3));
    for text in [&forged, &first, &second] {
        guest.text(text).await;
    }
    assert_eq!(host.next_text().await, first);
    assert_eq!(host.next_text().await, second);
}
