//! Ringing and calling: every act that meets another has one outcome, told to all alike.

use super::*;

const BOTH: [ParticipantId; 2] = [ANA, BEK];

fn told(call: Option<Call>, event: CallEvent) -> Vec<Effect> {
    tell_each(&BOTH, &call_message(call, event))
}

fn unchanged(to: ParticipantId, call: Option<Call>) -> Vec<Effect> {
    vec![tell(to, call_message(call, CallEvent::Unchanged))]
}

/// Ana rings Bek, who may have answered.
fn ringing() -> Story {
    let mut story = Story::of(&BOTH);
    story.ring(ANA, BEK);
    story
}

fn in_call() -> Story {
    let mut story = ringing();
    story.act(BEK, 1, Act::Accept);
    story
}

#[test]
fn a_ring_is_taken() {
    let mut story = Story::of(&BOTH);
    assert_eq!(story.ring(ANA, BEK), told(call(1, &[ANA], &[(ANA, BEK)]), CallEvent::Rang { from: ANA, to: BEK }));
    assert!(story.room.in_call(ANA) && !story.room.in_call(BEK));
    assert_eq!(story.act(BEK, 1, Act::Accept), told(call(1, &BOTH, &[]), CallEvent::Accepted { by: BEK }));
    assert_eq!(story.room.next_deadline(), None);
}

#[test]
fn a_ring_is_refused() {
    let mut story = ringing();
    assert_eq!(story.act(BEK, 1, Act::Decline), told(None, CallEvent::Declined { by: BEK }));
}

#[test]
fn a_ring_is_not_answered() {
    let mut story = ringing();
    assert_eq!(story.room.next_deadline(), Some(45_000));
    assert_eq!(story.wait(44_999), []);
    assert_eq!(story.wait(1), told(None, CallEvent::Unanswered { to: BEK }));
    assert_eq!((story.room.next_deadline(), story.wait(100_000)), (None, vec![]));
}

#[test]
fn a_ring_is_taken_back() {
    let mut story = ringing();
    assert_eq!(story.act(ANA, 1, Act::HangUp), told(None, CallEvent::Cancelled { by: ANA }));
}

#[test]
fn a_call_is_hung_up() {
    let mut story = in_call();
    assert_eq!(story.act(BEK, 1, Act::HangUp), told(None, CallEvent::HungUp { by: BEK }));
    // The other one's hang-up was on its way.
    assert_eq!(story.act(ANA, 1, Act::HangUp), unchanged(ANA, None));
}

#[test]
fn both_ring_at_once() {
    let mut story = ringing();
    assert_eq!(story.ring(BEK, ANA), told(call(1, &BOTH, &[]), CallEvent::Accepted { by: BEK }));
}

#[test]
fn a_ring_crosses_a_refusal() {
    let mut story = ringing();
    story.act(BEK, 1, Act::Decline);
    assert_eq!(story.ring(ANA, BEK), told(call(2, &[ANA], &[(ANA, BEK)]), CallEvent::Rang { from: ANA, to: BEK }));
    // A second refusal of the first call does not touch the second.
    assert_eq!(story.act(BEK, 1, Act::Decline), unchanged(BEK, call(2, &[ANA], &[(ANA, BEK)])));
    // Nor does a late hang-up.
    assert_eq!(story.act(ANA, 1, Act::HangUp), unchanged(ANA, call(2, &[ANA], &[(ANA, BEK)])));
}

#[test]
fn taking_a_call_that_was_taken_back_finds_none() {
    let mut story = ringing();
    story.act(ANA, 1, Act::HangUp);
    assert_eq!(story.act(BEK, 1, Act::Accept), unchanged(BEK, None));
}

#[test]
fn a_hang_up_that_crosses_the_answer_ends_the_call() {
    let mut story = in_call();
    assert_eq!(story.act(ANA, 1, Act::HangUp), told(None, CallEvent::HungUp { by: ANA }));
}

