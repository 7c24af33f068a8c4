//! One address can't take the server from all others: each limit is met here over real sockets, and those of other addresses notice
//! nothing of it.

use protocol::{
    VERSION,
    id::{MessageId, RoomCode},
    message::{Body, ClientMessage, CloseCode, FRAME_MAX, ServerMessage, TEXT_MAX},
};
use server::{Rate, config::ROOM_COST};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    http::{StatusCode, header},
};

use crate::support::{PATIENCE, Page, Site, ask};

/// Whether the server ends a connection without a word.
async fn is_refused(mut stream: TcpStream) -> bool {
    _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end in time");
    read.is_err() || answer.is_empty()
}

#[tokio::test]
async fn an_address_with_too_many_connections_gets_no_more_until_it_gives_one_back() {
    let site = Site::start_with(|config| config.limits.connections = 3).await;
    let mut held = vec![site.page_from(2).await];
    for _ in 0..2 {
        held.push(Page::over(site.connection_from(2).await, &site, Some(&site.origin())).await.expect("a free place"));
    }
    assert!(is_refused(site.connection_from(2).await).await, "a socket keeps the place of the connection that it was");
    assert!(!is_refused(site.connection_from(3).await).await);
    held.pop();
    let again = async { while is_refused(site.connection_from(2).await).await {} };
    timeout(PATIENCE, again).await.expect("a place, in time");
    held[0].all_until_pong().await;
}

#[tokio::test]
async fn all_addresses_together_have_so_many_connections_and_no_more() {
    let site = Site::start_with(|config| config.max_connections = 3).await;
    let mut held = Vec::new();
    for host in 2..=4 {
        held.push(site.connection_from(host).await);
    }
    assert!(is_refused(site.connection_from(5).await).await);
    held.pop();
    let again = async { while is_refused(site.connection_from(5).await).await {} };
    timeout(PATIENCE, again).await.expect("a place, in time");
}

#[tokio::test]
async fn connections_of_one_address_come_no_faster_than_a_school_opens_them() {
    let site = Site::start_with(|config| config.limits.opened = Rate { burst: 5.0, per_second: 0.001 }).await;
    for _ in 0..5 {
        assert!(!is_refused(site.connection_from(2).await).await);
    }
    assert!(is_refused(site.connection_from(2).await).await);
    assert!(!is_refused(site.connection_from(3).await).await);
}

#[tokio::test]
async fn who_asks_too_fast_is_told_when_to_come_again() {
    let site = Site::start_with(|config| config.limits.requests = Rate { burst: 5.0, per_second: 0.1 }).await;
    let get = async |host| ask(site.connection_from(host).await, "localhost", "GET", "/healthz", &[], "").await;
    for _ in 0..5 {
        assert_eq!(get(2).await.status(), StatusCode::OK);
    }
    let refused = get(2).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "10");
    assert_eq!(get(3).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn behind_a_proxy_sockets_are_counted_for_each_visitor() {
    let site = Site::start_with(|config| {
        config.trusted_proxy = true;
        config.limits.sockets = 1;
        config.limits.connections = 1;
    })
    .await;
    let open = async |visitor: &'static str| {
        let stream = TcpStream::connect(site.address).await.expect("a connection of the proxy");
        Page::over_with(stream, &site, Some(&site.origin()), &[("x-forwarded-for", visitor)]).await
    };
    let _first = open("203.0.113.1").await.expect("a free place");
    match open("203.0.113.1").await {
        Err(Error::Http(response)) => assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS),
        other => panic!("no refusal: {:?}", other.map(|_| "a socket")),
    }
    assert!(open("203.0.113.2").await.is_ok());
}

