//! The way to the server: the start, outages, other pages, the end of a session.

use super::support::*;

fn fetch() -> Effect {
    Effect::FetchIceServers { token: "ticket".to_owned() }
}

#[test]
fn opening_the_page_asks_for_devices_in_one_prompt_and_makes_a_room() {
    let mut page = Page::with(None, None);
    assert_eq!(
        page.tell(Input::Start),
        [
            Effect::OpenDevices { request: 1, camera: Some(Ask::Any), microphone: Some(Ask::Any) },
            Effect::CreateRoom,
            Effect::Save(Saved::default()),
        ]
    );
    let saved = Saved { token: "ticket".to_owned(), ..Saved::default() };
    let ticket = Ticket { token: "ticket".to_owned() };
    assert_eq!(page.tell(Input::RoomCreated(Ok(ticket))), [fetch(), Effect::Connect, Effect::Save(saved)]);
    let hello = ClientMessage::Hello { version: 1, token: "ticket".to_owned(), page: PageId::new(9), name: None, resuming: None };
    assert_eq!(page.tell(Input::SocketOpen), [Effect::Send(hello)]);
    page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    let view = page.session.view();
    assert_eq!((view.connection, view.code, view.can_leave), (Connection::Online, Some(own_code()), false));
}

#[test]
fn media_runs_on_while_the_server_is_away_and_the_page_comes_back_without_limit() {
    let mut page = Page::in_call();
    let closed = page.tell(Input::SocketClosed { code: 1006 });
    assert_eq!(at_the_connection(&closed), Vec::<&PeerOp>::new());
    assert!(closed.contains(&Effect::Connect), "at once");
    for longest in [300, 1_200, 2_700, 4_800, 7_000, 7_000].into_iter().chain([7_000; 50]) {
        page.tell(Input::SocketClosed { code: 1006 });
        let wait = page.session.next_deadline().expect("a next attempt") - page.now;
        assert!((longest / 2..=longest).contains(&wait), "{wait} of {longest}");
        assert!(page.later(wait).contains(&Effect::Connect));
    }
    page.tell(Input::SocketClosed { code: 1006 });
    assert_eq!(page.session.view().call, CallView::Active { connected: true });
    let wait = page.session.next_deadline().expect("a next attempt") - page.now;
    page.later(wait);
    page.tell(Input::SocketOpen);
    let mut room = snapshot(1, vec![member(ME, ""), member(FRIEND, "Ерлан")]);
    room.call = Some(call(&[ME, FRIEND], &[]));
    let back = page.hear(welcome(room));
    assert!(!at_the_connection(&back).iter().any(|op| matches!(op, PeerOp::Open { .. } | PeerOp::Close)));
    assert_eq!(page.notices(), []);
}

#[test]
fn the_network_back_or_the_page_shown_is_a_reason_to_try_at_once() {
    let mut page = Page::in_call();
    for _ in 0..9 {
        page.tell(Input::SocketClosed { code: 1006 });
        let wait = page.session.next_deadline().expect("a next attempt") - page.now;
        page.later(wait);
    }
    page.tell(Input::SocketClosed { code: 1006 });
    assert!(page.tell(Input::Shown).contains(&Effect::Connect));
    assert!(page.tell(Input::SocketClosed { code: 1006 }).contains(&Effect::Connect), "and the waits begin anew");
}

#[test]
fn a_page_that_is_closed_soon_after_each_welcome_takes_its_time() {
    let mut page = Page::in_call();
    let mut waits = Vec::new();
    for _ in 0..5 {
        page.tell(Input::SocketClosed { code: 1006 });
        let wait = page.session.next_deadline().map_or(0, |at| at.saturating_sub(page.now));
        let connecting = page.session.view().connection == Connection::Reconnecting;
        assert!(connecting);
        page.later(wait.min(7_000));
        page.tell(Input::SocketOpen);
        page.hear(welcome(snapshot(1, vec![member(ME, ""), member(FRIEND, "Ерлан")])));
        waits.push(wait);
    }
    assert!(waits[4] >= 2_400, "{waits:?}");
    page.later(6_000);
    assert!(page.tell(Input::SocketClosed { code: 1006 }).contains(&Effect::Connect), "a way that held is taken again at once");
}

#[test]
fn muting_reaches_the_other_by_the_control_channel_while_the_server_is_away() {
    let mut page = Page::in_call();
    page.tell(Input::SocketClosed { code: 1006 });
    let effects = page.want(Command::SetMicrophone(false));
    assert!(effects.contains(&send(Slot::Microphone, SendMode::Silent { device: 1 })));
    let told = effects.iter().any(|e| {
        matches!(e, Effect::Peer { op: PeerOp::Control(PeerMessage { body: PeerBody::Media { media }, .. }), .. }
            if media.microphone.state == SourceState::Muted)
    });
    assert!(told, "{effects:?}");
}

