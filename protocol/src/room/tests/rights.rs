//! Who may do what, where `calls`, `chat`, `letters` and `seats` do not say it already. There is no host yet: all members may the same.

use super::*;
use crate::message::{CANDIDATE_MAX, Candidate, Endpoint, Link, PeerBody, Round, Source};

fn snapshot(story: &Story) -> RoomSnapshot {
    story.room.snapshot(RoomCode::from_random(&[1; 12]).expect("twelve usable bytes"))
}

fn letter(from: ParticipantId, to: ParticipantId, body: PeerBody) -> Input {
    let (ends, link) = ((Endpoint::Participant(from), Endpoint::Participant(to)), Link { from: 1, to: 1, since: 2 });
    Input::Letter { who: from, message: PeerMessage { from: ends.0, to: ends.1, link, seq: 1, body } }
}

/// Everything that somebody may do of whom a room is told.
fn everything(who: ParticipantId, to: ParticipantId) -> Vec<Input> {
    let answer = |act| Input::Answer { who, call: CallId::new(1), act };
    let body = Body::Plain { text: "сәлем".to_owned() };
    vec![
        Input::Back { who, incarnation: 7, name: "Ана".to_owned() },
        Input::Lost { who },
        Input::Away { who, away: true },
        Input::Name { who, name: "Ана".to_owned() },
        Input::Media { who, media: Media { counter: 9, ..Media::default() } },
        Input::Ring { from: who, to, fresh: CallId::new(9) },
        answer(Act::Accept),
        answer(Act::Decline),
        answer(Act::HangUp),
        Input::Say { who, room: ROOM, id: MessageId::new(1), body },
        letter(who, to, PeerBody::HungUp { call: CallId::new(1) }),
        Input::Part { who, why: GoneReason::Left },
    ]
}

#[test]
fn a_stranger_may_do_nothing() {
    let mut story = Story::of(&[ANA, BEK]);
    story.ring(ANA, BEK);
    let before = snapshot(&story);
    for input in everything(SAULE, ANA) {
        assert_eq!(story.on(input.clone()), [], "{input:?}");
        assert_eq!(snapshot(&story), before, "{input:?}");
    }
}

#[test]
fn what_a_member_does_changes_nothing_of_the_others() {
    for input in everything(BEK, ANA) {
        let mut story = Story::of(&[ANA, BEK, SAULE]);
        story.on(Input::Name { who: SAULE, name: "Сәуле".to_owned() });
        story.on(Input::Media { who: SAULE, media: Media { counter: 2, ..Media::default() } });
        let others = |story: &Story| [ANA, SAULE].map(|who| story.room.member(who).cloned());
        let before = others(&story);
        story.on(input.clone());
        assert_eq!(others(&story), before, "{input:?}");
    }
}

#[test]
fn nobody_is_in_a_call_who_did_not_want_to() {
    // Rung twice, by two, asked for by a third: who does not answer is not in it.
    let mut story = Story::of(&[ANA, BEK, SAULE]);
    story.ring(ANA, BEK);
    for act in [Act::Accept, Act::Decline, Act::HangUp] {
        story.act(SAULE, 1, act);
    }
    story.act(ANA, 1, Act::Accept);
    story.ring(ANA, BEK);
    story.ring(SAULE, BEK);
    assert!(story.room.in_call(ANA) && !story.room.in_call(BEK) && !story.room.in_call(SAULE));
    assert_eq!(snapshot(&story).call, call(1, &[ANA], &[(ANA, BEK)]));
}

#[test]
fn nobody_goes_to_another_room_out_of_a_call() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(story.room.may_go(ANA), Ok(()));
    story.ring(ANA, BEK);
    assert_eq!((story.room.may_go(ANA), story.room.may_go(BEK)), (Err(EnterError::InCall), Ok(())), "who is only rung may");
    story.act(BEK, 1, Act::Accept);
    assert_eq!(story.room.may_go(BEK), Err(EnterError::InCall));
    story.act(BEK, 1, Act::HangUp);
    assert_eq!((story.room.may_go(ANA), story.room.may_go(BEK)), (Ok(()), Ok(())));
}

#[test]
fn the_seat_of_one_who_talks_on_out_of_the_servers_reach_is_nobody_elses() {
    let mut story = Story::of(&[ANA, BEK, SAULE]);
    story.ring(ANA, BEK);
    story.act(BEK, 1, Act::Accept);
    story.on(Input::Lost { who: BEK });
    assert_eq!(story.room.seating(119_999), Seating::Full);
    assert_eq!(story.room.seating(120_000), Seating::GivenUpBy(BEK));
    // Who said goodbye to the page before, or is in no call, keeps it for a short time only.
    story.on(Input::Lost { who: SAULE });
    assert_eq!(story.room.seating(10_000), Seating::GivenUpBy(SAULE));
}

#[test]
fn no_part_of_a_letter_or_of_said_media_is_over_long() {
    let mut story = Story::of(&[ANA, BEK]);
    let long = |most: usize| Some("x".repeat(most + 1));
    let whole = Candidate { candidate: String::new(), mid: None, line: None, ufrag: None };
    let candidates = [Candidate { mid: long(CANDIDATE_MAX), ..whole.clone() }, Candidate { ufrag: long(CANDIDATE_MAX), ..whole }];
    for candidate in candidates {
        let body = PeerBody::Candidate { candidate: Some(candidate), round: Round::default() };
        assert_eq!(story.on(letter(ANA, BEK, body)), [Effect::Dropped(DropReason::TooLarge)]);
    }
    let sources: [fn(&mut Media) -> &mut Source; 4] =
        [|media| &mut media.microphone, |media| &mut media.camera, |media| &mut media.screen, |media| &mut media.screen_audio];
    for source in sources {
        let mut media = Media { counter: 1, ..Media::default() };
        source(&mut media).mid = long(MID_MAX);
        assert_eq!(story.on(Input::Media { who: ANA, media: media.clone() }), [Effect::Dropped(DropReason::TooLarge)]);
        assert_eq!(story.on(letter(ANA, BEK, PeerBody::Media { media })), [Effect::Dropped(DropReason::TooLarge)]);
    }
}

#[test]
fn nobody_is_in_the_call_twice() {
    let mut story = Story::of(&[ANA, BEK]);
    story.ring(ANA, BEK);
    story.act(BEK, 1, Act::Accept);
    let on = call(1, &[ANA, BEK], &[]);
    for (from, to) in [(ANA, BEK), (BEK, ANA)] {
        assert_eq!(story.ring(from, to), [tell(from, call_message(on.clone(), CallEvent::Unchanged))]);
    }
    assert_eq!(story.act(BEK, 1, Act::Accept), [tell(BEK, call_message(on, CallEvent::Unchanged))]);
}
