//! The connection to the other: who offers, what is dropped, when it is tried again.

use super::support::*;

#[test]
fn the_earlier_member_allocates_and_offers_as_soon_as_somebody_joins() {
    let mut page = Page::online();
    let effects = page.hear(ServerMessage::Member { member: member(FRIEND, "") });
    assert_eq!(
        effects,
        [
            op(PeerOp::Open { allocate: true, ice: vec![], relay_only: false }),
            op(PeerOp::SetLocal),
            Effect::Location(Some(own_code()))
        ]
    );
    let view = page.session.view();
    assert!(view.ask_name && view.can_leave);
    assert!(matches!(view.chat.last().map(|c| &c.kind), Some(ChatKind::Joined { .. })));
}

#[test]
fn the_later_member_adopts_before_answering_and_holds_candidates_until_then() {
    let mut page = Page::online();
    let host = Member { order: 1, ..member(FRIEND, "Ерлан") };
    let me = Member { order: 2, ..member(ME, "") };
    let effects = page.hear(ServerMessage::Room { request: 0, room: snapshot(2, vec![host, me]) });
    assert_eq!(at_the_connection(&effects), [&PeerOp::Open { allocate: false, ice: vec![], relay_only: false }]);
    assert_eq!(page.peer(PeerEvent::NegotiationNeeded), [], "the one that adopts makes no first offer");
    assert_eq!(page.hear(letter(2, PeerBody::Candidate { candidate: None, round: Round::default() })), []);
    let offer = PeerOp::SetRemote { sdp_type: SdpType::Offer, sdp: OFFER.to_owned() };
    let offered = page.hear(letter(1, description(SdpType::Offer, None)));
    assert_eq!(offered, [op(offer)]);
    assert_eq!(page.peer(PeerEvent::RemoteSet), [op(PeerOp::Adopt), op(PeerOp::SetLocal), op(PeerOp::AddCandidate(None))]);
}

#[test]
fn the_other_reloading_makes_a_new_connection_and_old_letters_do_not_count() {
    let mut page = Page::in_call();
    let mut reloaded = member(FRIEND, "Ерлан");
    reloaded.incarnation = 2;
    let effects = page.hear(ServerMessage::Member { member: reloaded });
    assert_eq!(effects[0], op(PeerOp::Close));
    let again = |op| Effect::Peer { peer: FRIEND, generation: 2, op };
    assert_eq!(effects[1], again(PeerOp::Open { allocate: true, ice: vec![], relay_only: false }));
    let late = page.hear(letter(9, description(SdpType::Offer, None)));
    assert_eq!(late, []);
    assert_eq!(page.session.counters().stale, 1);
}

#[test]
fn who_left_and_came_back_while_this_page_was_offline_gets_a_new_connection() {
    let mut page = Page::together();
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(1_000);
    page.tell(Input::SocketOpen);
    let back = Member { order: 9, ..member(FRIEND, "Ерлан") };
    let effects = page.hear(welcome(snapshot(1, vec![member(ME, ""), back])));
    let again = |op| Effect::Peer { peer: FRIEND, generation: 2, op };
    assert!(
        effects.contains(&op(PeerOp::Close))
            && effects.contains(&again(PeerOp::Open { allocate: true, ice: vec![], relay_only: false }))
    );
}

#[test]
fn an_answer_overtaken_by_the_next_offer_still_counts() {
    let mut page = Page::online();
    page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
    let described = |sdp_type, answers| description(sdp_type, answers);
    assert_eq!(page.hear(letter(2, described(SdpType::Offer, None))), [], "held: an own offer waits");
    let set = |sdp_type| op(PeerOp::SetRemote { sdp_type, sdp: OFFER.to_owned() });
    assert_eq!(page.hear(letter(1, described(SdpType::Answer, Some(1)))), [set(SdpType::Answer)]);
    assert_eq!(page.peer(PeerEvent::RemoteSet), [set(SdpType::Offer)]);
}