#[test]
fn what_does_not_fit_changes_nothing_and_only_the_asker_is_told() {
    let mut story = Story::of(&[ANA, BEK, SAULE]);
    assert_eq!(story.ring(ANA, ANA), unchanged(ANA, None));
    assert_eq!(story.ring(ANA, ParticipantId::new(99)), unchanged(ANA, None));
    assert_eq!(story.ring(ParticipantId::new(99), ANA), []);
    story.ring(ANA, BEK);
    let rung = call(4, &[ANA], &[(ANA, BEK)]);
    assert_eq!(story.ring(ANA, BEK), unchanged(ANA, rung.clone()));
    assert_eq!(story.ring(SAULE, BEK), unchanged(SAULE, rung.clone()));
    assert_eq!(story.ring(BEK, SAULE), unchanged(BEK, rung.clone()));
    assert_eq!(story.act(ANA, 4, Act::Accept), unchanged(ANA, rung.clone()));
    assert_eq!(story.act(ANA, 4, Act::Decline), unchanged(ANA, rung.clone()));
    assert_eq!(story.act(BEK, 4, Act::HangUp), unchanged(BEK, rung.clone()));
    assert_eq!(story.act(SAULE, 4, Act::Accept), unchanged(SAULE, rung.clone()));
    assert_eq!(story.act(BEK, 3, Act::Accept), unchanged(BEK, rung));
    assert_eq!(story.act(ParticipantId::new(99), 4, Act::Accept), []);
}

#[test]
fn a_third_is_invited_and_another_comes_unasked() {
    let all = [ANA, BEK, SAULE];
    let mut story = Story::of(&all);
    story.ring(ANA, BEK);
    let rung = call(1, &[ANA], &[(ANA, BEK), (ANA, SAULE)]);
    assert_eq!(story.ring(ANA, SAULE), tell_each(&all, &call_message(rung, CallEvent::Rang { from: ANA, to: SAULE })));
    // Bek refuses; the call still rings at Saule's, who takes it by ringing back.
    let left = call(1, &[ANA], &[(ANA, SAULE)]);
    assert_eq!(story.act(BEK, 1, Act::Decline), tell_each(&all, &call_message(left, CallEvent::Declined { by: BEK })));
    let two = call(1, &[ANA, SAULE], &[]);
    assert_eq!(story.ring(SAULE, ANA), tell_each(&all, &call_message(two, CallEvent::Accepted { by: SAULE })));
    // Bek thinks better of it and rings somebody who is in the call.
    let three = call(1, &[ANA, SAULE, BEK], &[]);
    assert_eq!(story.ring(BEK, SAULE), tell_each(&all, &call_message(three, CallEvent::Accepted { by: BEK })));
    // One of three hangs up: the call goes on.
    let rest = call(1, &[SAULE, BEK], &[]);
    assert_eq!(story.act(ANA, 1, Act::HangUp), tell_each(&all, &call_message(rest, CallEvent::HungUp { by: ANA })));
}

#[test]
fn who_hangs_up_takes_the_own_rings_along_and_leaves_the_others() {
    let all = [ANA, BEK, SAULE];
    let mut story = Story::of(&all);
    story.ring(ANA, BEK);
    story.act(BEK, 1, Act::Accept);
    story.ring(BEK, SAULE);
    let waiting = call(1, &[BEK], &[(BEK, SAULE)]);
    assert_eq!(story.act(ANA, 1, Act::HangUp), tell_each(&all, &call_message(waiting, CallEvent::HungUp { by: ANA })));
    assert_eq!(story.act(BEK, 1, Act::HangUp), tell_each(&all, &call_message(None, CallEvent::Cancelled { by: BEK })));
}

#[test]
fn the_rung_one_leaves_the_room() {
    let mut story = ringing();
    let mut expected = told(None, CallEvent::Declined { by: BEK });
    expected.push(tell(ANA, ServerMessage::Gone { participant: BEK, why: GoneReason::Left }));
    assert_eq!(story.on(Input::Part { who: BEK, why: GoneReason::Left }), expected);
}

#[test]
fn the_caller_leaves_the_room() {
    let mut story = ringing();
    let mut expected = told(None, CallEvent::Cancelled { by: ANA });
    expected.push(tell(BEK, ServerMessage::Gone { participant: ANA, why: GoneReason::Left }));
    assert_eq!(story.on(Input::Part { who: ANA, why: GoneReason::Left }), expected);
}

