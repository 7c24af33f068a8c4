//! A connection that carries nothing any more, and the one that takes its place at both ends; and who is the client of DTLS.

use super::support::*;

/// An offer of the friend's in another ICE generation, of which connection.
fn restart(ufrag: &str, round: Round) -> PeerBody {
    PeerBody::Description { sdp_type: SdpType::Offer, sdp: format!("{OFFER}a=ice-ufrag:{ufrag}\n"), answers: None, round }
}

fn next(op: PeerOp) -> Effect {
    Effect::Peer { peer: FRIEND, generation: 2, op }
}

fn letters(effects: &[Effect]) -> Vec<&PeerBody> {
    let messages = sent(effects).into_iter();
    messages.filter_map(|m| if let ClientMessage::Peer { message } = m { Some(&message.body) } else { None }).collect()
}

const SECOND: Round = Round(1);
const OPEN: PeerOp = PeerOp::Open { allocate: true, ice: vec![], relay_only: false };

/// In a call, the friend has restarted ICE twice (the first names its generation), and nothing has come since.
fn restarted_in_vain() -> Page {
    let mut page = Page::in_call();
    both_on(&mut page);
    received(&mut page, 10, 10);
    for (seq, ufrag) in [(10, "one"), (11, "two")] {
        page.hear(letter(seq, restart(ufrag, Round::default())));
        page.peer(PeerEvent::RemoteSet);
        page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Answer, sdp: OFFER.to_owned(), mids: mids() });
    }
    page
}

#[test]
fn what_carries_nothing_though_ice_has_a_way_is_replaced() {
    let mut page = restarted_in_vain();
    let mut effects = Vec::new();
    for _ in 0..20 {
        assert!(!effects.contains(&next(OPEN)));
        effects = received(&mut page, 10, 10);
    }
    let place = |wanted: &Effect| effects.iter().position(|effect| effect == wanted);
    assert!(place(&op(PeerOp::Close)).expect("the old one goes") < place(&next(OPEN)).expect("another comes"));
    assert!(letters(&effects).contains(&&PeerBody::Anew { round: SECOND }), "the other end is told");
    assert!(page.session.view().others[0].interrupted);
    assert_eq!(page.session.counters().replaced, 1);
    // What the other end still said of the old one does not count; its answer to the new one's offer does.
    let stale = page.session.counters().stale;
    assert_eq!(page.hear(letter(30, restart("three", Round::default()))), []);
    assert_eq!(page.session.counters().stale, stale + 1);
    let offer = PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() };
    let offered = page.tell(Input::Peer { peer: FRIEND, generation: 2, event: offer });
    assert!(
        matches!(letters(&offered)[..], [PeerBody::Description { round: SECOND, sdp_type: SdpType::Offer, .. }, ..]),
        "{offered:?}"
    );
}

#[test]
fn a_packet_in_time_saves_it() {
    let mut page = restarted_in_vain();
    for half in 0..60 {
        let effects = received(&mut page, 10, 11 + half);
        assert!(!effects.contains(&next(OPEN)), "after {half} half seconds");
    }
}

#[test]
fn without_a_restart_it_is_not_replaced() {
    let mut page = Page::in_call();
    both_on(&mut page);
    for _ in 0..80 {
        assert!(!received(&mut page, 10, 10).contains(&next(OPEN)), "the other end never answered");
    }
}

#[test]
fn the_other_end_replaces_it_when_it_hears_of_that_by_whatever_letter_comes_first() {
    for body in [PeerBody::Anew { round: SECOND }, PeerBody::Candidate { candidate: None, round: SECOND }] {
        let mut page = Page::in_call();
        let effects = page.hear(letter(10, body));
        assert!(effects.contains(&op(PeerOp::Close)) && effects.contains(&next(OPEN)), "{effects:?}");
        assert!(!letters(&effects).iter().any(|body| matches!(body, PeerBody::Anew { .. })), "it knows");
        let again = page.hear(letter(11, PeerBody::Anew { round: SECOND }));
        assert_eq!(at_the_connection(&again), Vec::<&PeerOp>::new(), "once");
    }
}

#[test]
fn one_that_does_not_come_about_after_three_answered_restarts_is_replaced() {
    let mut page = restarted_in_vain();
    page.peer(PeerEvent::Connection(ConnectionState::Failed));
    for (seq, ufrag) in [(12, "three"), (13, "four")] {
        page.hear(letter(seq, restart(ufrag, Round::default())));
        page.peer(PeerEvent::RemoteSet);
        page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Answer, sdp: OFFER.to_owned(), mids: mids() });
        assert!(!page.later(10_000).contains(&next(OPEN)));
    }
    page.hear(letter(14, restart("five", Round::default())));
    page.peer(PeerEvent::RemoteSet);
    assert!(page.later(10_000).contains(&next(OPEN)));
}

#[test]
fn who_opens_dtls_is_left_open_once_and_stays_what_it_was_settled_to() {
    let open = format!("{OFFER}a=setup:actpass\n");
    let settled = |role| format!("{OFFER}a=setup:{role}\n");
    // As the one that answered, and as the one that was answered.
    let mut answering = Page::together();
    let mut offering = Page::together();
    answering.hear(letter(10, description(SdpType::Offer, None)));
    answering.peer(PeerEvent::RemoteSet);
    answering.peer(PeerEvent::LocalSet { sdp_type: SdpType::Answer, sdp: settled("active"), mids: mids() });
    let offered = offering.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: open.clone(), mids: mids() });
    let said =
        sent(&offered).into_iter().find_map(|m| if let ClientMessage::Peer { message } = m { Some(message) } else { None });
    let offer = said.expect("an offer");
    assert!(matches!(&offer.body, PeerBody::Description { sdp, .. } if *sdp == open), "not settled yet: {offer:?}");
    let (answers, sdp) = (Some(offer.seq), settled("active"));
    offering.hear(letter(10, PeerBody::Description { sdp_type: SdpType::Answer, sdp, answers, round: Round::default() }));
    offering.peer(PeerEvent::RemoteSet);
    for (mut page, role) in [(answering, "active"), (offering, "passive")] {
        let effects = page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: open.clone(), mids: mids() });
        let said = letters(&effects);
        assert!(matches!(said[..], [PeerBody::Description { sdp, .. }, ..] if *sdp == settled(role)), "{role}: {said:?}");
    }
}