#[tokio::test]
async fn the_flood_of_one_address_waits_and_nobody_else_does() {
    let site = Site::start_with(|config| {
        config.limits.frames = Rate { burst: 1e9, per_second: 1e9 };
        // What the flood below costs takes a thousand times as long as a test may.
        config.limits.address_frames = Rate { burst: 100.0, per_second: 0.01 };
    })
    .await;
    let (mut flood, mut other) = (site.page_from(2).await, site.page_from(3).await);
    for nonce in 1..=200 {
        flood.say(&ClientMessage::Ping { nonce }).await;
    }
    // All that the budget lets through is answered, and then nothing.
    flood.until(|message| matches!(message, ServerMessage::Pong { nonce: 70 })).await;
    for _ in 0..20 {
        other.all_until_pong().await;
    }
    assert!(flood.has_nothing_but_pongs_below(150).await, "neither closed nor served");
}

#[tokio::test]
async fn who_has_to_rest_is_not_taken_for_silent() {
    let site = Site::start_with(|config| {
        config.limits.address_frames = Rate { burst: 2.0 * (1.0 + ROOM_COST), per_second: 2.0 };
        config.limits.ping_every = 200;
        config.limits.silent_after = 1_000;
    })
    .await;
    let (mut one, mut other) = (site.page_from(2).await, site.page_from(2).await);
    // As much as five, when the two hellos have used up everything: some seconds' worth.
    one.text(&format!(r#"{{"type":"ping","nonce":1}}{}"#, " ".repeat(16 * 1024))).await;
    one.until(|message| matches!(message, ServerMessage::Pong { nonce: 1 })).await;
    // The first is answered, and for the second it has to wait.
    other.all_until_pong().await;
    other.all_until_pong().await;
}

/// A site whose pages may send frames that cost so much, and then as good as none.
async fn sparing(burst: f64) -> Site {
    Site::start_with(|config| config.limits.frames = Rate { burst, per_second: 0.001 }).await
}

#[tokio::test]
async fn what_is_answered_by_a_whole_room_costs_as_much_as_many_frames() {
    // The frame itself, and the answer.
    let whole = 1.0 + ROOM_COST;
    let too_fast = Some(CloseCode::TooFast.number());
    let site = sparing(whole - 0.5).await;
    let mut new = site.socket().await;
    new.hello(VERSION, &site.token().await, 1).await;
    assert_eq!(new.closed().await, too_fast, "to say hello");

    let site = sparing(2.0 * whole - 0.5).await;
    let (host, mut guest) = (site.page().await, site.page().await);
    guest.say(&ClientMessage::Enter { request: 1, code: host.own_code() }).await;
    assert_eq!(guest.closed().await, too_fast, "to enter");
    let mut homely = site.page().await;
    homely.say(&ClientMessage::Leave { request: 1 }).await;
    assert_eq!(homely.closed().await, too_fast, "to leave");
    let mut named = site.page().await;
    named.say(&ClientMessage::Name { name: "Әсел".to_owned() }).await;
    assert_eq!(named.closed().await, too_fast, "to take a name");

    let site = sparing(3.0 * whole).await;
    let (host, mut guest) = (site.page().await, site.page().await);
    assert_eq!(guest.enter(host.own_code()).await, Ok(()));
    guest.say(&ClientMessage::Leave { request: 9 }).await;
    guest.until(|message| matches!(message, ServerMessage::Room { request: 9, .. })).await;
}

#[tokio::test]
async fn a_long_frame_costs_as_much_as_the_short_ones_it_could_have_been() {
    let ping = |nonce| serde_json::to_string(&ClientMessage::Ping { nonce }).expect("JSON");
    // One, and one more for each 4 KiB.
    let longest = 17.0;
    let site = sparing(1.0 + ROOM_COST + longest + 0.5).await;
    let mut page = site.page().await;
    let text = ping(7);
    page.text(&format!("{text}{}", " ".repeat(FRAME_MAX - text.len()))).await;
    page.until(|message| matches!(message, ServerMessage::Pong { nonce: 7 })).await;
    page.text(&ping(8)).await;
    assert_eq!(page.closed().await, Some(CloseCode::TooFast.number()));
}

#[tokio::test]
async fn going_in_and_out_without_end_is_a_flood() {
    let site = Site::start().await;
    let (host, mut guest) = (site.page().await, site.page().await);
    let (mut moves, mut request) = (0, 0);
    let closed = loop {
        request += 1;
        let going_in = request % 2 == 1;
        let message =
            if going_in { ClientMessage::Enter { request, code: host.own_code() } } else { ClientMessage::Leave { request } };
        let text = serde_json::to_string(&message).expect("JSON");
        if moves == 50 || guest.frame(Message::text(text)).await.is_err() {
            break guest.closed().await;
        }
        moves += 1;
    };
    assert_eq!(closed, Some(CloseCode::TooFast.number()), "after {moves}");
}

#[tokio::test]
async fn a_page_is_dearer_than_a_file_and_a_refusal_ends_the_connection() {
    let site = Site::start_with(|config| config.limits.requests = Rate { burst: 25.0, per_second: 0.001 }).await;
    let get = async |path| ask(site.connection_from(2).await, "localhost", "GET", path, &[], "").await;
    assert_eq!([get("/").await.status(), get("/check").await.status()], [StatusCode::OK; 2]);
    let refused = get("/").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(refused.headers()[header::CONNECTION], "close");
    assert_eq!(get("/healthz").await.status(), StatusCode::OK, "what is left is enough for a small thing");
}

#[tokio::test]
async fn who_asks_too_fast_over_one_connection_loses_it() {
    let site = Site::start_with(|config| config.limits.requests = Rate { burst: 1.0, per_second: 0.001 }).await;
    let mut stream = site.connection_from(2).await;
    stream.write_all("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(2).as_bytes()).await.expect("asked twice");
    let mut answers = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answers)).await.expect("an end in time").expect("answers");
    let answers = String::from_utf8_lossy(&answers);
    assert!(answers.starts_with("HTTP/1.1 200 ") && answers.contains("HTTP/1.1 429 "), "{answers}");
}

/// A room with a chat that is as long in JSON as half a megabyte.
async fn long_chat(site: &Site) -> (Page, RoomCode) {
    let mut host = site.page_from(9).await;
    let (code, room) = (host.own_code(), host.room().room);
    for id in 1..=60 {
        let body = Body::Plain { text: "\"".repeat(4_000) };
        host.say(&ClientMessage::Chat { room, id: MessageId::new(id), body }).await;
    }
    host.all_until_pong().await;
    (host, code)
}

#[tokio::test]
async fn who_asks_for_a_long_chat_again_and_again_waits_as_for_what_it_costs() {
    let site = Site::start_with(|config| {
        config.limits.frames = Rate { burst: 1e9, per_second: 1e9 };
        // Enough for `hello`, and for a chat of half a megabyte five times.
        config.limits.address_frames = Rate { burst: 600.0, per_second: 0.01 };
    })
    .await;
    let (_host, code) = long_chat(&site).await;
    let (mut guest, mut other) = (site.page_from(2).await, site.page_from(3).await);
    for _ in 0..5 {
        guest.enter(code).await.expect("a free seat");
    }
    guest.say(&ClientMessage::Enter { request: 6, code }).await;
    for _ in 0..20 {
        other.all_until_pong().await;
    }
    assert!(guest.has_nothing_but_pongs_below(0).await, "a sixth whole chat");
}

#[tokio::test]
async fn what_is_kept_for_all_readers_of_one_address_has_a_limit_and_others_do_not_meet_it() {
    let site = Site::start_with(|config| config.limits.waiting = 4 << 20).await;
    let (_host, code) = long_chat(&site).await;
    let mut readers = Vec::new();
    let refused = loop {
        assert!(readers.len() < 8, "more than half of all memory for one address");
        let mut reader = site.page_from(2).await;
        reader.say(&ClientMessage::Enter { request: 1, code }).await;
        let answer = reader.until_closed_or(|message| matches!(message, ServerMessage::Room { request: 1, .. })).await;
        if let Err(code) = answer {
            break code;
        }
        // The seat is for the next one; what the socket has once needed it keeps.
        reader.say(&ClientMessage::Leave { request: 2 }).await;
        reader.until(|message| matches!(message, ServerMessage::Room { request: 2, .. })).await;
        readers.push(reader);
    };
    assert_eq!(refused, Some(CloseCode::TooSlow.number()));
    assert!(readers.len() >= 3, "{}", readers.len());
    let (_host, code) = long_chat(&site).await;
    let mut other = site.page_from(3).await;
    other.enter(code).await.expect("a free seat");
    assert!(other.room().history.len() > 50);
    assert!(site.figure("rejections_total{reason=\"AddressWaiting\"}").await >= 1.0);
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_not_waited_for() {
    let site = Site::start_with(|config| {
        config.limits.stalled_after = 300;
        let big = config.site_root.as_ref().expect("a folder").join("big.bin");
        std::fs::File::create(big).and_then(|file| file.set_len(64 << 20)).expect("a new file");
    })
    .await;
    let mut stream = site.connection_from(2).await;
    stream.write_all(b"GET /big.bin HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("asked");
    // Read only when the server has given up: then what the system had taken ends early.
    let is_alone = async {
        while site.figure("connections").await > 0.0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, is_alone).await.expect("given up in time");
    let mut rest = Vec::new();
    _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("an end in time");
    assert!(rest.len() < 64 << 20, "all of it was taken");
}

/// Waits until the server keeps no socket any more.
async fn no_socket_is_left(site: &Site) {
    while site.figure("sockets").await > 0.0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_page_that_takes_nothing_of_what_is_said_is_not_waited_for() {
    let site = Site::start_with(|config| {
        config.limits.silent_after = 500;
        config.limits.frames = Rate { burst: 1e9, per_second: 1e9 };
    })
    .await;
    let mut page = site.narrow_page().await;
    let room = page.room().room;
    for number in 1..=16 {
        let body = Body::Plain { text: "🌷".repeat(TEXT_MAX) };
        page.say(&ClientMessage::Chat { room, id: MessageId::new(number), body }).await;
        page.until(|message| matches!(message, ServerMessage::Chat { .. })).await;
    }
    // It reads nothing from here on, and has all of that told to it again and again: one answer after the other, so that they do not
    // fill the outbox.
    let given_up = async {
        for request in 1.. {
            _ = page.frame(Message::text(format!(r#"{{"type":"leave","request":{request}}}"#))).await;
            while site.figure("signaling_seconds_count").await < f64::from(16 + request) {
                if site.figure("sockets").await == 0.0 {
                    return;
                }
            }
        }
    };
    timeout(PATIENCE, given_up).await.expect("given up in time");
    let code = CloseCode::TooSlow.number();
    assert_eq!(site.figure(&format!("socket_closes_total{{code=\"{code}\"}}")).await, 1.0);
}

#[tokio::test]
async fn a_page_that_does_not_answer_a_close_is_not_waited_for() {
    let site = Site::start().await;
    let mut page = site.page().await;
    page.text("no message").await;
    timeout(PATIENCE, no_socket_is_left(&site)).await.expect("given up in time");
    assert_eq!(page.closed().await, Some(CloseCode::BadMessage.number()), "it was told why");
}

#[tokio::test]
async fn what_is_asked_for_and_never_said_to_the_end_is_not_waited_for() {
    let site = Site::start_with(|config| config.limits.function_within = 100).await;
    let mut stream = site.connection_from(2).await;
    let head = "POST /api/create_room HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
        content-length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("a written head");
    let mut answer = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("an answer in time").expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_stopping_server_does_not_wait_for_a_request_without_end() {
    let site = Site::start_with(|config| config.limits.drain_within = 100).await;
    let mut stream = site.connection_from(2).await;
    let head = "POST /api/create_room HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
        content-length: 9\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("a written head");
    // The server waits for the rest.
    let mut answer = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("an answer in time").expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 100");
    site.stop();
    site.stopped().await;
}
