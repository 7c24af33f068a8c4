//! Ringing, accepting, refusing, hanging up, and what crosses.

use super::support::*;

#[test]
fn ringing_sends_black_and_silence_and_accepting_makes_it_live() {
    let mut page = Page::together();
    assert_eq!(
        page.want(Command::Ring),
        [
            Effect::Send(ClientMessage::Ring { to: FRIEND }),
            send(Slot::Microphone, SendMode::Silent { device: 1 }),
            send(Slot::Camera, SendMode::Silent { device: 1 }),
        ]
    );
    assert_eq!(page.session.view().call, CallView::Calling { to: FRIEND });
    let rang = CallEvent::Rang { from: ME, to: FRIEND };
    assert_eq!(page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: rang }), []);
    let accepted = CallEvent::Accepted { by: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: accepted });
    assert_eq!(effects[0], Effect::Mark(Mark::CallAccepted));
    assert_eq!(
        at_the_connection(&effects),
        [
            &PeerOp::Send { slot: Slot::Microphone, mode: SendMode::Live { device: 1 } },
            &PeerOp::Send { slot: Slot::Camera, mode: SendMode::Live { device: 1 } },
        ]
    );
    let on = |mid: &str| Source { state: SourceState::On, mid: Some(mid.to_owned()) };
    let said = sent(&effects).into_iter().find_map(|m| if let ClientMessage::Media { media } = m { Some(media) } else { None });
    let said = said.expect("the media is said");
    assert_eq!((&said.microphone, &said.camera), (&on("0"), &on("1")));
    assert_eq!(page.session.view().call, CallView::Active { connected: true });
}

#[test]
fn accepting_without_camera_closes_it_and_says_so() {
    let mut page = Page::together();
    page.rung();
    assert_eq!(page.session.view().call, CallView::Incoming { from: FRIEND, name: "Ерлан".to_owned() });
    let effects = page.want(Command::Accept { camera: false });
    assert_eq!(effects[0], Effect::CloseDevice(Device::Camera));
    assert_eq!(
        at_the_connection(&effects),
        [
            &PeerOp::Send { slot: Slot::Microphone, mode: SendMode::Live { device: 1 } },
            &PeerOp::Send { slot: Slot::Camera, mode: SendMode::Nothing },
        ]
    );
    assert!(sent(&effects).contains(&&ClientMessage::Accept { call: CALL }));
}

#[test]
fn without_camera_is_for_one_call_and_the_next_one_has_it() {
    let mut page = Page::together();
    page.rung();
    page.want(Command::Accept { camera: false });
    page.hear(ServerMessage::Call { call: Some(call(&[FRIEND, ME], &[])), event: CallEvent::Accepted { by: ME } });
    assert_eq!(page.session.view().me.camera, DeviceView::Off);
    let effects = page.want(Command::HangUp);
    assert!(effects.contains(&Effect::OpenDevices { request: 2, camera: Some(Ask::Any), microphone: None }), "{effects:?}");
    page.tell(Input::DevicesOpened { request: 2, camera: Some("camera".to_owned()), microphone: None });
    page.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: ME } });
    page.rung();
    let effects = page.want(Command::Accept { camera: true });
    assert!(effects.contains(&send(Slot::Camera, SendMode::Live { device: 2 })), "{effects:?}");
}

#[test]
fn a_camera_switched_off_by_its_switch_stays_off_after_a_call_without_it() {
    let mut page = Page::together();
    page.want(Command::SetCamera(false));
    page.rung();
    page.want(Command::Accept { camera: false });
    let effects = page.want(Command::HangUp);
    assert!(!effects.iter().any(|e| matches!(e, Effect::OpenDevices { .. })), "{effects:?}");
}