#[test]
fn offers_that_meet_are_settled_by_the_end_that_allocates() {
    let mut page = Page::together();
    page.peer(PeerEvent::NegotiationNeeded);
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
    let set = op(PeerOp::SetRemote { sdp_type: SdpType::Offer, sdp: OFFER.to_owned() });
    assert_eq!(page.hear(letter(2, description(SdpType::Offer, None))), [set], "its own is taken back");
    assert_eq!(page.session.counters().rollbacks, 1);
}

#[test]
fn the_end_that_adopts_never_takes_its_offer_back_and_says_a_lost_answer_again() {
    let mut page = Page::online();
    let host = Member { order: 1, ..member(FRIEND, "Ерлан") };
    page.hear(ServerMessage::Room { request: 0, room: snapshot(2, vec![host, Member { order: 2, ..member(ME, "") }]) });
    page.hear(letter(1, description(SdpType::Offer, None)));
    page.peer(PeerEvent::RemoteSet);
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Answer, sdp: OFFER.to_owned(), mids: mids() });
    page.peer(PeerEvent::NegotiationNeeded);
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });

    let again = page.hear(letter(2, description(SdpType::Offer, None)));
    assert_eq!(at_the_connection(&again), Vec::<&PeerOp>::new());
    let answers: Vec<_> = sent(&again).into_iter().filter(|m| matches!(m, ClientMessage::Peer { message } if matches!(message.body, PeerBody::Description { sdp_type: SdpType::Answer, answers: Some(2), .. }))).collect();
    assert_eq!(answers.len(), 1);

    let another =
        PeerBody::Description { sdp_type: SdpType::Offer, sdp: format!("{OFFER}a=x\n"), answers: None, round: Round::default() };
    assert_eq!(page.hear(letter(3, another)), [], "it waits for the answer to its own");
    assert_eq!(page.session.counters().rollbacks, 0);
}

#[test]
fn a_firefox_learns_where_to_reach_who_restarts_after_it_was_asked_itself() {
    let mut page = Page::together();
    let restarted = |ufrag| format!("{OFFER}a=ice-ufrag:{ufrag}\n");
    let of_firefox =
        |sdp_type, answers| PeerBody::Description { sdp_type, sdp: FIREFOX.to_owned() + OFFER, answers, round: Round::default() };
    let found = |page: &mut Page, ufrag: &str| {
        let candidate = Candidate { candidate: format!("of {ufrag}"), mid: None, line: Some(0), ufrag: Some(ufrag.to_owned()) };
        told(&page.peer(PeerEvent::Candidate(Some(candidate))))
    };
    let offers = |page: &mut Page, ufrag| {
        page.peer(PeerEvent::NegotiationNeeded);
        page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: restarted(ufrag), mids: mids() });
    };
    let nothing = Vec::<String>::new();

    offers(&mut page, "own1");
    assert_eq!(found(&mut page, "own1"), ["of own1"], "the first");
    page.hear(letter(2, of_firefox(SdpType::Answer, Some(3))));
    page.peer(PeerEvent::RemoteSet);

    offers(&mut page, "own2");
    assert_eq!(found(&mut page, "own2"), nothing);
    assert_eq!(found(&mut page, "own1"), ["of own1"], "of the way in use");
    page.hear(letter(3, of_firefox(SdpType::Answer, Some(5))));
    assert_eq!(told(&page.peer(PeerEvent::RemoteSet)), nothing);
    assert_eq!(found(&mut page, "own2"), nothing);
    assert_eq!(told(&page.later(500)), ["of own2", "of own2"]);
    assert_eq!(found(&mut page, "own2"), ["of own2"]);

    offers(&mut page, "own3");
    assert_eq!(found(&mut page, "own3"), nothing);
    page.hear(letter(4, of_firefox(SdpType::Offer, None)));
    page.peer(PeerEvent::RemoteSet);
    assert_eq!(page.session.counters().rollbacks, 1);
    assert_eq!(found(&mut page, "own4"), nothing);
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Answer, sdp: restarted("own4"), mids: mids() });
    assert_eq!(told(&page.later(500)), ["of own4"], "of the one taken back nothing");
}

