//! Going to a friend by code, and home again.

use super::*;
use crate::message::{Body, GoneReason};

fn say(room_number: u64, text: &str) -> ClientMessage {
    let body = Body::Plain { text: text.to_owned() };
    ClientMessage::Chat { room: room(room_number), id: crate::id::MessageId::new(1), body }
}

#[test]
fn a_friend_comes_by_code() {
    let mut world = World::of(&[ANA, BEK]);
    let here = snapshot(1, code(BEK), vec![member(ANA, 1), member(BEK, 3)]);
    assert_eq!(world.enter(BEK, ANA), [told_member(1, member(BEK, 3)), told_room(2, 7, here)]);
    // Bek's empty room is no more; both codes lead to where both are.
    assert_eq!(world.exchange.rooms(), 1);
    assert_eq!(world.exchange.info(&code(BEK)), world.exchange.info(&code(ANA)));
}

#[test]
fn codes_entered_crosswise_end_in_one_room() {
    let mut world = World::together();
    let here = snapshot(1, code(ANA), vec![member(ANA, 1), member(BEK, 3)]);
    assert_eq!(world.enter(ANA, BEK), [told_room(1, 7, here)]);
    // The same code once more changes nothing either.
    let here = snapshot(1, code(BEK), vec![member(ANA, 1), member(BEK, 3)]);
    assert_eq!(world.enter(BEK, ANA), [told_room(2, 7, here)]);
}

#[test]
fn each_wrong_code_has_its_answer() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    assert_eq!(world.enter(ANA, ANA), [refused(1, EnterError::OwnCode)]);
    assert_eq!(world.enter(ANA, 9), [refused(1, EnterError::NotFound), Effect::WrongCode { connection: socket(1) }]);
    world.enter(BEK, ANA);
    assert_eq!(world.enter(SAULE, ANA), [refused(3, EnterError::Full)]);
    assert_eq!(world.enter(SAULE, BEK), [refused(3, EnterError::Full)]);
}

#[test]
fn leaving_leads_home_and_the_same_codes_lead_together_again() {
    let mut world = World::together();
    let home = snapshot(3, code(BEK), vec![member(BEK, 4)]);
    assert_eq!(world.leave(BEK), [told_gone(1, BEK, GoneReason::Left), told_room(2, 8, home)]);
    let here = snapshot(1, code(BEK), vec![member(ANA, 1), member(BEK, 5)]);
    assert_eq!(world.enter(BEK, ANA), [told_member(1, member(BEK, 5)), told_room(2, 7, here)]);
}

#[test]
fn a_host_may_leave_too_and_takes_the_own_code_along() {
    let mut world = World::together();
    let home = snapshot(3, code(ANA), vec![member(ANA, 4)]);
    assert_eq!(world.leave(ANA), [told_gone(2, ANA, GoneReason::Left), told_room(1, 8, home)]);
    assert_eq!(world.exchange.info(&code(BEK)), Ok(RoomInfo { people: 1, capacity: 2 }));
}

#[test]
fn leaving_when_alone_at_home_changes_nothing() {
    let mut world = World::of(&[ANA]);
    assert_eq!(world.leave(ANA), [told_room(1, 8, snapshot(1, code(ANA), vec![member(ANA, 1)]))]);
}

#[test]
fn leaving_when_alone_with_what_a_friend_has_said_begins_anew_under_the_same_code() {
    let mut world = World::together();
    world.say(BEK, say(1, "сәлем"));
    world.leave(BEK);
    let home = snapshot(4, code(ANA), vec![member(ANA, 5)]);
    assert_eq!(world.leave(ANA), [told_room(1, 8, home)]);
    // Nothing is kept of the room left, and the next guest comes to the new one.
    assert_eq!(world.exchange.rooms(), 2);
    let here = snapshot(4, code(BEK), vec![member(ANA, 5), member(BEK, 6)]);
    assert_eq!(world.enter(BEK, ANA), [told_member(1, member(BEK, 6)), told_room(2, 7, here)]);
}

#[test]
fn leaving_in_a_call_hangs_up_first() {
    let mut world = World::together();
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.say(BEK, ClientMessage::Accept { call: CallId::new(1 << 20) });
    let mut expected = told_call(None, CallEvent::HungUp { by: id(BEK) });
    let home = snapshot(3, code(BEK), vec![member(BEK, 4)]);
    expected.extend([told_gone(1, BEK, GoneReason::Left), told_room(2, 8, home)]);
    assert_eq!(world.leave(BEK), expected);
}

#[test]
fn nobody_goes_elsewhere_out_of_a_call() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    assert_eq!(
        world.say(ANA, ClientMessage::Ring { to: id(BEK) }),
        told_call(ringing(), CallEvent::Rang { from: id(ANA), to: id(BEK) })
    );
    assert_eq!(world.enter(ANA, SAULE), [refused(1, EnterError::InCall)]);
    // A wrong code is a wrong code, and the code of this room no wish to go.
    assert_eq!(world.enter(ANA, 9)[0], refused(1, EnterError::NotFound));
    assert!(matches!(world.enter(ANA, BEK)[..], [Effect::Send { message: ServerMessage::Room { .. }, .. }]));
    // The one who is only rung may go: that is a refusal.
    let mut expected = told_call(None, CallEvent::Declined { by: id(BEK) });
    let bek = member(BEK, 5);
    let there = snapshot(3, code(SAULE), vec![member(SAULE, 3), bek.clone()]);
    expected.extend([told_gone(1, BEK, GoneReason::Left), told_member(3, bek), told_room(2, 7, there)]);
    assert_eq!(world.enter(BEK, SAULE), expected);
}