#[test]
fn a_reload_in_a_call_accepted_without_camera_does_not_bring_the_camera_into_it() {
    let mut page = Page::together();
    page.rung();
    let effects = page.want(Command::Accept { camera: false });
    let saved = effects.iter().find_map(|e| if let Effect::Save(saved) = e { Some(saved.clone()) } else { None });

    let mut reloaded = Page::with(saved, None);
    let started = reloaded.tell(Input::Start);
    assert!(started.contains(&Effect::OpenDevices { request: 1, camera: None, microphone: Some(Ask::Any) }), "{started:?}");
    reloaded.tell(Input::SocketOpen);
    let room = RoomSnapshot {
        call: Some(call(&[FRIEND, ME], &[])),
        ..snapshot(1, vec![member(ME, "Айгүл"), member(FRIEND, "Ерлан")])
    };
    let opens = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::OpenDevices { camera: Some(_), .. }));
    assert!(!opens(&reloaded.hear(welcome(room))));
    assert!(opens(&reloaded.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: FRIEND } })));
}

#[test]
fn hanging_up_stops_sending_at_once_and_the_devices_stay() {
    let mut page = Page::in_call();
    let effects = page.want(Command::HangUp);
    assert!(sent(&effects).contains(&&ClientMessage::HangUp { call: CALL }));
    assert_eq!(
        at_the_connection(&effects),
        [
            // Silence goes on: a pause in it would count as lateness at the other end.
            &PeerOp::Send { slot: Slot::Microphone, mode: SendMode::Silent { device: 1 } },
            &PeerOp::Send { slot: Slot::Camera, mode: SendMode::Nothing },
        ]
    );
    assert!(!effects.iter().any(|e| matches!(e, Effect::CloseDevice(_))));
    assert_eq!(page.session.view().call, CallView::None);
    page.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: ME } });
    assert_eq!(page.notices(), []);
}

#[test]
fn the_other_hanging_up_ends_the_call_with_a_word() {
    let mut page = Page::in_call();
    page.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: FRIEND } });
    assert_eq!((page.session.view().call, page.notices()), (CallView::None, vec![NoticeKind::Ended]));
}

#[test]
fn a_hang_up_arrives_by_letter_while_the_server_is_away() {
    let mut page = Page::in_call();
    page.tell(Input::SocketClosed { code: 1006 });
    let body = PeerBody::HungUp { call: CALL };
    let (from, to) = (Endpoint::Participant(FRIEND), Endpoint::Participant(ME));
    page.peer(PeerEvent::ControlMessage(PeerMessage { from, to, link: LINE, seq: 50, body }));
    let view = page.session.view();
    assert_eq!((view.call, view.connection), (CallView::None, Connection::Reconnecting));
}

#[test]
fn a_hang_up_the_server_never_heard_of_is_told_by_the_next_page() {
    let mut page = Page::in_call();
    page.tell(Input::SocketClosed { code: 1006 });
    let effects = page.want(Command::HangUp);
    assert_eq!(sent(&effects), Vec::<&ClientMessage>::new());
    let saved = effects.iter().find_map(|e| if let Effect::Save(saved) = e { Some(saved.clone()) } else { None });

    let mut reloaded = Page::with(saved, None);
    reloaded.tell(Input::Start);
    reloaded.tell(Input::SocketOpen);
    let room = RoomSnapshot {
        call: Some(call(&[ME, FRIEND], &[])),
        ..snapshot(1, vec![member(ME, "Айгүл"), member(FRIEND, "Ерлан")])
    };
    let effects = reloaded.hear(welcome(room));
    assert!(sent(&effects).contains(&&ClientMessage::HangUp { call: CALL }));
    assert_eq!(reloaded.session.view().call, CallView::None);
}

#[test]
fn who_left_a_call_of_three_page_to_page_is_in_it_again_with_a_later_page() {
    const THIRD: ParticipantId = ParticipantId::new(3);
    let mut page = Page::together();
    page.hear(ServerMessage::Member { member: member(THIRD, "Дана") });
    page.want(Command::Ring);
    let all = call(&[ME, FRIEND, THIRD], &[]);
    page.hear(ServerMessage::Call { call: Some(all), event: CallEvent::Accepted { by: THIRD } });
    let in_call = |page: &Page| page.session.view().others.iter().map(|tile| tile.in_call).collect::<Vec<_>>();
    assert_eq!(in_call(&page), [true, true]);
    page.hear(letter(2, PeerBody::HungUp { call: CALL }));
    assert_eq!(in_call(&page), [false, true]);
    // The hang-up never reached the server, and the page that knew of it is no more.
    page.hear(ServerMessage::Member { member: Member { incarnation: 2, ..member(FRIEND, "Ерлан") } });
    assert_eq!(in_call(&page), [true, true]);
}