#[test]
fn at_once_is_told_where_to_reach_who_restarts_to_other_browsers_and_by_firefox() {
    for (own, others) in [("", ""), (FIREFOX, ""), (FIREFOX, FIREFOX)] {
        let mut page = Page::together();
        for (ufrag, seq, offer) in [("own1", 2, 3), ("own2", 3, 5)] {
            page.peer(PeerEvent::NegotiationNeeded);
            let sdp = format!("{own}{OFFER}a=ice-ufrag:{ufrag}\n");
            page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp, mids: mids() });
            let candidate = Candidate { candidate: ufrag.to_owned(), mid: None, line: Some(0), ufrag: Some(ufrag.to_owned()) };
            assert_eq!(told(&page.peer(PeerEvent::Candidate(Some(candidate)))), [ufrag]);
            let answers = Some(offer);
            let answer = PeerBody::Description {
                sdp_type: SdpType::Answer,
                sdp: others.to_owned() + OFFER,
                answers,
                round: Round::default(),
            };
            page.hear(letter(seq, answer));
            page.peer(PeerEvent::RemoteSet);
        }
    }
}

/// How what a Firefox writes begins.
const FIREFOX: &str = "o=mozilla 1 0 IN IP4 0.0.0.0\n";

/// The candidates that are sent.
fn told(effects: &[Effect]) -> Vec<String> {
    let letters = sent(effects)
        .into_iter()
        .filter_map(|m| if let ClientMessage::Peer { message } = m { Some(&message.body) } else { None });
    letters
        .filter_map(
            |body| if let PeerBody::Candidate { candidate: Some(c), .. } = body { Some(c.candidate.clone()) } else { None },
        )
        .collect()
}

#[test]
fn an_offer_that_was_answered_is_not_repeated_to_who_comes_back() {
    let mut page = Page::together();
    page.hear(ServerMessage::Member { member: Member { presence: Presence::Lost, ..member(FRIEND, "Ерлан") } });
    let back = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    assert_eq!(sent(&back), Vec::<&ClientMessage>::new());
}

#[test]
fn an_offer_without_answer_is_said_again_and_only_its_own_answer_counts() {
    let mut page = Page::online();
    page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
    let offers = |effects: &[Effect]| -> Vec<u64> {
        let letters =
            sent(effects).into_iter().filter_map(|m| if let ClientMessage::Peer { message } = m { Some(message) } else { None });
        letters.filter(|l| matches!(l.body, PeerBody::Description { .. })).map(|l| l.seq).collect()
    };
    assert_eq!(offers(&page.later(10_000)).last(), Some(&2));
    let answer = |answers| description(SdpType::Answer, Some(answers));
    assert_eq!(at_the_connection(&page.hear(letter(1, answer(1)))), Vec::<&PeerOp>::new());
    assert_eq!(at_the_connection(&page.hear(letter(2, answer(2)))).len(), 1);
}

#[test]
fn a_broken_path_is_restarted_without_limit_and_shown_as_interrupted() {
    let mut page = Page::in_call();
    let mut friend = member(FRIEND, "Ерлан");
    friend.media = Media { counter: 5, camera: Source { state: SourceState::On, mid: None }, ..Media::default() };
    page.hear(ServerMessage::Member { member: friend });
    assert!(!page.session.view().others[0].interrupted);
    let failed = page.peer(PeerEvent::Connection(ConnectionState::Failed));
    assert_eq!(at_the_connection(&failed), [&PeerOp::RestartIce]);
    assert!(page.session.view().others[0].interrupted);
    for _ in 0..20 {
        assert!(at_the_connection(&page.later(10_000)).contains(&&PeerOp::RestartIce));
    }
}

#[test]
fn a_picture_whose_packets_stop_is_not_shown_as_live() {
    let mut page = Page::in_call();
    let mut friend = member(FRIEND, "Ерлан");
    friend.media = Media { counter: 5, camera: Source { state: SourceState::On, mid: None }, ..Media::default() };
    page.hear(ServerMessage::Member { member: friend });
    for packets in [10, 20, 20, 20, 20, 20, 20, 20] {
        page.peer(PeerEvent::Received { slot: Slot::Camera, packets });
    }
    assert!(page.session.view().others[0].interrupted);
    page.peer(PeerEvent::Received { slot: Slot::Camera, packets: 21 });
    assert!(!page.session.view().others[0].interrupted);
}

