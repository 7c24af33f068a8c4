//! The program itself: its signals, its line, its exit codes.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Output, Stdio},
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::support::{PATIENCE, Site, front_end, request};

pub(crate) fn program(site_root: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.arg("--site-root").arg(site_root).arg("--data-dir").arg(site_root.join("data"));
    command.env("BAYLANYS_TURN", "off").args(flags);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

pub(crate) async fn ended(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output()).await.expect("an end in time").expect("a program")
}

/// Starts it on a free port.
async fn started(site_root: &Path) -> (Child, SocketAddr) {
    running(&mut program(site_root, &["--listen", "127.0.0.1:0"])).await
}

/// Starts it and reads its first line.
pub(crate) async fn first_line(command: &mut Command) -> (Child, String) {
    let mut child = command.spawn().expect("a program");
    let stdout = child.stdout.take().expect("piped");
    let line = timeout(PATIENCE, BufReader::new(stdout).lines().next_line()).await.expect("a line in time");
    (child, line.expect("readable").expect("a line"))
}

/// Starts it and reads its port from its line.
pub(crate) async fn running(command: &mut Command) -> (Child, SocketAddr) {
    let (child, line) = first_line(command).await;
    let port = line.strip_prefix("Baylanys: http://localhost:").and_then(|port| port.parse().ok()).expect(&line);
    (child, SocketAddr::from(([127, 0, 0, 1], port)))
}

async fn socket(address: SocketAddr) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let mut upgrade = format!("ws://{address}/ws").into_client_request().expect("a request");
    let origin = format!("http://{address}").parse().expect("a header");
    upgrade.headers_mut().insert("origin", origin);
    connect_async(upgrade).await.expect("a socket").0
}

pub(crate) async fn signal(child: &Child, name: &str) {
    let id = child.id().expect("running").to_string();
    let sent = Command::new("kill").args([name, &id]).status().await.expect("a signal");
    assert!(sent.success());
}

#[tokio::test]
async fn either_signal_closes_sockets_with_1001_and_exits_with_0() {
    let folder = front_end();
    for name in ["-TERM", "-INT"] {
        let (mut child, address) = started(folder.path()).await;
        assert_eq!(request(address, "GET", "/healthz", &[], "").await.body(), b"ok");
        let mut socket = socket(address).await;
        signal(&child, name).await;
        let close = timeout(PATIENCE, socket.next()).await.expect("a frame in time");
        let Some(Ok(Message::Close(Some(frame)))) = close else { panic!("{close:?}") };
        assert_eq!(u16::from(frame.code), 1001);
        _ = socket.next().await;
        let status = timeout(PATIENCE, child.wait()).await.expect("an end in time").expect("a status");
        assert_eq!(status.code(), Some(0), "{name}");
    }
}

#[tokio::test]
async fn one_core_is_enough() {
    let folder = front_end();
    let program = program(folder.path(), &["--listen", "127.0.0.1:0"]);
    let mut on_one = Command::new("taskset");
    on_one.args(["--cpu-list", "0"]).arg(program.as_std().get_program()).args(program.as_std().get_args());
    on_one.env("BAYLANYS_TURN", "off").stdout(Stdio::piped()).kill_on_drop(true);
    let (mut child, address) = running(&mut on_one).await;
    assert_eq!(request(address, "GET", "/readyz", &[], "").await.body(), b"ok");
    let mut socket = socket(address).await;
    signal(&child, "-TERM").await;
    let close = timeout(PATIENCE, socket.next()).await.expect("a frame in time");
    assert!(matches!(close, Some(Ok(Message::Close(Some(_))))), "{close:?}");
    _ = socket.next().await;
    let status = timeout(PATIENCE, child.wait()).await.expect("an end in time").expect("a status");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_anybody() {
    let folder = front_end();
    let (mut child, address) = started(folder.path()).await;
    // Never read from: it does not answer the close.
    let _socket = socket(address).await;
    signal(&child, "-TERM").await;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        signal(&child, "-TERM").await;
    };
    assert_eq!(status.code(), Some(1), "0 would be the patient end");
}

