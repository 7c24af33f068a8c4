//! Sockets: coming, coming again, taking over, going.

use super::*;
use crate::message::{Body, Endpoint, GoneReason, Link, PeerBody, PeerMessage, Round};

#[test]
fn a_hello_is_welcomed() {
    let mut world = World::new(Settings::default());
    world.create(ANA);
    let welcome = ServerMessage::Welcome {
        version: VERSION,
        you: id(ANA),
        incarnation: 1,
        own_code: code(ANA),
        room: snapshot(1, code(ANA), vec![member(ANA, 1)]),
    };
    assert_eq!(world.hello(1, ANA, 1), [send(1, welcome), issue(1, ANA, 1)]);
    assert_eq!((world.exchange.participants(), world.exchange.connections(), world.exchange.rooms()), (1, 1, 1));
}

#[test]
fn the_others_hear_of_a_new_page_after_it_knows_where_it_is() {
    let mut world = World::together();
    let back = Member { incarnation: 2, ..member(BEK, 3) };
    let welcome = ServerMessage::Welcome {
        version: VERSION,
        you: id(BEK),
        incarnation: 2,
        own_code: code(BEK),
        room: snapshot(1, code(BEK), vec![member(ANA, 1), back.clone()]),
    };
    let expected = [close(2, CloseCode::Superseded), send(9, welcome), issue(9, BEK, 2), told_member(1, back)];
    assert_eq!(world.hello(9, BEK, 2), expected);
    // The old page's socket is heard no more, and its end changes nothing.
    assert_eq!(world.say(2, ClientMessage::Ping { nonce: 1 }), []);
    assert_eq!(world.drop_socket(2), []);
    assert_eq!(world.exchange.dropped().unserved, 1);
    // "Use here": the old page takes over again.
    let effects = world.hello(10, BEK, 1);
    assert_eq!((&effects[0], &effects[2]), (&close(9, CloseCode::Superseded), &issue(10, BEK, 3)));
}

#[test]
fn the_same_page_on_a_new_socket_is_the_same_incarnation_and_others_learn_that_the_old_one_broke() {
    let mut world = World::together();
    let welcome = ServerMessage::Welcome {
        version: VERSION,
        you: id(BEK),
        incarnation: 1,
        own_code: code(BEK),
        room: snapshot(1, code(BEK), vec![member(ANA, 1), member(BEK, 3)]),
    };
    let lost = Member { presence: Presence::Lost, ..member(BEK, 3) };
    assert_eq!(
        world.hello(9, BEK, 1),
        [
            close(2, CloseCode::GoingAway),
            told_member(1, lost),
            send(9, welcome),
            issue(9, BEK, 1),
            told_member(1, member(BEK, 3))
        ]
    );
}

#[test]
fn a_lost_page_comes_back() {
    let mut world = World::together();
    let lost = Member { presence: Presence::Lost, ..member(BEK, 3) };
    assert_eq!(world.drop_socket(2), [told_member(1, lost)]);
    assert_eq!(world.drop_socket(2), []);
    let effects = world.hello(9, BEK, 1);
    assert_eq!(effects[1..], [issue(9, BEK, 1), told_member(1, member(BEK, 3))]);
}

#[test]
fn the_name_in_the_hello_counts_even_if_there_is_none() {
    let mut world = World::together();
    let named = Member { name: "Бек".to_owned(), ..member(BEK, 3) };
    let hello = |number, name: Option<&str>| Input::Connected {
        connection: socket(number),
        participant: id(BEK),
        page: PageId::new(1),
        name: name.map(str::to_owned),
        signed: 0,
        resuming: None,
    };
    let effects = world.on(hello(9, Some("  Бек\u{202e} ")));
    assert_eq!(effects[4..], [told_member(1, named)]);
    assert_eq!(world.on(hello(10, None))[4..], [told_member(1, member(BEK, 3))]);
}

#[test]
fn a_name_goes_along_from_room_to_room() {
    let mut world = World::of(&[ANA, BEK]);
    assert_eq!(world.say(BEK, ClientMessage::Name { name: " Бек \n".to_owned() }), []);
    let media = Media { counter: 3, ..Media::default() };
    assert_eq!(world.say(BEK, ClientMessage::Media { media: media.clone() }), []);
    let bek = Member { name: "Бек".to_owned(), media, ..member(BEK, 3) };
    let here = snapshot(1, code(BEK), vec![member(ANA, 1), bek.clone()]);
    assert_eq!(world.enter(BEK, ANA), [told_member(1, bek), told_room(2, 7, here)]);
}

#[test]
fn a_token_of_nobody_is_refused() {
    let mut world = World::of(&[ANA]);
    assert_eq!(world.hello(9, SAULE, 1), [close(9, CloseCode::BadToken)]);
    assert_eq!(world.exchange.connections(), 1);
}

#[test]
fn a_second_hello_ends_the_socket_and_the_others_see_it() {
    let mut world = World::together();
    let hello = ClientMessage::Hello { version: 1, token: String::new(), page: PageId::new(1), name: None, resuming: None };
    let lost = Member { presence: Presence::Lost, ..member(BEK, 3) };
    assert_eq!(world.say(BEK, hello), [close(2, CloseCode::BadMessage), told_member(1, lost)]);
    assert_eq!(world.exchange.connections(), 1);
    assert_eq!(world.hello(1, BEK, 1), [close(1, CloseCode::BadMessage)]);
    assert_eq!(world.exchange.connections(), 0);
}