#[test]
fn a_path_that_is_cut_is_restarted_soon_though_the_browser_still_calls_it_connected() {
    let mut page = Page::in_call();
    page.later(5_000);
    both_on(&mut page);
    for packets in [10, 20] {
        assert_eq!(at_the_connection(&received(&mut page, packets, packets)), Vec::<&PeerOp>::new());
    }
    for _ in 0..2 {
        assert_eq!(at_the_connection(&received(&mut page, 20, 20)), Vec::<&PeerOp>::new());
    }
    assert_eq!(at_the_connection(&received(&mut page, 20, 20)), [&PeerOp::RestartIce]);
    // It has its time before another.
    for _ in 0..19 {
        assert_eq!(at_the_connection(&received(&mut page, 20, 20)), Vec::<&PeerOp>::new());
    }
    assert_eq!(at_the_connection(&received(&mut page, 20, 20)), [&PeerOp::RestartIce]);
    // The other end has missed as much: what it sees next shall not depend on that.
    for more in 1..=3 {
        assert_eq!(at_the_connection(&received(&mut page, 20 + more, 20)), [&PeerOp::SendWhole]);
    }
    assert_eq!(at_the_connection(&received(&mut page, 24, 20)), Vec::<&PeerOp>::new());
}

#[test]
fn where_a_path_is_cut_the_server_is_asked_whether_it_is_there_and_soon_left_if_not() {
    let mut page = Page::in_call();
    page.later(5_000);
    both_on(&mut page);
    for _ in 0..3 {
        received(&mut page, 10, 10);
    }
    let silent = received(&mut page, 10, 10);
    assert!(sent(&silent).iter().any(|message| matches!(message, ClientMessage::Ping { .. })), "{silent:?}");
    assert!(page.later(2_000).contains(&Effect::Disconnect));
}

#[test]
fn a_picture_that_stops_beside_a_voice_that_comes_is_no_broken_path() {
    let mut page = Page::in_call();
    both_on(&mut page);
    for second in 1..20 {
        assert_eq!(at_the_connection(&received(&mut page, 10 * second, 10)), Vec::<&PeerOp>::new());
    }
}

#[test]
fn another_network_is_a_reason_to_find_new_ways_at_once() {
    let mut page = Page::in_call();
    let effects = page.tell(Input::NetworkChanged);
    assert_eq!(at_the_connection(&effects), [&PeerOp::RestartIce]);
    assert!(sent(&effects).iter().any(|message| matches!(message, ClientMessage::Ping { .. })));
    // The socket through the last network says nothing any more: it is left soon, and made anew at once.
    let effects = page.later(2_000);
    assert!(effects.contains(&Effect::Disconnect));
    assert!(page.later(300).contains(&Effect::Connect) || effects.contains(&Effect::Connect));
}

#[test]
fn a_refused_description_on_a_good_path_restarts_once() {
    let mut page = Page::together();
    page.hear(letter(2, description(SdpType::Offer, None)));
    page.peer(PeerEvent::Failed { op: FailedOp::SetRemote, message: "OperationError".to_owned() });
    assert_eq!(at_the_connection(&page.later(5_000)), [&PeerOp::RestartIce]);
    assert_eq!(at_the_connection(&page.later(60_000)), Vec::<&PeerOp>::new());
}

