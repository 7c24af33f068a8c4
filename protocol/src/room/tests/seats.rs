//! Coming, going, being away, and whose seat is given up.

use super::*;
use crate::message::{Source, SourceState};

fn told(to: &[ParticipantId], member: &Member) -> Vec<Effect> {
    tell_each(to, &ServerMessage::Member { member: member.clone() })
}

#[test]
fn members_stand_in_the_order_of_their_arrival() {
    let mut story = Story::of(&[SAULE]);
    assert_eq!(story.join(ANA), told(&[SAULE], &member(ANA, 2)));
    assert_eq!(story.join(BEK), told(&[SAULE, ANA], &member(BEK, 3)));
    story.on(Input::Part { who: SAULE, why: GoneReason::Left });
    // Who comes again comes last.
    assert_eq!(story.join(SAULE), told(&[ANA, BEK], &member(SAULE, 4)));
    let code = RoomCode::from_random(&[1; 12]).expect("twelve usable bytes");
    let snapshot = story.room.snapshot(code);
    assert_eq!(snapshot.members, [member(ANA, 2), member(BEK, 3), member(SAULE, 4)]);
    assert_eq!((snapshot.room, snapshot.capacity, snapshot.call, snapshot.truncated), (ROOM, 3, None, false));
}

#[test]
fn nobody_is_in_the_room_twice() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(story.join(ANA), []);
    assert_eq!(story.room.people(), 2);
}

#[test]
fn the_others_hear_who_goes() {
    let mut story = Story::of(&[ANA, BEK, SAULE]);
    let gone = ServerMessage::Gone { participant: BEK, why: GoneReason::Expired };
    assert_eq!(story.on(Input::Part { who: BEK, why: GoneReason::Expired }), tell_each(&[ANA, SAULE], &gone));
    assert_eq!(story.on(Input::Part { who: BEK, why: GoneReason::Expired }), []);
}

#[test]
fn a_lost_member_comes_back_to_the_same_place() {
    let mut story = Story::of(&[ANA, BEK]);
    let lost = Member { presence: Presence::Lost, ..member(ANA, 1) };
    assert_eq!(story.on(Input::Lost { who: ANA }), told(&[BEK], &lost));
    let back = Input::Back { who: ANA, incarnation: 1, name: "Ана".to_owned() };
    assert_eq!(story.on(back), told(&[BEK], &Member { name: "Ана".to_owned(), ..member(ANA, 1) }));
}

#[test]
fn a_socket_made_anew_unnoticed_is_no_news() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(story.on(Input::Back { who: ANA, incarnation: 1, name: String::new() }), []);
}

#[test]
fn away_is_told_apart_from_lost() {
    let mut story = Story::of(&[ANA, BEK]);
    let away = Member { presence: Presence::Away, ..member(ANA, 1) };
    assert_eq!(story.on(Input::Away { who: ANA, away: true }), told(&[BEK], &away));
    assert_eq!(story.on(Input::Away { who: ANA, away: true }), []);
    // The phone cuts the socket of a page in the background: still away.
    assert_eq!(story.on(Input::Lost { who: ANA }), []);
    let back = Input::Back { who: ANA, incarnation: 1, name: String::new() };
    assert_eq!(story.on(back), told(&[BEK], &member(ANA, 1)));
    story.on(Input::Away { who: ANA, away: true });
    assert_eq!(story.on(Input::Away { who: ANA, away: false }), told(&[BEK], &member(ANA, 1)));
}

#[test]
fn a_name_taken_is_told_once() {
    let mut story = Story::of(&[ANA, BEK]);
    let named = Member { name: "Ана".to_owned(), ..member(ANA, 1) };
    assert_eq!(story.on(Input::Name { who: ANA, name: "Ана".to_owned() }), told(&[BEK], &named));
    assert_eq!(story.on(Input::Name { who: ANA, name: "Ана".to_owned() }), []);
}

#[test]
fn the_one_longest_without_a_connection_gives_up_the_seat() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(story.room.seating(0), Seating::Free);
    story.join(SAULE);
    assert_eq!(story.room.seating(1_000_000), Seating::Full);
    story.now = 1_000;
    story.on(Input::Away { who: BEK, away: true });
    story.on(Input::Lost { who: BEK });
    story.now = 2_000;
    story.on(Input::Lost { who: ANA });
    story.on(Input::Lost { who: BEK });
    assert_eq!(story.room.seating(10_999), Seating::Full);
    assert_eq!(story.room.seating(11_000), Seating::GivenUpBy(BEK));
    assert_eq!(story.room.seating(500_000), Seating::GivenUpBy(BEK));
    story.on(Input::Back { who: BEK, incarnation: 1, name: String::new() });
    assert_eq!(story.room.seating(500_000), Seating::GivenUpBy(ANA));
}

#[test]
fn strangers_are_not_heard() {
    let mut story = Story::of(&[ANA]);
    let camera = Source { state: SourceState::On, mid: Some("1".repeat(MID_MAX + 1)) };
    let over_long = Media { counter: 1, camera, ..Media::default() };
    for input in [
        Input::Lost { who: BEK },
        Input::Away { who: BEK, away: true },
        Input::Back { who: BEK, incarnation: 9, name: String::new() },
        Input::Name { who: BEK, name: String::new() },
        Input::Media { who: BEK, media: Media { counter: 1, ..Media::default() } },
        Input::Media { who: BEK, media: over_long.clone() },
        Input::Part { who: BEK, why: GoneReason::Left },
        Input::Wake,
    ] {
        assert_eq!(story.on(input.clone()), [], "{input:?}");
    }
}