#[test]
fn ping_and_what_is_not_known_hurt_nobody() {
    let mut world = World::together();
    assert_eq!(world.say(ANA, ClientMessage::Ping { nonce: 5 }), [send(1, ServerMessage::Pong { nonce: 5 })]);
    assert_eq!(world.say(ANA, ClientMessage::Unknown), []);
    assert_eq!(world.say(77, ClientMessage::Ping { nonce: 5 }), []);
    assert_eq!(world.exchange.dropped(), Dropped { unknown: 1, unserved: 1, ..Dropped::default() });
}

#[test]
fn letters_pass_between_pages_and_what_does_not_is_counted() {
    let mut world = World::together();
    let letter = PeerMessage {
        from: Endpoint::Participant(id(ANA)),
        to: Endpoint::Participant(id(BEK)),
        link: Link { from: 1, to: 1, since: 3 },
        seq: 1,
        body: PeerBody::Candidate { candidate: None, round: Round::default() },
    };
    let mail = |message: &PeerMessage| ClientMessage::Peer { message: message.clone() };
    assert_eq!(world.say(ANA, mail(&letter)), [send(2, ServerMessage::Peer { message: letter.clone() })]);
    assert_eq!(world.say(BEK, mail(&letter)), []);
    assert_eq!(world.say(ANA, mail(&PeerMessage { to: Endpoint::MediaServer, ..letter.clone() })), []);
    assert_eq!(world.say(ANA, mail(&PeerMessage { body: PeerBody::Unknown, ..letter.clone() })), []);
    world.hello(9, BEK, 2);
    assert_eq!(world.say(ANA, mail(&letter)), []);
    let counted = Dropped { forged: 1, no_receiver: 1, stale: 1, unknown: 1, ..Dropped::default() };
    assert_eq!(world.exchange.dropped(), counted);
}

#[test]
fn who_has_no_connection_is_not_told() {
    let mut world = World::together();
    world.drop_socket(2);
    let said =
        ClientMessage::Chat {
            room: room(1), id: crate::id::MessageId::new(1), body: Body::Plain { text: "сәлем".to_owned() }
        };
    let effects = world.say(ANA, said);
    assert!(matches!(effects[..], [Effect::Send { connection: ConnectionId(1), message: ServerMessage::Chat { .. } }]));
    // But finds it in the room on coming back.
    let effects = world.hello(9, BEK, 2);
    let Effect::Send { message: ServerMessage::Welcome { room, .. }, .. } = &effects[0] else {
        panic!("no welcome: {effects:?}")
    };
    assert_eq!(room.history.len(), 1);
}

#[test]
fn taken_ids_and_a_full_server_make_nobody() {
    let mut world = World::new(Settings { participants_max: 2, ..Settings::default() });
    world.create(ANA);
    assert_eq!(world.exchange.create(id(ANA), code(BEK), 0), Err(CreateError::Taken));
    assert_eq!(world.exchange.create(id(BEK), code(ANA), 0), Err(CreateError::Taken));
    world.create(BEK);
    assert_eq!(world.exchange.create(id(SAULE), code(SAULE), 0), Err(CreateError::Full));
    assert_eq!((world.exchange.participants(), world.exchange.rooms()), (2, 2));
}

#[test]
fn a_code_tells_how_many_are_there() {
    let mut world = World::together();
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 2, capacity: 2 }));
    assert_eq!(world.exchange.info(&code(BEK)), Ok(RoomInfo { people: 2, capacity: 2 }));
    assert_eq!(world.exchange.info(&code(SAULE)), Err(EnterError::NotFound));
    assert_eq!(world.leave(BEK).first(), Some(&told_gone(1, BEK, GoneReason::Left)));
    assert_eq!(world.exchange.info(&code(BEK)), Ok(RoomInfo { people: 1, capacity: 2 }));
}

#[test]
fn a_tab_taken_over_while_it_was_offline_does_not_take_the_session_back() {
    let mut world = World::together();
    world.on(Input::Disconnected { connection: socket(2) });
    world.hello(9, BEK, 77);
    let back = Input::Connected {
        connection: socket(10),
        participant: id(BEK),
        page: PageId::new(2),
        name: None,
        signed: 0,
        resuming: Some(1),
    };
    let refused = Effect::Close { connection: socket(10), code: CloseCode::Superseded };
    assert_eq!(world.on(back), [refused]);
}

#[test]
fn a_page_that_is_refused_changes_nothing_whatever_its_token_says() {
    let mut world = World::together();
    world.exchange.changes();
    let before = world.exchange.facts_of_all();
    let older = Input::Connected {
        connection: socket(10),
        participant: id(BEK),
        page: PageId::new(2),
        name: Some("Бек".to_owned()),
        signed: 11,
        resuming: Some(3),
    };
    assert_eq!(world.on(older), [close(10, CloseCode::Superseded)]);
    assert_eq!((world.exchange.facts_of_all(), world.exchange.changes()), (before, vec![]));
    // The page that is served comes back as itself.
    let back = world.on(Input::Connected {
        connection: socket(11),
        participant: id(BEK),
        page: PageId::new(1),
        name: None,
        signed: 1,
        resuming: Some(1),
    });
    assert!(back.contains(&issue(11, BEK, 1)), "{back:?}");
}
