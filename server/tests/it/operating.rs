//! What an operator sees: health, readiness, figures, a log that names nobody.

use clap::Parser as _;
use protocol::message::{FRAME_MAX, HISTORY_BYTES, HISTORY_MESSAGES, NAME_MAX, TEXT_MAX};
use server::{Config, Rate};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::tungstenite::http::{StatusCode, header};

use crate::{
    program::{program, running, signal},
    support::{PATIENCE, Site, front_end, request},
};

#[tokio::test]
async fn a_running_server_is_healthy_and_ready() {
    let site = Site::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = site.get(path).await;
        assert_eq!((answer.status(), answer.body().as_slice()), (StatusCode::OK, &b"ok"[..]), "{path}");
    }
}

#[tokio::test]
async fn figures_count_what_happens_and_name_nobody() {
    let site = Site::start_flags(&["--turn", "off", "--secret", crate::support::SECRET]).await;
    let (mut host, mut guest) = site.two().await;
    let secret = "Айгүл";
    guest.say(&protocol::message::ClientMessage::Name { name: secret.to_owned() }).await;
    guest.all_until_pong().await;
    host.all_until_pong().await;
    let wrong = protocol::id::RoomCode::parse("2222-2222-2222").expect("a code");
    assert!(site.room_info(wrong).await.is_err());
    assert_eq!(site.refused_upgrade(Some("https://evil.example")).await, StatusCode::FORBIDDEN);
    assert!(site.get(&format!("/{}", host.own_code())).await.status().is_success());

    for (figure, value) in [
        ("participants", 2.0),
        ("connected_participants", 2.0),
        // The guest has left an empty one behind, which is gone.
        ("rooms", 1.0),
        ("calls", 0.0),
        ("sockets", 2.0),
        ("rejections_total{reason=\"Origin\"}", 1.0),
    ] {
        assert_eq!(site.figure(figure).await, value, "{figure}");
    }
    assert!(site.figure("messages_total").await >= 4.0);
    assert!(site.figure("signaling_seconds_count").await >= 4.0);
    assert!(site.figure("resident_memory_bytes").await > 1e6);
    let all = site.figures().await;
    assert!(all.ends_with("# EOF\n"), "OpenMetrics");
    let code = host.own_code().to_string();
    for personal in [secret, code.as_str(), "127.0.0.1", &host.me.to_string()] {
        assert!(!all.contains(personal), "{personal} is in\n{all}");
    }
    assert!(all.contains("route=\"/:code\""));

    // They are given there alone.
    let pages = site.get("/metrics").await;
    assert!(!String::from_utf8_lossy(pages.body()).contains("baylanys_rooms"));
    assert_eq!(request(site.metrics, "GET", "/", &[], "").await.status(), StatusCode::NOT_FOUND);
    let figures = request(site.metrics, "GET", "/metrics", &[], "").await;
    assert!(figures.headers()[header::CONTENT_TYPE].to_str().expect("text").starts_with("application/openmetrics-text"));
}

/// A connection to where the figures are, from 127.0.0.`host`.
async fn asks_for_figures(site: &Site, host: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, host], 0).into()).expect("an address of this machine");
    socket.connect(site.metrics).await.expect("a connection")
}

/// Waits until the server ends a connection on which nothing was asked.
async fn ends(mut stream: TcpStream) {
    let mut answer = Vec::new();
    _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end in time");
    assert_eq!(String::from_utf8_lossy(&answer), "");
}

#[tokio::test]
async fn whoever_says_nothing_where_the_figures_are_is_not_waited_for() {
    let site = Site::start_with(|config| config.limits.head_within = 200).await;
    ends(asks_for_figures(&site, 2).await).await;
}