#[test]
fn a_ring_taken_back_before_the_server_has_named_it_is_taken_back_all_the_same() {
    let mut page = Page::together();
    page.want(Command::Ring);
    page.want(Command::HangUp);
    assert_eq!(page.session.view().call, CallView::None);
    let rang = CallEvent::Rang { from: ME, to: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: rang });
    let saved = Saved { token: "ticket".to_owned(), room: Some(RoomId::new(1)), left: Some(CALL), ..Saved::default() };
    assert_eq!(effects, [Effect::Send(ClientMessage::HangUp { call: CALL }), Effect::Save(saved)]);
}

#[test]
fn a_ring_that_was_on_its_way_at_a_hang_up_makes_no_other_call() {
    let mut page = Page::together();
    page.want(Command::Ring);
    // The answer to something older: the person sees the ring end, and rings again.
    page.hear(ServerMessage::Call { call: None, event: CallEvent::Unchanged });
    page.want(Command::Ring);
    page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: CallEvent::Accepted { by: FRIEND } });
    page.want(Command::HangUp);
    page.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: FRIEND } });
    let second = Call { id: CallId::new(77), ..call(&[ME], &[(ME, FRIEND)]) };
    let effects = page.hear(ServerMessage::Call { call: Some(second), event: CallEvent::Rang { from: ME, to: FRIEND } });
    assert_eq!(sent(&effects), [&ClientMessage::HangUp { call: CallId::new(77) }]);
    assert_eq!(page.session.view().call, CallView::None);
    page.want(Command::Ring);
    let third = Call { id: CallId::new(78), ..call(&[ME], &[(ME, FRIEND)]) };
    page.hear(ServerMessage::Call { call: Some(third), event: CallEvent::Rang { from: ME, to: FRIEND } });
    assert_eq!(page.session.view().call, CallView::Calling { to: FRIEND });
}

#[test]
fn a_ring_taken_back_just_before_an_outage_is_taken_back_after_it() {
    let mut page = Page::together();
    page.want(Command::Ring);
    page.want(Command::HangUp);
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(12_000);
    page.tell(Input::SocketOpen);
    let mut room = snapshot(1, vec![member(ME, ""), member(FRIEND, "Ерлан")]);
    room.call = Some(call(&[ME], &[(ME, FRIEND)]));
    let effects = page.hear(welcome(room));
    assert!(sent(&effects).contains(&&ClientMessage::HangUp { call: CALL }), "{effects:?}");
    assert_eq!(page.session.view().call, CallView::None);
}

#[test]
fn who_hangs_up_before_the_ringing_page_has_heard_of_the_accept_ends_its_ring() {
    let mut page = Page::together();
    page.want(Command::Ring);
    page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: CallEvent::Rang { from: ME, to: FRIEND } });
    page.tell(Input::SocketClosed { code: 1006 });
    page.peer(PeerEvent::ControlMessage(PeerMessage {
        from: Endpoint::Participant(FRIEND),
        to: Endpoint::Participant(ME),
        link: LINE,
        seq: 9,
        body: PeerBody::HungUp { call: CALL },
    }));
    assert_eq!(page.session.view().call, CallView::None);
    page.later(12_000);
    page.tell(Input::SocketOpen);
    let mut room = snapshot(1, vec![member(ME, ""), member(FRIEND, "Ерлан")]);
    room.call = Some(call(&[ME, FRIEND], &[]));
    let effects = page.hear(welcome(room));
    assert!(sent(&effects).contains(&&ClientMessage::HangUp { call: CALL }), "{effects:?}");
    assert_eq!(page.session.view().call, CallView::None);
}

