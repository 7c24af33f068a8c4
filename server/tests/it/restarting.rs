//! The server stops, with or without a word, and starts again: everybody is where they were, and nothing that ended comes back.

use std::{path::Path, process::Stdio};

use protocol::{
    id::{MessageId, ParticipantId, RoomCode},
    message::{Body, ChatEntry, ClientMessage, CloseCode, EnterError, ServerMessage},
};
use server::{Clock, token::Tokens};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    program::{ended, program, running, signal},
    support::{PATIENCE, Page, Site, front_end},
};

/// The program with a data folder, which outlives it.
struct Server {
    folder: TempDir,
    child: Child,
    site: Site,
}

impl Server {
    async fn start(flags: &[&str]) -> Self {
        let folder = front_end();
        let (child, site) = started(folder.path(), flags).await;
        Self { folder, child, site }
    }

    /// Without a word, as when the power goes.
    async fn kill(&mut self) {
        self.child.kill().await.expect("a running program");
    }

    async fn start_again(&mut self, flags: &[&str]) {
        (self.child, self.site) = started(self.folder.path(), flags).await;
    }

    /// Says something in its room and waits until all before it is on the disk, whatever comes of what was said.
    async fn until_kept(&self, page: &mut Page) {
        for (id, word) in [(1_000, "осыған дейін"), (1_001, "сақталды")] {
            say(page, id, word).await;
            told(page, id).await;
            self.until_holds(word).await;
        }
    }

    /// Waits until these letters are in the log on the disk.
    async fn until_holds(&self, word: &str) {
        let log = self.folder.path().join("data/rooms.sqlite3-wal");
        let holds = |bytes: Vec<u8>| bytes.windows(word.len()).any(|part| part == word.as_bytes());
        while !std::fs::read(&log).is_ok_and(holds) {
            tokio::task::yield_now().await;
        }
    }

    /// As the tokens of this server are signed.
    fn tokens(&self) -> Tokens {
        Tokens::new(&std::fs::read(self.folder.path().join("data/secret")).expect("a secret"), "baylanys")
    }

    fn journal(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("data/rooms.sqlite3")).expect("a journal")
    }
}

async fn started(folder: &Path, flags: &[&str]) -> (Child, Site) {
    let (child, address) = running(program(folder, &["--listen", "127.0.0.1:0"]).args(flags)).await;
    (child, Site::at(address))
}

/// A person with the token that the server gave last.
async fn arrived(site: &Site) -> (Page, String) {
    let mut page = site.page().await;
    let token = token(&mut page).await;
    (page, token)
}

async fn token(page: &mut Page) -> String {
    let ServerMessage::Token { token } = page.until(|message| matches!(message, ServerMessage::Token { .. })).await else {
        unreachable!("waited for");
    };
    token
}

async fn back(site: &Site, token: &str, page: u64, incarnation: u32) -> Page {
    let mut socket = site.socket().await;
    socket.resume(token, page, incarnation).await;
    socket
}

async fn close_code(site: &Site, token: &str) -> Option<u16> {
    let mut socket = site.socket().await;
    socket.hello(protocol::VERSION, token, 1).await;
    socket.closed().await
}

/// Says something, without waiting for the receipt.
async fn say(page: &mut Page, id: u64, text: &str) {
    let body = Body::Plain { text: text.to_owned() };
    page.say(&ClientMessage::Chat { room: page.room().room, id: MessageId::new(id), body }).await;
}

async fn told(page: &mut Page, id: u64) -> ChatEntry {
    let wanted = |message: &ServerMessage| matches!(message, ServerMessage::Chat { entry } if entry.id.get() == id);
    let ServerMessage::Chat { entry } = page.until(wanted).await else { unreachable!("waited for") };
    entry
}

fn texts(page: &Page) -> Vec<String> {
    let text = |entry: &ChatEntry| match &entry.body {
        Body::Plain { text } => text.clone(),
        Body::Unknown => String::new(),
    };
    page.room().history.iter().map(text).collect()
}