#[test]
fn a_page_taken_over_by_a_newer_one_stops_for_good_until_asked() {
    let mut page = Page::in_call();
    let effects = page.tell(Input::SocketClosed { code: CloseCode::Superseded.number() });
    assert!(effects.contains(&op(PeerOp::Close)) && effects.contains(&Effect::CloseDevice(Device::Camera)));
    assert_eq!(page.session.view().connection, Connection::Superseded);
    assert_eq!(page.later(1_000_000), []);
    assert!(page.want(Command::UseHere).contains(&Effect::Connect));
}

#[test]
fn an_expired_session_begins_anew_and_remembers_where_one_was() {
    let mut page = Page::online();
    page.want(Command::Connect { name: "Айгүл".to_owned(), code: friends_code().to_string() });
    page.hear(ServerMessage::Room { request: 1, room: snapshot(2, vec![member(ME, "Айгүл")]) });
    assert!(page.tell(Input::SocketClosed { code: CloseCode::BadToken.number() }).contains(&Effect::CreateRoom));
    page.tell(Input::RoomCreated(Ok(Ticket { token: "fresh".to_owned() })));
    page.tell(Input::SocketOpen);
    page.hear(welcome(snapshot(1, vec![member(ME, "Айгүл")])));
    let view = page.session.view();
    assert_eq!((view.link, view.me.name.as_str()), (Some(friends_code()), "Айгүл"));
    assert_eq!(page.notices(), [NoticeKind::SessionExpired]);
}

#[test]
fn a_session_that_the_server_lost_begins_anew_at_once_however_long_the_server_was_away() {
    let bad_token = Input::SocketClosed { code: CloseCode::BadToken.number() };
    let mut page = Page::online();
    page.tell(Input::SocketClosed { code: 1006 });
    for _ in 0..20 {
        page.later(12_000);
        page.tell(Input::SocketClosed { code: 1006 });
    }
    page.later(12_000);
    page.tell(Input::SocketOpen);
    assert!(page.tell(bad_token.clone()).contains(&Effect::CreateRoom));
    // A server that refuses its own fresh tickets is not asked without a pause.
    page.tell(Input::RoomCreated(Ok(Ticket { token: "fresh".to_owned() })));
    page.tell(Input::SocketOpen);
    assert!(!page.tell(bad_token).contains(&Effect::CreateRoom));
    assert!(page.later(12_000).contains(&Effect::CreateRoom));
}

#[test]
fn an_outdated_page_finishes_its_call_and_then_loads_itself_anew_once() {
    let outdated = Input::SocketClosed { code: CloseCode::Outdated.number() };
    let mut page = Page::in_call();
    let told = page.tell(outdated.clone());
    assert!(!told.contains(&Effect::Reload), "the call goes on");
    assert_eq!(page.session.view().connection, Connection::Outdated);
    assert!(page.want(Command::HangUp).contains(&Effect::Reload));
    assert_eq!(page.later(60_000), [], "once");
    assert!(Page::online().tell(outdated).contains(&Effect::Reload));
}

#[test]
fn a_silent_server_is_asked_and_then_left() {
    let mut page = Page::online();
    assert_eq!(sent(&page.later(15_000)), [&ClientMessage::Ping { nonce: 1 }]);
    assert_eq!(page.later(8_000), [Effect::Disconnect]);
    assert_eq!(page.session.view().connection, Connection::Reconnecting);
}

#[test]
fn ice_servers_that_could_not_be_asked_for_are_asked_for_again() {
    let mut page = Page::with(Some(Saved { token: "ticket".to_owned(), ..Saved::default() }), None);
    assert!(page.tell(Input::Start).contains(&fetch()));
    page.tell(Input::IceServers(Err(ApiError::Unreachable)));
    assert_eq!(page.later(1_999), []);
    assert_eq!(page.later(1), [fetch()]);
}

#[test]
fn credentials_are_renewed_before_they_end_and_running_connections_get_them() {
    let ice = |credential: &str| {
        let server = IceServer { urls: Vec::new(), username: None, credential: Some(credential.to_owned()) };
        IceConfig { servers: vec![server], good_for: Some(600), ..IceConfig::default() }
    };
    let mut page = Page::online_with(ice("first"));
    page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    assert!(!page.later(299_999).contains(&fetch()));
    assert!(page.later(1).contains(&fetch()));
    // The server is away: the old ones are good for a while.
    page.tell(Input::IceServers(Err(ApiError::Unreachable)));
    assert!(page.later(8_000).contains(&fetch()));
    let renewed = ice("second");
    let effects = page.tell(Input::IceServers(Ok(renewed.clone())));
    assert_eq!(at_the_connection(&effects), [&PeerOp::Servers(renewed.servers.clone())]);
    assert_eq!(at_the_connection(&page.tell(Input::IceServers(Ok(renewed)))), Vec::<&PeerOp>::new(), "nothing new");
}

