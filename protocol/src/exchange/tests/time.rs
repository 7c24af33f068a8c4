//! What time brings: tokens, unanswered rings, the end of participants and rooms.

use super::*;
use crate::message::GoneReason;

const MINUTE: Millis = 60_000;

#[test]
fn a_token_is_renewed_every_five_minutes_while_connected() {
    let mut world = World::of(&[ANA]);
    assert_eq!(world.exchange.next_deadline(), Some(1_000 + RENEW_EVERY));
    assert_eq!(world.wait(RENEW_EVERY - 1), []);
    assert_eq!(world.wait(1), [issue(1, ANA, 1)]);
    assert_eq!(world.exchange.next_deadline(), Some(world.now + RENEW_EVERY));
    // The machine slept for a day: once, not once for each five minutes.
    assert_eq!(world.wait(1_440 * MINUTE), [issue(1, ANA, 1)]);
    world.drop_socket(1);
    assert_eq!(world.exchange.next_deadline(), Some(world.now + 10 * MINUTE));
}

#[test]
fn a_participant_without_a_connection_ends_and_the_code_is_free() {
    let mut world = World::of(&[ANA]);
    world.drop_socket(1);
    assert_eq!(world.wait(10 * MINUTE - 1), []);
    assert!(world.exchange.info(&code(ANA)).is_ok());
    assert_eq!(world.wait(1), []);
    assert_eq!(world.exchange.info(&code(ANA)), Err(EnterError::NotFound));
    assert_eq!((world.exchange.participants(), world.exchange.rooms(), world.exchange.next_deadline()), (0, 0, None));
    assert_eq!(world.hello(9, ANA, 1), [close(9, CloseCode::BadToken)]);
    world.create(ANA);
}

#[test]
fn who_comes_back_in_time_stays() {
    let mut world = World::of(&[ANA]);
    world.drop_socket(1);
    world.wait(9 * MINUTE);
    world.hello(9, ANA, 1);
    assert_eq!(world.exchange.next_deadline(), Some(world.now + RENEW_EVERY));
    assert_eq!(world.wait(2 * MINUTE), []);
    assert_eq!(world.exchange.participants(), 1);
}

#[test]
fn who_never_connects_ends_too() {
    let mut world = World::new(Settings::default());
    world.create(ANA);
    assert_eq!(world.exchange.next_deadline(), Some(1_000 + 2 * MINUTE));
    assert_eq!(world.wait(2 * MINUTE), []);
    assert_eq!((world.exchange.participants(), world.exchange.rooms()), (0, 0));
}

#[test]
fn the_others_hear_of_the_end_and_the_hosts_code_still_leads_to_them() {
    let mut world = World::together();
    world.drop_socket(1);
    assert_eq!(world.wait(10 * MINUTE), [issue(2, BEK, 1), told_gone(2, ANA, GoneReason::Expired)]);
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 1, capacity: 2 }));
    // When the last one is gone, the room has its grace once more; then it and its codes are unknown.
    world.drop_socket(2);
    world.wait(10 * MINUTE);
    assert_eq!(world.exchange.info(&code(BEK)), Err(EnterError::NotFound));
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 0, capacity: 2 }));
    world.wait(10 * MINUTE);
    assert_eq!(world.exchange.info(&code(ANA)), Err(EnterError::NotFound));
    assert_eq!((world.exchange.rooms(), world.exchange.next_deadline()), (0, None));
}

/// Ana is gone for good, and Bek has gone on to Saule: Ana's code is all that is left of her room.
fn left_behind() -> World {
    let mut world = World::of(&[ANA, BEK, SAULE]);
    world.enter(BEK, ANA);
    world.drop_socket(1);
    world.wait(10 * MINUTE);
    world.enter(BEK, SAULE);
    world
}

#[test]
fn an_empty_room_that_is_nobodys_dies_after_its_grace() {
    let mut world = left_behind();
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 0, capacity: 2 }));
    world.wait(10 * MINUTE - 1);
    assert!(world.exchange.info(&code(ANA)).is_ok());
    world.wait(1);
    assert_eq!(world.exchange.info(&code(ANA)), Err(EnterError::NotFound));
    assert_eq!(world.exchange.rooms(), 1);
}

#[test]
fn an_empty_room_somebody_comes_to_lives_on() {
    let mut world = left_behind();
    world.wait(9 * MINUTE);
    world.enter(BEK, ANA);
    world.wait(9 * MINUTE);
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 1, capacity: 2 }));
}

#[test]
fn an_unanswered_ring_ends() {
    let mut world = World::together();
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    assert_eq!(world.exchange.next_deadline(), Some(world.now + 45_000));
    assert_eq!(world.wait(45_000), told_call(None, CallEvent::Unanswered { to: id(BEK) }));
    assert_eq!(world.exchange.next_deadline(), Some(1_000 + RENEW_EVERY));
}

#[test]
fn who_vanishes_from_a_call_is_out_of_it_but_still_in_the_room() {
    let mut world = World::together();
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.say(BEK, ClientMessage::Accept { call: CallId::new(1 << 20) });
    world.drop_socket(2);
    let vanished = ServerMessage::Call { call: None, event: CallEvent::Vanished { who: id(BEK) } };
    assert_eq!(world.wait(120_000), [send(1, vanished)]);
    assert_eq!(world.exchange.info(&code(ANA)), Ok(RoomInfo { people: 2, capacity: 2 }));
}

#[test]
fn a_ring_is_not_pending_in_a_room_that_is_gone() {
    let mut world = World::together();
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.drop_socket(1);
    world.drop_socket(2);
    world.wait(24 * 60 * MINUTE);
    world.wait(10 * MINUTE);
    assert_eq!((world.exchange.rooms(), world.exchange.participants(), world.exchange.next_deadline()), (0, 0, None));
}