fn members(page: &Page) -> Vec<ParticipantId> {
    page.room().members.iter().map(|member| member.id).collect()
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_call_comes_back_with_everybody_in_place() {
    let mut server = Server::start(&[]).await;
    let ((mut host, host_token), (mut guest, guest_token)) = (arrived(&server.site).await, arrived(&server.site).await);
    guest.enter(host.own_code()).await.expect("a free seat");
    host.say(&ClientMessage::Ring { to: guest.me }).await;
    guest.say(&ClientMessage::Ring { to: host.me }).await;
    say(&mut host, 1, "бірінші").await;
    told(&mut guest, 1).await;
    server.until_kept(&mut host).await;
    let in_call = |page: &Page| page.room().call.as_ref().map(|call| call.members.len());
    server.kill().await;
    server.start_again(&[]).await;

    let mut host = back(&server.site, &host_token, 1, 1).await;
    let guest = back(&server.site, &guest_token, 1, 1).await;
    assert_eq!((members(&host), members(&guest)), (vec![host.me, guest.me], vec![host.me, guest.me]));
    assert_eq!((host.incarnation, guest.incarnation), (1, 1), "the links between the two pages hold");
    assert_eq!(in_call(&guest), Some(2));
    assert_eq!(texts(&guest)[0], "бірінші");
    say(&mut host, 2, "екінші").await;
    assert!(Some(told(&mut host, 2).await.order) > guest.room().history.last().map(|entry| entry.order));
    assert_eq!(server.site.room_info(host.own_code()).await.map(|info| info.people), Ok(2), "the code still leads there");
}

#[tokio::test]
async fn what_was_said_while_the_server_stopped_is_there_once() {
    let mut server = Server::start(&[]).await;
    let (mut host, token) = arrived(&server.site).await;
    for id in 0..50 {
        say(&mut host, id, &format!("{id}")).await;
    }
    // Some were taken, some were not; of the last ones no receipt came.
    told(&mut host, 10).await;
    signal(&server.child, "-TERM").await;
    server.child.wait().await.expect("an end");
    server.start_again(&[]).await;
    let mut host = back(&server.site, &token, 1, 1).await;
    let kept = texts(&host).len();
    assert!(kept > 10, "{kept}");
    for id in 0..50 {
        say(&mut host, id, &format!("{id}")).await;
    }
    told(&mut host, 49).await;
    let host = back(&server.site, &token, 1, 1).await;
    assert_eq!(texts(&host), (0..50).map(|id| id.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_room_that_ended_stays_ended_and_its_words_are_erased() {
    let mut server = Server::start(&["--room-grace", "1"]).await;
    let (mut host, token) = arrived(&server.site).await;
    let code = host.own_code();
    say(&mut host, 1, "жоғалатын сөз").await;
    told(&mut host, 1).await;
    drop(host);
    while server.site.room_info(code).await.is_ok() {}
    signal(&server.child, "-TERM").await;
    server.child.wait().await.expect("an end");
    let data = server.folder.path().join("data");
    for file in std::fs::read_dir(data).expect("a data folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        let word = "жоғалатын".as_bytes();
        assert!(!bytes.windows(word.len()).any(|part| part == word), "what was said is still on the disk");
    }
    server.start_again(&[]).await;
    assert_eq!(close_code(&server.site, &token).await, Some(CloseCode::BadToken.number()));
    assert_eq!(server.site.room_info(code).await, Err(EnterError::NotFound));
}

#[tokio::test]
async fn of_two_tabs_the_older_is_refused_by_a_restarted_server_too() {
    let mut server = Server::start(&[]).await;
    let (older, older_token) = arrived(&server.site).await;
    let mut newer = server.site.page_with(&older_token, 2).await;
    let newer_token = token(&mut newer).await;
    server.until_kept(&mut newer).await;
    server.kill().await;
    server.start_again(&[]).await;
    let mut first = server.site.socket().await;
    let (token, page) = (older_token, protocol::id::PageId::new(1));
    let hello = ClientMessage::Hello { version: protocol::VERSION, token, page, name: None, resuming: Some(older.incarnation) };
    first.say(&hello).await;
    assert_eq!(first.closed().await, Some(CloseCode::Superseded.number()));
    assert_eq!(back(&server.site, &newer_token, 2, 2).await.incarnation, 2);
}

#[tokio::test]
async fn forged_and_foreign_tokens_open_no_kept_room() {
    let mut server = Server::start(&[]).await;
    let (mut host, token) = arrived(&server.site).await;
    let other = Server::start(&[]).await;
    let (_, foreign) = arrived(&other.site).await;
    server.until_kept(&mut host).await;
    server.kill().await;
    server.start_again(&[]).await;
    let forged = token.replace('.', "A.");
    for refused in [forged, foreign] {
        assert_eq!(close_code(&server.site, &refused).await, Some(CloseCode::BadToken.number()));
    }
    assert_eq!(close_code(&other.site, &token).await, Some(CloseCode::BadToken.number()));
    back(&server.site, &token, 1, 1).await;
}

#[tokio::test]
async fn a_clock_that_goes_back_a_day_brings_no_session_back() {
    let mut server = Server::start(&[]).await;
    let (mut host, token) = arrived(&server.site).await;
    server.until_kept(&mut host).await;
    server.kill().await;
    // The server had been alive until tomorrow, and has woken up today.
    let day: i64 = 24 * 60 * 60 * 1000;
    server.journal().execute("UPDATE life SET seen = seen + ?", [day]).expect("a life");
    server.start_again(&[]).await;
    assert_eq!(close_code(&server.site, &token).await, Some(CloseCode::BadToken.number()));
    assert!(server.site.room_info(host.own_code()).await.is_ok(), "its room has its grace");
}

#[tokio::test]
async fn a_room_that_was_made_and_not_entered_yet_is_kept_too() {
    let mut server = Server::start(&[]).await;
    let token = server.site.token().await;
    let code = server.tokens().verify(&token, Clock::default().now()).expect("our token").code;
    timeout(PATIENCE, server.until_holds(&serde_json::to_string(&code).expect("a code"))).await.expect("a kept room");
    server.kill().await;
    server.start_again(&[]).await;
    assert!(server.site.room_info(code).await.is_ok());
    assert_eq!(server.site.page_with(&token, 1).await.own_code(), code);
}

#[tokio::test]
async fn a_server_that_was_away_for_a_day_takes_up_where_it_stopped() {
    let mut server = Server::start(&[]).await;
    let (mut host, _) = arrived(&server.site).await;
    server.until_kept(&mut host).await;
    server.kill().await;
    // All of that was yesterday: the token was signed then, and the server last seen.
    let day = 24 * 60 * 60 * 1000;
    let yesterday = Clock::default().now() - day;
    let token = server.tokens().sign(host.me, host.own_code(), 1, yesterday);
    assert_eq!(
        close_code_after(&mut server, &token).await,
        Some(CloseCode::BadToken.number()),
        "to a server that was there it is old"
    );
    server.kill().await;
    server.journal().execute("UPDATE life SET seen = ?", [yesterday.cast_signed()]).expect("a life");
    server.start_again(&[]).await;
    back(&server.site, &token, 1, 1).await;
}

/// What a server that starts now says to this token.
async fn close_code_after(server: &mut Server, token: &str) -> Option<u16> {
    server.start_again(&[]).await;
    close_code(&server.site, token).await
}

#[tokio::test]
async fn a_full_disk_costs_nobody_a_word_and_later_all_is_kept_again() {
    let folder = front_end();
    let data = folder.path().join("data");
    // No file may grow beyond 192 KiB: the journal's log soon would.
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap '' XFSZ; ulimit -f 384; exec "$@""#, "sh", env!("CARGO_BIN_EXE_server")]);
    command.args(["--listen", "127.0.0.1:0", "--site-root"]).arg(folder.path()).arg("--data-dir").arg(&data);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let (mut child, address) = running(command.env("RUST_LOG", "info")).await;
    let mut log = BufReader::new(child.stderr.take().expect("piped")).lines();
    let site = Site::at(address);
    let (mut host, host_token) = arrived(&site).await;
    let mut guest = site.page().await;
    guest.enter(host.own_code()).await.expect("a free seat");
    let mut said = 0;
    let mut logged = async |host: &mut Page, guest: &mut Page, wanted: &str| {
        loop {
            said += 1;
            say(host, said, &format!("{said}")).await;
            told(guest, said).await;
            let waiting = std::time::Duration::from_millis(100);
            while let Ok(Ok(Some(line))) = timeout(waiting, log.next_line()).await {
                if line.contains(wanted) {
                    return said;
                }
            }
        }
    };
    timeout(PATIENCE, logged(&mut host, &mut guest, "can't be written")).await.expect("a full disk in time");
    let before = timeout(PATIENCE, logged(&mut host, &mut guest, "written again")).await.expect("a disk that takes it again");
    signal(&child, "-TERM").await;
    child.wait().await.expect("an end");
    let (_child, site) = started(folder.path(), &[]).await;
    let host = back(&site, &host_token, 1, 1).await;
    let expected: Vec<_> = (1..=before).map(|id| id.to_string()).collect();
    assert_eq!(texts(&host)[..expected.len()], expected);
}

#[tokio::test]
async fn two_servers_do_not_share_a_data_folder() {
    let server = Server::start(&[]).await;
    let output = ended(&mut program(server.folder.path(), &["--listen", "127.0.0.1:0"])).await;
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("the data folder is in use; waiting"), "{error}");
    assert!(
        error.contains("--data-dir") && error.lines().last().is_some_and(|line| line.contains("another Baylanys")),
        "{error}"
    );
}

#[tokio::test]
async fn a_damaged_journal_is_begun_anew() {
    let mut server = Server::start(&[]).await;
    let (_, token) = arrived(&server.site).await;
    server.kill().await;
    for file in ["rooms.sqlite3", "rooms.sqlite3-wal"] {
        std::fs::write(server.folder.path().join("data").join(file), "no journal at all".repeat(1_000)).expect("written");
    }
    server.start_again(&[]).await;
    assert_eq!(close_code(&server.site, &token).await, Some(CloseCode::BadToken.number()));
    let (mut host, token) = arrived(&server.site).await;
    server.until_kept(&mut host).await;
    server.kill().await;
    server.start_again(&[]).await;
    assert_eq!(back(&server.site, &token, 1, 1).await.me, host.me);
}

#[tokio::test]
async fn a_server_that_keeps_nothing_writes_nothing() {
    let mut server = Server::start(&["--memory-only"]).await;
    let (host, token) = arrived(&server.site).await;
    let code: RoomCode = host.own_code();
    server.kill().await;
    assert!(!server.folder.path().join("data").exists());
    server.start_again(&["--memory-only"]).await;
    assert_eq!(close_code(&server.site, &token).await, Some(CloseCode::BadToken.number()));
    assert_eq!(server.site.room_info(code).await, Err(EnterError::NotFound));
}

#[tokio::test]
async fn only_this_user_can_read_the_data() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    let mut server = Server::start(&[]).await;
    let data = server.folder.path().join("data");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let journal = ["rooms.sqlite3", "rooms.sqlite3-wal"].map(|file| data.join(file));
    assert_eq!((mode(&data), mode(&data.join("secret"))), (0o700, 0o600));
    // Nor in a folder that was made for it and that everybody may look into, such as systemd's.
    server.kill().await;
    for path in [&data, &journal[0], &journal[1]] {
        std::fs::set_permissions(path, Permissions::from_mode(if path == &data { 0o755 } else { 0o644 })).expect("ours");
    }
    server.start_again(&[]).await;
    assert_eq!(journal.each_ref().map(|path| mode(path)), [0o600; 2], "as an earlier server had left it");
    server.kill().await;
    for path in &journal {
        std::fs::remove_file(path).expect("there");
    }
    server.start_again(&[]).await;
    let (mut host, _) = arrived(&server.site).await;
    server.until_kept(&mut host).await;
    assert_eq!(journal.each_ref().map(|path| mode(path)), [0o600; 2], "made anew");
}