#[test]
fn leaving_the_room_in_a_call_hangs_up_first() {
    let mut story = in_call();
    let mut expected = told(None, CallEvent::HungUp { by: ANA });
    expected.push(tell(BEK, ServerMessage::Gone { participant: ANA, why: GoneReason::Left }));
    assert_eq!(story.on(Input::Part { who: ANA, why: GoneReason::Left }), expected);
}

#[test]
fn a_reload_keeps_the_call_but_not_what_was_said_of_the_media() {
    let mut story = in_call();
    let media = Media { counter: 5, ..Media::default() };
    story.on(Input::Media { who: BEK, media });
    story.on(Input::Lost { who: BEK });
    story.now += 3_000;
    let back = Member { incarnation: 2, ..member(BEK, 2) };
    let reload = Input::Back { who: BEK, incarnation: 2, name: String::new() };
    assert_eq!(story.on(reload), [tell(ANA, ServerMessage::Member { member: back })]);
    assert!(story.room.in_call(BEK));
    assert_eq!(story.room.next_deadline(), None);
}

#[test]
fn a_vanished_member_is_told_apart_from_one_who_hung_up() {
    let mut story = in_call();
    story.on(Input::Lost { who: BEK });
    assert_eq!(story.room.next_deadline(), Some(120_000));
    assert_eq!(story.wait(119_999), []);
    assert_eq!(story.wait(1), told(None, CallEvent::Vanished { who: BEK }));
}

#[test]
fn an_absent_caller_stops_ringing() {
    let mut story = ringing();
    story.now = 5_000;
    story.on(Input::Lost { who: ANA });
    assert_eq!(story.room.next_deadline(), Some(15_000));
    assert_eq!(story.wait(10_000), told(None, CallEvent::Cancelled { by: ANA }));
}

#[test]
fn a_rung_one_who_reloads_still_hears_the_ring() {
    let mut story = ringing();
    story.on(Input::Lost { who: BEK });
    assert_eq!(story.wait(20_000), []);
    story.on(Input::Back { who: BEK, incarnation: 2, name: String::new() });
    let code = RoomCode::from_random(&[1; 12]).expect("twelve usable bytes");
    assert_eq!(story.room.snapshot(code).call, call(1, &[ANA], &[(ANA, BEK)]));
    assert_eq!(story.act(BEK, 1, Act::Accept), told(call(1, &BOTH, &[]), CallEvent::Accepted { by: BEK }));
}

#[test]
fn after_a_long_sleep_each_deadline_fires_once_in_order() {
    let all = [ANA, BEK, SAULE];
    let mut story = Story::of(&all);
    story.ring(ANA, BEK);
    story.act(BEK, 1, Act::Accept);
    story.ring(ANA, SAULE);
    story.on(Input::Lost { who: ANA });
    let expected = [
        tell_each(&all, &call_message(call(1, &[ANA, BEK], &[]), CallEvent::Cancelled { by: ANA })),
        tell_each(&all, &call_message(None, CallEvent::Vanished { who: ANA })),
    ];
    assert_eq!(story.wait(1_000_000), expected.concat());
    assert_eq!((story.room.next_deadline(), story.wait(1)), (None, vec![]));
}

#[test]
fn who_rings_again_and_again_is_not_heard_for_a_while() {
    let mut story = Story::of(&[ANA, BEK]);
    story.room.settings.rings = Rate { burst: 2.0, per_second: 0.1 };
    story.on(Input::Part { who: ANA, why: GoneReason::Left });
    let allowance = Allowance::full(&story.room.settings, 0);
    story.on(Input::Join { arrival: Arrival { allowance, ..arrival(ANA) }, order: 3 });
    for number in [1, 2] {
        story.ring(ANA, BEK);
        story.act(BEK, number, Act::Decline);
    }
    assert_eq!(story.ring(ANA, BEK), [tell(ANA, call_message(None, CallEvent::Unchanged))]);
    assert_eq!(story.ring(BEK, ANA).len(), 2, "the other one may ring");
    story.act(BEK, 4, Act::HangUp);
    story.now = 10_000;
    assert_eq!(story.ring(ANA, BEK).len(), 2);
}