#[tokio::test]
async fn no_code_and_no_token_is_ever_logged() {
    let folder = front_end();
    let mut command = program(folder.path(), &["--listen", "127.0.0.1:0", "--log", "json"]);
    let (child, address) = running(command.env("RUST_LOG", "trace")).await;
    let page = request(address, "GET", "/k7m2-9xqd-4tza", &[], "").await;
    assert_eq!(page.status(), 200);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    request(address, "POST", "/api/room_info", &form, "code=k7m2-9xqd-4tza").await;
    let mut socket = socket(address).await;
    let hello = r#"{"type":"hello","version":1,"token":"a-t0ken","page":"0000000000000001","name":"Айгүл"}"#;
    socket.send(Message::text(hello)).await.expect("an open socket");
    while let Some(Ok(_)) = socket.next().await {}
    signal(&child, "-TERM").await;
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("an end in time").expect("its output");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(log.contains("/:code") && log.contains("/api/:function"), "requests are logged: {log}");
    for secret in ["k7m2", "K7M2", "4tza", "a-t0ken", "Айгүл"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_one_line_and_exit_code_1() {
    let folder = front_end();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let missing = folder.path().join("nowhere");
    let beside = ["--listen", "127.0.0.1:0"];
    for (root, flags, says) in [
        (folder.path(), &["--listen", address.as_str()][..], &[address.as_str(), "another port with --listen"][..]),
        (folder.path(), &[beside, ["--metrics-listen", address.as_str()]].concat(), &["another port with --metrics-listen"]),
        (folder.path(), &["--listen", "192.0.2.1:3000"], &["192.0.2.1:3000", "addresses of this machine"]),
        (missing.as_path(), &beside, &["--site-root"]),
    ] {
        let output = ended(program(root, flags).env("RUST_LOG", "warn")).await;
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(says.iter().all(|says| error.contains(says)) && error.lines().count() == 1, "{error}");
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test]
async fn the_environment_counts_and_flags_come_first() {
    let folder = front_end();
    let mut command = program(folder.path(), &["--ring-timeout", "7", "--print-config"]);
    command.env("BAYLANYS_RING_TIMEOUT", "8").env("BAYLANYS_ROOM_GRACE", "9").env("BAYLANYS_TRUSTED_PROXY", "true");
    command.env("BAYLANYS_ICE_SERVER", "stun:one.example stun:two.example");
    let output = ended(&mut command).await;
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    for line in [
        "BAYLANYS_RING_TIMEOUT=7",
        "BAYLANYS_ROOM_GRACE=9",
        "BAYLANYS_TRUSTED_PROXY=true",
        "BAYLANYS_ICE_SERVER=stun:one.example stun:two.example",
        "BAYLANYS_LISTEN=127.0.0.1:3000",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} in {printed}");
    }
}

#[tokio::test]
async fn what_will_not_be_as_the_operator_thinks_is_said_when_it_starts() {
    let folder = front_end();
    for (flags, misspelt, says) in [
        (&["--listen", "127.0.0.1:0"][..], false, "INFO server::program: only this machine can open the page"),
        (
            &["--listen", "0.0.0.0:0"],
            false,
            "WARN server::program: who opens the page from another device gets neither camera nor",
        ),
        (&["--listen", "127.0.0.1:0"], true, "WARN server::program: BAYLANYS_TRUSTED_PROXI in the environment is no option"),
    ] {
        let mut command = program(folder.path(), flags);
        if misspelt {
            command.env("BAYLANYS_TRUSTED_PROXI", "true");
        }
        let (child, _) = running(&mut command).await;
        signal(&child, "-TERM").await;
        let output = timeout(PATIENCE, child.wait_with_output()).await.expect("an end in time").expect("its output");
        let log = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(log.contains(says), "{says} in {log}");
        assert_eq!(log.contains("is no option"), misspelt, "{log}");
    }
}

#[tokio::test]
async fn help_is_given_by_word_and_by_flag() {
    for how in ["help", "--help"] {
        let output = Command::new(env!("CARGO_BIN_EXE_server")).arg(how).output().await.expect("a program");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{how}");
        assert!(text.contains("--tls-listen") && text.contains("Signals:"), "{how}: {text}");
    }
}

#[tokio::test]
async fn a_taken_turn_port_keeps_it_from_starting_only_where_it_was_asked_for() {
    let folder = front_end();
    // Taken by this test, or by somebody else already.
    let _taken = std::net::UdpSocket::bind("0.0.0.0:3478");
    let asked =
        ended(program(folder.path(), &["--listen", "127.0.0.1:0", "--turn", "0.0.0.0:3478"]).env("RUST_LOG", "warn")).await;
    assert_eq!(asked.status.code(), Some(1));
    let error = String::from_utf8(asked.stderr).expect("UTF-8");
    assert!(error.contains("STUN and TURN on 0.0.0.0:3478") && error.lines().count() == 1, "{error}");

    let mut command = program(folder.path(), &["--listen", "127.0.0.1:0"]);
    let (child, address) = running(command.env_remove("BAYLANYS_TURN")).await;
    assert_eq!(request(address, "GET", "/healthz", &[], "").await.body(), b"ok", "a call in one network needs no relay");
    signal(&child, "-TERM").await;
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("an end in time").expect("its output");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(log.contains("no STUN and TURN: cannot listen on 0.0.0.0:3478"), "{log}");
}

/// A server that is started where only so many files may be open, as `ulimit` is told.
async fn running_with(limit: &str, folder: &Path) -> (Child, SocketAddr) {
    let mut shell = Command::new("sh");
    let script = format!(r#"ulimit {limit} && exec "$0" "$@""#);
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_server"), "--listen", "127.0.0.1:0", "--turn", "off"]);
    shell.arg("--site-root").arg(folder).arg("--data-dir").arg(folder.join("data"));
    shell.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    running(&mut shell).await
}

/// A connection from 127.0.0.`host` that was answered once, and is kept; `None`: it was ended without a word.
async fn visit(address: SocketAddr, host: u8) -> Option<TcpStream> {
    let mut stream = Site::at(address).connection_from(host).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await.ok()?;
    timeout(PATIENCE, stream.read_u8()).await.expect("an answer or an end in time").ok()?;
    Some(stream)
}

#[tokio::test]
async fn a_low_soft_limit_of_open_files_is_raised() {
    let folder = front_end();
    let (_child, address) = running_with("-Sn 64", folder.path()).await;
    let mut people = Vec::new();
    for _ in 0..100 {
        people.push(visit(address, 1).await.expect("an answer"));
    }
}

#[tokio::test]
async fn where_few_files_may_be_open_fewer_connections_are_kept() {
    let folder = front_end();
    let (_child, address) = running_with("-n 64", folder.path()).await;
    let mut people = Vec::new();
    for host in 2..18 {
        people.push(visit(address, host).await.expect("an answer"));
    }
    assert!(visit(address, 18).await.is_none(), "files are left for all else");
    people.pop();
    let again = async { while visit(address, 18).await.is_none() {} };
    timeout(PATIENCE, again).await.expect("a place, in time");
}