#[test]
fn a_teacher_who_visits_a_colleague_leaves_the_class_its_code() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    let there = snapshot(3, code(SAULE), vec![member(SAULE, 3), member(ANA, 5)]);
    let expected = [told_gone(2, ANA, GoneReason::Left), told_member(3, member(ANA, 5)), told_room(1, 7, there)];
    assert_eq!(world.enter(ANA, SAULE), expected);
    // Home is where the own code leads, typed or not.
    let class = snapshot(1, code(ANA), vec![member(BEK, 4), member(ANA, 6)]);
    let back = [told_gone(3, ANA, GoneReason::Left), told_member(2, member(ANA, 6))];
    assert_eq!(world.leave(ANA), [&back[..], &[told_room(1, 8, class.clone())]].concat());
    world.enter(ANA, SAULE);
    let effects = world.enter(ANA, ANA);
    assert_eq!(effects.len(), 3);
    assert!(matches!(&effects[2], Effect::Send { message: ServerMessage::Room { room, .. }, .. } if room.code == code(ANA)));
}

#[test]
fn two_who_meet_in_another_room_have_another_link() {
    let mut world = World::together();
    let link = |room: &RoomSnapshot| Link::between(&room.members[0], &room.members[1]);
    let met = |effects: Vec<Effect>| match effects.last() {
        Some(Effect::Send { message: ServerMessage::Room { room, .. }, .. }) => link(room),
        other => panic!("{other:?}"),
    };
    let first = met(world.enter(BEK, ANA));
    world.leave(ANA);
    world.leave(BEK);
    // The same two pages, in the same order of coming: a letter of the first room must not fit in the second.
    let second = met(world.enter(BEK, ANA));
    assert_ne!(first, second);
    assert_eq!((first.from, first.to), (second.from, second.to));
}

#[test]
fn a_full_class_is_no_home_to_go_to() {
    let mut world = World::of(&[ANA, BEK, SAULE, 4]);
    world.enter(BEK, ANA);
    world.enter(ANA, SAULE);
    world.enter(4, BEK);
    // Both seats of Ana's room are taken: a fresh one, to which the own code now leads.
    let home = snapshot(5, code(ANA), vec![member(ANA, 8)]);
    assert_eq!(world.leave(ANA), [told_gone(3, ANA, GoneReason::Left), told_room(1, 8, home)]);
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 1, capacity: 2 }));
}

#[test]
fn a_room_in_which_a_friend_has_spoken_is_kept() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    world.say(BEK, say(1, "сәлем"));
    world.leave(BEK);
    world.enter(ANA, SAULE);
    // Nobody is there now, but what was said is: Ana's code leads back to it.
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 0, capacity: 2 }));
    let effects = world.leave(ANA);
    let [_, Effect::Send { message: ServerMessage::Room { room: there, .. }, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((there.room, there.history.len(), &there.members), (room(1), 1, &vec![member(ANA, 7)]));
}

#[test]
fn a_message_for_the_room_left_is_shown_in_no_other() {
    let mut world = World::together();
    world.leave(BEK);
    let reason = crate::message::ChatError::OtherRoom;
    let expected = [send(2, ServerMessage::ChatRefused { id: crate::id::MessageId::new(1), reason })];
    assert_eq!(world.say(BEK, say(1, "сәлем")), expected);
}

#[test]
fn a_seat_of_one_who_is_gone_for_ten_seconds_is_given_up() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    world.drop_socket(2);
    world.now += 9_999;
    assert_eq!(world.enter(SAULE, ANA), [refused(3, EnterError::Full)]);
    world.now += 1;
    let here = snapshot(1, code(SAULE), vec![member(ANA, 1), member(SAULE, 6)]);
    let expected = [told_gone(1, BEK, GoneReason::Expired), told_member(1, member(SAULE, 6)), told_room(3, 7, here)];
    assert_eq!(world.enter(SAULE, ANA), expected);
    // Bek comes back and is at home, with the same code.
    let back = Member { incarnation: 2, ..member(BEK, 5) };
    let welcome = ServerMessage::Welcome {
        version: VERSION,
        you: id(BEK),
        incarnation: 2,
        own_code: code(BEK),
        room: snapshot(4, code(BEK), vec![back]),
    };
    assert_eq!(world.hello(9, BEK, 2), [send(9, welcome), issue(9, BEK, 2)]);
}

#[test]
fn who_gives_up_a_seat_in_a_call_has_vanished_from_it() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.say(BEK, ClientMessage::Accept { call: CallId::new(1 << 20) });
    world.say(BEK, ClientMessage::Away { away: true });
    world.drop_socket(2);
    world.now += 10_000;
    let effects = world.enter(SAULE, ANA);
    assert_eq!(effects[0], send(1, ServerMessage::Call { call: None, event: CallEvent::Vanished { who: id(BEK) } }));
    assert_eq!(effects[1], told_gone(1, BEK, GoneReason::Expired));
}

#[test]
fn who_talks_on_while_the_server_is_out_of_reach_keeps_the_seat() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.say(BEK, ClientMessage::Accept { call: CallId::new(1 << 20) });
    world.drop_socket(2);
    world.now += 10_000;
    assert_eq!(world.enter(SAULE, ANA), [refused(3, EnterError::Full)]);
}

#[test]
fn a_host_may_lose_the_seat_too() {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    world.drop_socket(1);
    world.now += 10_000;
    world.enter(SAULE, ANA);
    // The host's code went home with the host; those in the room have theirs.
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 1, capacity: 2 }));
    assert_eq!(world.exchange.info(&code(BEK)), Ok(RoomInfo { people: 2, capacity: 2 }));
    assert_eq!(world.exchange.rooms(), 2);
}