#[test]
fn a_connection_that_cannot_be_made_is_spoken_of_and_tried_again() {
    let mut page = Page::online();
    page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    let failed = |page: &mut Page, generation| {
        let event = PeerEvent::Failed { op: FailedOp::Open, message: "NotSupportedError".to_owned() };
        page.tell(Input::Peer { peer: FRIEND, generation, event })
    };
    failed(&mut page, 1);
    assert_eq!(page.notices(), [NoticeKind::NoConnection]);
    for generation in 2..6 {
        let again = page.later(15_000);
        let open = PeerOp::Open { allocate: true, ice: vec![], relay_only: false };
        assert!(again.contains(&Effect::Peer { peer: FRIEND, generation, op: open }), "{again:?}");
        page.hear(ServerMessage::Pong { nonce: 0 });
        failed(&mut page, generation);
    }
    page.later(15_000);
    let offer = PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() };
    let offered = page.tell(Input::Peer { peer: FRIEND, generation: 6, event: offer });
    assert!(sent(&offered).iter().any(|m| matches!(m, ClientMessage::Peer { .. })), "{offered:?}");
}

#[test]
fn an_offer_that_came_before_the_connection_could_be_made_still_counts() {
    let mut page = Page::online();
    let host = Member { order: 1, ..member(FRIEND, "Ерлан") };
    page.hear(ServerMessage::Room { request: 0, room: snapshot(2, vec![host, Member { order: 2, ..member(ME, "") }]) });
    page.hear(letter(1, description(SdpType::Offer, None)));
    page.peer(PeerEvent::Failed { op: FailedOp::Open, message: String::new() });
    let again = page.later(15_000);
    assert_eq!(
        at_the_connection(&again)[..2],
        [
            &PeerOp::Open { allocate: false, ice: vec![], relay_only: false },
            &PeerOp::SetRemote { sdp_type: SdpType::Offer, sdp: OFFER.to_owned() }
        ]
    );
}

#[test]
fn a_microphone_that_comes_on_is_not_taken_for_interrupted() {
    let mut page = Page::in_call();
    let with_microphone = |counter, state| {
        let microphone = Source { state, mid: None };
        Member { media: Media { counter, microphone, ..Media::default() }, ..member(FRIEND, "Ерлан") }
    };
    page.hear(ServerMessage::Member { member: with_microphone(5, SourceState::Muted) });
    for _ in 0..10 {
        // Silence is hardly sent.
        page.peer(PeerEvent::Received { slot: Slot::Microphone, packets: 10 });
    }
    page.hear(ServerMessage::Member { member: with_microphone(6, SourceState::On) });
    assert!(!page.session.view().others[0].interrupted);
    page.hear(ServerMessage::Member { member: with_microphone(7, SourceState::Muted) });
    for _ in 0..10 {
        page.peer(PeerEvent::Received { slot: Slot::Microphone, packets: 10 });
    }
    let media = with_microphone(8, SourceState::On).media;
    page.hear(letter(9, PeerBody::Media { media }));
    assert!(!page.session.view().others[0].interrupted);
}

#[test]
fn a_first_offer_that_the_browser_would_not_make_is_tried_again_later() {
    let mut page = Page::online();
    let joined = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    assert!(joined.contains(&op(PeerOp::SetLocal)));
    let failed = || PeerEvent::Failed { op: FailedOp::SetLocal, message: String::new() };
    for _ in 0..2 {
        assert_eq!(page.peer(failed()), [op(PeerOp::SetLocal)]);
    }
    assert_eq!(page.peer(failed()), [], "enough for now");
    assert_eq!(page.later(3_000), [op(PeerOp::SetLocal)]);
}

#[test]
fn failures_long_ago_do_not_count() {
    let mut page = Page::together();
    let failed = || PeerEvent::Failed { op: FailedOp::SetLocal, message: String::new() };
    let negotiated = |page: &mut Page| {
        page.peer(PeerEvent::NegotiationNeeded);
        assert_eq!(page.peer(failed()), [op(PeerOp::SetLocal)], "tried again at once");
    };
    for _ in 0..4 {
        negotiated(&mut page);
        let effects = page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
        let offers =
            sent(&effects).into_iter().filter_map(|m| if let ClientMessage::Peer { message } = m { Some(message) } else { None });
        let seq = offers.map(|offer| offer.seq).max().expect("an offer");
        page.hear(letter(seq + 100, description(SdpType::Answer, Some(seq))));
        page.peer(PeerEvent::RemoteSet);
    }
}