#[tokio::test]
async fn whoever_holds_on_to_the_figures_keeps_nobody_else_from_them() {
    let site = Site::start().await;
    let mut held = Vec::new();
    for _ in 0..33 {
        held.push(asks_for_figures(&site, 2).await);
    }
    ends(held.pop().expect("the last")).await;
    assert!(site.figures().await.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_forgotten_proxy_is_spoken_of_once() {
    let folder = front_end();
    for (flags, times) in [(&["--listen", "127.0.0.1:0"][..], 1), (&["--listen", "127.0.0.1:0", "--trusted-proxy"], 0)] {
        let (child, address) = running(&mut program(folder.path(), flags)).await;
        for _ in 0..3 {
            request(address, "GET", "/healthz", &[("x-forwarded-for", "203.0.113.7")], "").await;
        }
        signal(&child, "-TERM").await;
        let output = timeout(PATIENCE, child.wait_with_output()).await.expect("an end in time").expect("its output");
        let log = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(log.matches("--trusted-proxy").count(), times, "{log}");
        assert!(!log.contains("203.0.113.7"), "{log}");
    }
}

#[tokio::test]
async fn however_many_are_turned_away_the_log_says_so_once() {
    let folder = front_end();
    let (child, address) = running(&mut program(folder.path(), &["--listen", "127.0.0.1:0"])).await;
    for _ in 0..20 {
        let answer = request(address, "GET", "/ws", &[("origin", "https://evil.example")], "").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
    signal(&child, "-TERM").await;
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("an end in time").expect("its output");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(log.matches("turned away").count(), 1, "{log}");
}

#[tokio::test]
async fn a_forgotten_name_is_spoken_of_but_not_whatever_a_stranger_calls_one() {
    let folder = front_end();
    let (child, address) = running(&mut program(folder.path(), &["--listen", "127.0.0.1:0"])).await;
    let long = "x".repeat(4_000);
    for name in [long.as_str(), "school.example"] {
        let headers = [("host", name), ("origin", &format!("http://{name}"))];
        assert_eq!(request(address, "GET", "/ws", &headers, "").await.status(), StatusCode::FORBIDDEN);
    }
    signal(&child, "-TERM").await;
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("an end in time").expect("its output");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(log.contains("school.example") && !log.contains(&long), "{log}");
}

/// The limits of a server that nobody has told otherwise are those that the README names.
#[test]
fn the_readme_names_the_limits_as_they_are() {
    let config = Config::try_parse_from(["baylanys"]).expect("no flags");
    let (limits, settings) = (config.limits, config.settings());
    let word = |number: f64| match number {
        1.0 => "one".to_owned(),
        5.0 => "five".to_owned(),
        other => other.to_string(),
    };
    let rate = |rate: Rate, what: &str| format!("{}{what} and {} a second", rate.burst, word(rate.per_second));
    let (kib, mib) = (1 << 10, 1 << 20);
    let expected = [
        format!("`--max-participants` ({} ", settings.participants_max),
        format!("`--max-connections` ({};", config.max_connections),
        format!("`--turn-max-allocations` ({})", config.turn.turn_max_allocations),
        format!("`--turn-allocations` ({})", config.turn.turn_allocations),
        format!("`--turn-rate` ({} Mbit/s)", config.turn.turn_rate),
        format!("{} after", rate(limits.wrong_codes, " wrong codes at once")),
        rate(limits.participants, " new visitors"),
        rate(limits.requests, " requests"),
        format!("the {} MiB that may wait for slow readers", limits.waiting / mib),
        format!("{} sockets", limits.sockets),
        rate(limits.address_frames, " frames"),
        format!("{} connections, {} new ones a second", limits.connections, limits.opened.per_second),
        rate(limits.frames, " frames at once"),
        rate(settings.messages, " messages"),
        format!("{} rings and one in {} seconds", settings.rings.burst, word(1.0 / settings.rings.per_second)),
        format!("A frame has up to {} KiB, a message {TEXT_MAX} letters, a name {NAME_MAX}.", FRAME_MAX / kib),
        format!("when {} frames or", limits.outbox_frames),
        format!("the last {HISTORY_MESSAGES} messages, up to {} KiB", HISTORY_BYTES / kib),
        format!("of all rooms together {} MiB", settings.chat_max / mib),
    ];
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).expect("README.md");
    let (_, section) = readme.split_once("### Limits").expect("a section");
    let section = section.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in expected {
        assert!(section.contains(&words), "no {words:?}");
    }
    assert_eq!((settings.capacity, limits.opened.burst), (2, f64::from(4_000)));
}

/// What the README shows of a proxy's configuration is in the one that is shipped, and tried with that proxy.
#[test]
fn the_readme_shows_what_the_proxies_are_told() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path);
    let readme = read("../README.md");
    for (language, file) in [("nginx", "package/nginx.conf"), ("caddy", "package/Caddyfile")] {
        let (_, shown) = readme.split_once(&format!("```{language}\n")).expect(language);
        let (shown, _) = shown.split_once("```").expect("an end");
        let shipped = read(file);
        for line in shown.lines() {
            assert!(shipped.lines().any(|known| known.starts_with(line)), "{file} has no {line:?}");
        }
    }
}
