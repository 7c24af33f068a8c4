//! Going by code and link, and home.

use super::support::*;

#[test]
fn each_wrong_code_has_its_own_answer_and_the_fields_are_kept() {
    let mut page = Page::online();
    for (typed, refusal) in [("", EnterError::Empty), ("abc", EnterError::Malformed)] {
        page.want(Command::Connect { name: "Айгүл".to_owned(), code: typed.to_owned() });
        assert_eq!(page.session.view().entry, Entry::Refused(refusal));
    }
    let effects = page.want(Command::Connect { name: "Айгүл".to_owned(), code: "3333 3333 3333".to_owned() });
    let wanted = ClientMessage::Enter { request: 1, code: friends_code() };
    assert_eq!(sent(&effects), [&wanted]);
    page.hear(ServerMessage::Refused { request: 1, reason: EnterError::NotFound });
    assert_eq!(page.session.view().entry, Entry::Refused(EnterError::NotFound));
    page.want(Command::ForgetRefusal);
    assert_eq!(page.session.view().entry, Entry::Idle);
}

#[test]
fn entering_a_friends_room_shows_its_code_in_the_address_bar_and_leaving_goes_home() {
    let mut page = Page::online();
    page.want(Command::Connect { name: "Айгүл".to_owned(), code: friends_code().to_string() });
    let mut host = member(FRIEND, "Ерлан");
    host.order = 0;
    let room = snapshot(2, vec![host, member(ME, "Айгүл")]);
    let effects = page.hear(ServerMessage::Room { request: 1, room });
    assert!(effects.contains(&Effect::Location(Some(friends_code()))));
    assert_eq!(page.session.view().entry, Entry::Done);
    assert_eq!(sent(&page.want(Command::Leave)), [&ClientMessage::Leave { request: 2 }]);
    let effects = page.hear(ServerMessage::Room { request: 2, room: snapshot(3, vec![member(ME, "Айгүл")]) });
    assert!(effects.contains(&op(PeerOp::Close)) && effects.contains(&Effect::Location(None)));
    assert!(!page.session.view().can_leave);
}

#[test]
fn a_name_is_cleaned_as_the_server_would() {
    let mut page = Page::online();
    let effects = page.want(Command::SetName(" Ай\u{202e}гүл\nӘбен\u{0} ".to_owned()));
    assert_eq!(sent(&effects), [&ClientMessage::Name { name: "Айгүл Әбен".to_owned() }]);
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(1_000);
    page.tell(Input::SocketOpen);
    let back = page.hear(welcome(snapshot(1, vec![member(ME, "Айгүл Әбен")])));
    assert!(!sent(&back).iter().any(|m| matches!(m, ClientMessage::Name { .. })), "it is known: {back:?}");
}

/// A page in a friend's room, and what it keeps for a reload.
fn visiting() -> (Page, Saved) {
    let mut page = Page::online();
    page.want(Command::Connect { name: "Айгүл".to_owned(), code: friends_code().to_string() });
    let room = RoomSnapshot { code: friends_code(), ..snapshot(2, vec![member(FRIEND, "Ерлан"), member(ME, "Айгүл")]) };
    let effects = page.hear(ServerMessage::Room { request: 1, room });
    let saved = effects.into_iter().find_map(|e| if let Effect::Save(saved) = e { Some(saved) } else { None });
    (page, saved.expect("it is kept"))
}

#[test]
fn who_comes_back_into_another_room_is_told_so_and_the_address_is_no_longer_the_old_rooms() {
    let home = || welcome(snapshot(3, vec![member(ME, "Айгүл")]));
    let (mut page, saved) = visiting();
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(1_000);
    page.tell(Input::SocketOpen);
    assert!(page.hear(home()).contains(&Effect::Location(None)));
    assert_eq!((page.session.view().can_leave, page.notices()), (false, vec![NoticeKind::OtherRoom]));

    let mut reloaded = Page::with(Some(saved), Some(friends_code()));
    reloaded.tell(Input::Start);
    reloaded.tell(Input::SocketOpen);
    reloaded.hear(home());
    let view = reloaded.session.view();
    assert_eq!((view.can_leave, view.link, reloaded.notices()), (false, Some(friends_code()), vec![]), "asks for it again");
    assert!(reloaded.want(Command::DropLink).contains(&Effect::Location(None)));
}

#[test]
fn who_comes_back_on_the_way_to_another_room_is_told_nothing() {
    let mut page = Page::online();
    page.want(Command::Connect { name: "Айгүл".to_owned(), code: friends_code().to_string() });
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(1_000);
    page.tell(Input::SocketOpen);
    let room = || snapshot(2, vec![member(FRIEND, "Ерлан"), member(ME, "Айгүл")]);
    page.hear(welcome(room()));
    let effects = page.hear(ServerMessage::Room { request: 1, room: room() });
    assert!(effects.contains(&Effect::Location(Some(friends_code()))), "{effects:?}");
    assert_eq!(page.notices(), []);
}

#[test]
fn a_link_waits_for_the_name_and_then_enters() {
    let mut page = Page::with(None, Some(friends_code()));
    page.tell(Input::Start);
    page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() })));
    page.tell(Input::SocketOpen);
    let effects = page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Location(_))), "the address stays while the link waits");
    assert_eq!(page.session.view().link, Some(friends_code()));
}

#[test]
fn a_reload_in_a_room_entered_by_link_asks_for_nothing() {
    let saved = Saved { token: "ticket".to_owned(), entered: Some(friends_code()), ..Saved::default() };
    let mut page = Page::with(Some(saved), Some(friends_code()));
    page.tell(Input::Start);
    assert_eq!(page.session.view().link, None);
    page.tell(Input::SocketOpen);
    page.hear(welcome(snapshot(1, vec![member(FRIEND, "Ерлан"), member(ME, "Айгүл")])));
    assert_eq!(page.session.view().link, None);
}

#[test]
fn leaving_ends_the_wait_for_another_room() {
    let mut page = Page::online();
    page.want(Command::Connect { name: String::new(), code: friends_code().to_string() });
    assert_eq!(page.session.view().entry, Entry::Busy);
    page.want(Command::Leave);
    assert_eq!(page.session.view().entry, Entry::Idle);
}