#[test]
fn a_room_and_ice_servers_whose_answer_never_comes_are_asked_for_again() {
    let mut page = Page::with(None, None);
    page.tell(Input::Start);
    let asked = |page: &mut Page, wanted: &Effect| {
        let asked = (0..100).flat_map(|_| page.later(500)).filter(|effect| effect == wanted).count();
        assert!((3..=8).contains(&asked), "{wanted:?}: {asked}");
    };
    asked(&mut page, &Effect::CreateRoom);
    // A late answer is as good as any.
    assert!(page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() }))).contains(&Effect::Connect));
    let late = page.tell(Input::RoomCreated(Ok(Ticket { token: "later".to_owned() })));
    assert_eq!(late, [], "one is enough");
    asked(&mut page, &fetch());
    page.tell(Input::IceServers(Ok(IceConfig::default())));
    assert!(!page.later(60_000).contains(&fetch()));
}

/// A page whose sockets end before they open, `times` times. Gives what it did besides.
fn shut_out(page: &mut Page, times: usize) -> Vec<Effect> {
    let mut done = Vec::new();
    for _ in 0..times {
        let mut effects = page.tell(Input::SocketClosed { code: 1006 });
        // The first time it comes back at once.
        if !effects.contains(&Effect::Connect) {
            let wait = page.session.next_deadline().expect("a next attempt") - page.now;
            effects.extend(page.later(wait));
        }
        assert!(effects.contains(&Effect::Connect));
        done.extend(effects.into_iter().filter(|effect| *effect != Effect::Connect));
    }
    done
}

fn answered() -> Input {
    Input::IceServers(Ok(IceConfig::default()))
}

#[test]
fn a_page_whose_sockets_never_open_says_so_once_it_knows_that_the_server_is_there() {
    let mut page = Page::with(None, None);
    page.tell(Input::Start);
    page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() })));
    page.tell(answered());
    assert_eq!(shut_out(&mut page, 2), []);
    assert_eq!(shut_out(&mut page, 1), [fetch()]);
    assert_eq!(page.session.view().connection, Connection::Connecting, "the server may just have gone away");
    page.tell(answered());
    assert_eq!(page.session.view().connection, Connection::Barred);
    assert_eq!(shut_out(&mut page, 1), [fetch()], "it goes on trying");
    page.tell(Input::IceServers(Err(ApiError::Unreachable)));
    assert_eq!(page.session.view().connection, Connection::Connecting, "now the server is away");
    shut_out(&mut page, 1);
    page.tell(answered());
    assert_eq!(page.session.view().connection, Connection::Barred);
    page.tell(Input::SocketOpen);
    assert_eq!(page.session.view().connection, Connection::Connecting);
    page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    assert_eq!(page.session.view().connection, Connection::Online);
}

#[test]
fn a_page_that_was_once_online_is_not_told_that_it_is_barred() {
    let mut page = Page::online();
    page.tell(Input::SocketClosed { code: 1006 });
    let wait = page.session.next_deadline().expect("a next attempt") - page.now;
    page.later(wait);
    assert_eq!(shut_out(&mut page, 5), []);
    page.tell(answered());
    assert_eq!(page.session.view().connection, Connection::Reconnecting);
}

#[test]
fn a_socket_that_hangs_without_opening_counts_as_one_that_does_not_open() {
    let mut page = Page::with(None, None);
    page.tell(Input::Start);
    page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() })));
    page.tell(answered());
    let mut done = Vec::new();
    while !done.contains(&fetch()) {
        let wait = page.session.next_deadline().expect("a next attempt") - page.now;
        done.extend(page.later(wait));
        assert!(page.now < 60_000, "{done:?}");
    }
    assert_eq!(done.iter().filter(|effect| **effect == Effect::Disconnect).count(), 3);
    page.tell(answered());
    assert_eq!(page.session.view().connection, Connection::Barred);
}

#[test]
fn a_superseded_page_goes_nowhere_later() {
    let mut page = Page::online();
    page.tell(Input::SocketClosed { code: CloseCode::Superseded.number() });
    page.want(Command::Connect { name: String::new(), code: friends_code().to_string() });
    page.want(Command::Leave);
    assert_eq!(page.session.view().entry, Entry::Idle);
    page.want(Command::UseHere);
    page.tell(Input::SocketOpen);
    let back = page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    assert!(!sent(&back).iter().any(|m| matches!(m, ClientMessage::Enter { .. } | ClientMessage::Leave { .. })), "{back:?}");
}
