//! Letters and said media: passed on whole, or dropped with a reason.

use super::*;
use crate::message::{CANDIDATE_MAX, Candidate, Endpoint, Link, PeerBody, Round, SDP_MAX, SdpType, Source, SourceState};

fn letter(from: ParticipantId, to: ParticipantId) -> PeerMessage {
    PeerMessage {
        from: Endpoint::Participant(from),
        to: Endpoint::Participant(to),
        link: Link { from: 1, to: 1, since: 2 },
        seq: 1,
        body: PeerBody::Candidate { candidate: None, round: Round::default() },
    }
}

fn with(body: PeerBody) -> PeerMessage {
    PeerMessage { body, ..letter(ANA, BEK) }
}

fn offer(bytes: usize) -> PeerMessage {
    with(PeerBody::Description { sdp_type: SdpType::Offer, sdp: "x".repeat(bytes), answers: None, round: Round::default() })
}

fn candidate(bytes: usize) -> PeerMessage {
    let candidate = Candidate { candidate: "x".repeat(bytes), mid: None, line: None, ufrag: None };
    with(PeerBody::Candidate { candidate: Some(candidate), round: Round::default() })
}

fn passed(message: PeerMessage) -> Vec<Effect> {
    vec![tell(BEK, ServerMessage::Peer { message })]
}

fn dropped(reason: DropReason) -> Vec<Effect> {
    vec![Effect::Dropped(reason)]
}

fn send(story: &mut Story, message: PeerMessage) -> Vec<Effect> {
    story.on(Input::Letter { who: ANA, message })
}

#[test]
fn a_letter_goes_to_whom_it_is_for_and_nobody_else() {
    let mut story = Story::of(&[ANA, BEK, SAULE]);
    for message in [letter(ANA, BEK), offer(SDP_MAX), candidate(CANDIDATE_MAX), with(PeerBody::Media { media: Media::default() })]
    {
        assert_eq!(send(&mut story, message.clone()), passed(message));
    }
}

#[test]
fn nobody_writes_under_anothers_name() {
    let mut story = Story::of(&[ANA, BEK, SAULE]);
    assert_eq!(send(&mut story, letter(SAULE, BEK)), dropped(DropReason::Forged));
    let server = PeerMessage { from: Endpoint::MediaServer, ..letter(ANA, BEK) };
    assert_eq!(send(&mut story, server), dropped(DropReason::Forged));
}

#[test]
fn a_letter_does_not_leave_the_room() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(send(&mut story, letter(ANA, SAULE)), dropped(DropReason::NoReceiver));
    assert_eq!(send(&mut story, letter(ANA, ANA)), dropped(DropReason::NoReceiver));
    let server = PeerMessage { to: Endpoint::MediaServer, ..letter(ANA, BEK) };
    assert_eq!(send(&mut story, server), dropped(DropReason::NoReceiver));
    assert_eq!(story.on(Input::Letter { who: SAULE, message: letter(SAULE, BEK) }), []);
}

#[test]
fn a_letter_of_or_to_an_earlier_page_is_late() {
    let mut story = Story::of(&[ANA, BEK]);
    story.on(Input::Back { who: BEK, incarnation: 2, name: String::new() });
    assert_eq!(send(&mut story, letter(ANA, BEK)), dropped(DropReason::Stale));
    let fresh = PeerMessage { link: Link { from: 1, to: 2, since: 2 }, ..letter(ANA, BEK) };
    assert_eq!(send(&mut story, fresh.clone()), passed(fresh));
    let old = PeerMessage { link: Link { from: 0, to: 2, since: 2 }, ..letter(ANA, BEK) };
    assert_eq!(send(&mut story, old), dropped(DropReason::Stale));
}

#[test]
fn over_long_and_unknown_letters_are_dropped() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(send(&mut story, offer(SDP_MAX + 1)), dropped(DropReason::TooLarge));
    assert_eq!(send(&mut story, candidate(CANDIDATE_MAX + 1)), dropped(DropReason::TooLarge));
    assert_eq!(send(&mut story, with(PeerBody::Unknown)), dropped(DropReason::Unknown));
}

#[test]
fn the_higher_counter_wins_whichever_way_it_came() {
    let mut story = Story::of(&[ANA, BEK]);
    let camera = Source { state: SourceState::On, mid: Some("1".to_owned()) };
    let media = Media { counter: 2, camera, ..Media::default() };
    let told = Member { media: media.clone(), ..member(ANA, 1) };
    assert_eq!(story.on(Input::Media { who: ANA, media: media.clone() }), [tell(BEK, ServerMessage::Member { member: told })]);
    assert_eq!(story.on(Input::Media { who: ANA, media }), []);
    assert_eq!(story.on(Input::Media { who: ANA, media: Media { counter: 1, ..Media::default() } }), []);
    // A new page counts from the beginning; what the old one said no longer holds.
    let back = Member { incarnation: 2, ..member(ANA, 1) };
    let reload = Input::Back { who: ANA, incarnation: 2, name: String::new() };
    assert_eq!(story.on(reload), [tell(BEK, ServerMessage::Member { member: back.clone() })]);
    let media = Media { counter: 1, ..Media::default() };
    let told = Member { media: media.clone(), ..back };
    assert_eq!(story.on(Input::Media { who: ANA, media }), [tell(BEK, ServerMessage::Member { member: told })]);
}

#[test]
fn an_over_long_mid_is_dropped() {
    let mut story = Story::of(&[ANA, BEK]);
    let camera = Source { state: SourceState::On, mid: Some("1".repeat(MID_MAX + 1)) };
    let media = Media { counter: 2, camera, ..Media::default() };
    assert_eq!(story.on(Input::Media { who: ANA, media: media.clone() }), dropped(DropReason::TooLarge));
    assert_eq!(send(&mut story, with(PeerBody::Media { media })), dropped(DropReason::TooLarge));
}