#[test]
fn who_has_hung_up_and_comes_into_the_same_call_again_is_in_it() {
    let third = ParticipantId::new(3);
    let mut page = Page::in_call();
    let with_third = call(&[ME, FRIEND, third], &[]);
    page.hear(ServerMessage::Member { member: member(third, "Дана") });
    page.hear(ServerMessage::Call { call: Some(with_third.clone()), event: CallEvent::Accepted { by: third } });
    page.hear(letter(9, PeerBody::HungUp { call: CALL }));
    assert!(!page.session.view().others[0].in_call);
    // What the server said of it came while this page was offline, and so did that they are back.
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(12_000);
    page.tell(Input::SocketOpen);
    let away = Member { presence: Presence::Lost, ..member(FRIEND, "Ерлан") };
    let mut room = snapshot(1, vec![member(ME, ""), away, member(third, "Дана")]);
    room.call = Some(with_third);
    page.hear(welcome(room));
    assert!(!page.session.view().others[0].in_call);
    let mut media = Media { counter: 20, ..Media::default() };
    media.camera.state = SourceState::On;
    page.hear(ServerMessage::Member { member: Member { media, ..member(FRIEND, "Ерлан") } });
    assert!(page.session.view().others[0].in_call);
}

#[test]
fn who_is_on_the_way_to_another_room_rings_nobody() {
    let mut page = Page::together();
    page.want(Command::Connect { name: String::new(), code: friends_code().to_string() });
    // It could reach somebody there.
    assert_eq!(sent(&page.want(Command::Ring)), Vec::<&ClientMessage>::new());
    page.hear(ServerMessage::Refused { request: 1, reason: EnterError::NotFound });
    assert_eq!(sent(&page.want(Command::Ring)), [&ClientMessage::Ring { to: FRIEND }]);
}

#[test]
fn both_ringing_at_once_shows_no_second_dialog() {
    let mut page = Page::together();
    page.want(Command::Ring);
    let crossing = CallEvent::Rang { from: FRIEND, to: ME };
    page.hear(ServerMessage::Call { call: Some(call(&[FRIEND], &[(FRIEND, ME)])), event: crossing });
    assert_eq!(page.session.view().call, CallView::Calling { to: FRIEND });
    page.hear(ServerMessage::Call { call: Some(call(&[FRIEND, ME], &[])), event: CallEvent::Accepted { by: ME } });
    assert_eq!(page.session.view().call, CallView::Active { connected: true });
}

#[test]
fn a_decline_and_an_unanswered_ring_are_told_apart() {
    for (event, notice) in [
        (CallEvent::Declined { by: FRIEND }, NoticeKind::Declined),
        (CallEvent::Unanswered { to: FRIEND }, NoticeKind::Unanswered),
    ] {
        let mut page = Page::together();
        page.want(Command::Ring);
        page.hear(ServerMessage::Call { call: None, event });
        assert_eq!((page.session.view().call, page.notices()), (CallView::None, vec![notice]));
    }
}

#[test]
fn the_next_call_makes_old_news_of_a_missed_one() {
    let mut page = Page::together();
    let rings = || Some(call(&[FRIEND], &[(FRIEND, ME)]));
    page.hear(ServerMessage::Call { call: rings(), event: CallEvent::Rang { from: FRIEND, to: ME } });
    page.hear(ServerMessage::Call { call: None, event: CallEvent::Unanswered { to: ME } });
    assert_eq!(page.notices(), [NoticeKind::Missed { name: "Ерлан".to_owned() }]);
    page.hear(ServerMessage::Call { call: rings(), event: CallEvent::Rang { from: FRIEND, to: ME } });
    assert_eq!(page.notices(), []);
}

#[test]
fn letters_numbered_at_the_very_end_of_all_numbers_harm_nobody() {
    let mut page = Page::in_call();
    let wish = |video_max| PeerBody::Prefer { video_max };
    for seq in u64::MAX - 600..=u64::MAX {
        page.hear(letter(seq, wish(None)));
    }
    // What is lower is late, and the call goes on.
    page.hear(letter(3, PeerBody::HungUp { call: CALL }));
    assert!(matches!(page.session.view().call, CallView::Active { .. }), "{:?}", page.session.view().call);
}
