//! What is said: one order, each message once, bounded.

use super::*;
use crate::message::{ChatEntry, ChatError, ChatOrder, HISTORY_BYTES, HISTORY_MESSAGES, TEXT_MAX};

fn plain(text: &str) -> Body {
    Body::Plain { text: text.to_owned() }
}

fn say(who: ParticipantId, id: u64, text: &str) -> Input {
    Input::Say { who, room: ROOM, id: MessageId::new(id), body: plain(text) }
}

fn entry(seq: u64, from: ParticipantId, id: u64, text: &str, at: Millis) -> ChatEntry {
    let order = ChatOrder { epoch: 9, seq };
    ChatEntry { order, from, name: String::new(), id: MessageId::new(id), body: plain(text), at }
}

fn refused(who: ParticipantId, id: u64, reason: ChatError) -> Vec<Effect> {
    vec![tell(who, ServerMessage::ChatRefused { id: MessageId::new(id), reason })]
}

fn history(story: &Story) -> Vec<ChatEntry> {
    story.room.snapshot(RoomCode::from_random(&[1; 12]).expect("twelve usable bytes")).history
}

#[test]
fn messages_have_one_order_for_all() {
    let mut story = Story::of(&[ANA, BEK]);
    story.on(Input::Name { who: ANA, name: "Ана".to_owned() });
    let first = ChatEntry { name: "Ана".to_owned(), ..entry(1, ANA, 50, "сәлем", 0) };
    assert_eq!(story.on(say(ANA, 50, "сәлем")), tell_each(&[ANA, BEK], &ServerMessage::Chat { entry: first.clone() }));
    story.now = 30;
    // The same id from another person is another message.
    let second = entry(2, BEK, 50, "сәлем!", 30);
    assert_eq!(story.on(say(BEK, 50, "сәлем!")), tell_each(&[ANA, BEK], &ServerMessage::Chat { entry: second.clone() }));
    assert_eq!(history(&story), [first, second]);
}

#[test]
fn a_message_sent_again_is_shown_once() {
    let mut story = Story::of(&[ANA, BEK]);
    story.on(say(ANA, 1, "once"));
    story.now = 5_000;
    let receipt = vec![tell(ANA, ServerMessage::Chat { entry: entry(1, ANA, 1, "once", 0) })];
    assert_eq!(story.on(say(ANA, 1, "once")), receipt);
    // Even if the second one says something else, or nothing that may be said.
    assert_eq!(story.on(say(ANA, 1, "twice")), receipt);
    assert_eq!(story.on(say(ANA, 1, "")), receipt);
    assert_eq!(history(&story).len(), 1);
}

#[test]
fn a_message_no_longer_kept_is_still_known() {
    let mut story = Story::of(&[ANA, BEK]);
    for id in 1..=HISTORY_MESSAGES as u64 + 1 {
        story.on(say(ANA, id, "x"));
    }
    story.now = 1;
    assert_eq!(story.on(say(ANA, 1, "x")), [tell(ANA, ServerMessage::Chat { entry: entry(1, ANA, 1, "x", 0) })]);
    assert_eq!(story.on(say(ANA, 1, " ")), refused(ANA, 1, ChatError::Empty));
    assert_eq!(history(&story).len(), HISTORY_MESSAGES);
    let next = entry(HISTORY_MESSAGES as u64 + 2, BEK, 1, "y", 1);
    assert_eq!(story.on(say(BEK, 1, "y")), tell_each(&[ANA, BEK], &ServerMessage::Chat { entry: next }));
}

#[test]
fn what_may_not_be_said_is_refused_to_the_sender_only() {
    let mut story = Story::of(&[ANA, BEK]);
    assert_eq!(story.on(say(ANA, 1, " \n\u{0}")), refused(ANA, 1, ChatError::Empty));
    assert_eq!(story.on(say(ANA, 2, &"a".repeat(TEXT_MAX + 1))), refused(ANA, 2, ChatError::TooLong));
    let unknown = Input::Say { who: ANA, room: ROOM, id: MessageId::new(3), body: Body::Unknown };
    assert_eq!(story.on(unknown), refused(ANA, 3, ChatError::Unknown));
    let elsewhere = Input::Say { who: ANA, room: RoomId::new(8), id: MessageId::new(4), body: plain("hi") };
    assert_eq!(story.on(elsewhere), refused(ANA, 4, ChatError::OtherRoom));
    assert_eq!(story.on(say(SAULE, 5, "not here")), []);
    // No place in the order was lost to them, and the ids may be used again.
    let said = ServerMessage::Chat { entry: entry(1, ANA, 1, "now", 0) };
    assert_eq!(story.on(say(ANA, 1, "now")), tell_each(&[ANA, BEK], &said));
}

#[test]
fn markup_is_text_and_control_characters_are_gone() {
    let mut story = Story::of(&[ANA]);
    let told = ServerMessage::Chat { entry: entry(1, ANA, 1, "<img onerror=1>\n\tok", 0) };
    assert_eq!(story.on(say(ANA, 1, "<img onerror=1>\r\n\tok\u{0}\u{1b}")), [tell(ANA, told)]);
}

#[test]
fn the_room_keeps_the_last_messages_and_says_so() {
    let mut story = Story::of(&[ANA]);
    for id in 0..HISTORY_MESSAGES as u64 {
        story.on(say(ANA, id, "x"));
    }
    assert!(!story.room.log.truncated());
    story.on(say(ANA, 9_999, "x"));
    assert!(story.room.log.truncated());
    let seqs: Vec<u64> = history(&story).iter().map(|entry| entry.order.seq).collect();
    assert_eq!(seqs, (2..=HISTORY_MESSAGES as u64 + 1).collect::<Vec<_>>());
}

#[test]
fn the_room_keeps_no_more_than_its_bytes() {
    let mut story = Story::of(&[ANA]);
    let long = "қ".repeat(TEXT_MAX);
    for id in 0..200 {
        story.on(say(ANA, id, &long));
    }
    assert_eq!(history(&story).len(), HISTORY_BYTES / long.len());
    assert!(story.room.log.truncated());
}

#[test]
fn memory_is_bounded_however_much_is_said() {
    let mut story = Story::of(&[ANA]);
    for id in 0..5_000 {
        story.on(say(ANA, id, "x"));
    }
    assert_eq!(story.room.log.known(), (REMEMBERED_MESSAGES, REMEMBERED_MESSAGES));
}

#[test]
fn the_room_knows_whether_others_have_spoken() {
    let mut story = Story::of(&[ANA, BEK]);
    assert!(!story.room.others_spoke(ANA));
    story.on(say(ANA, 1, "anybody?"));
    assert!(!story.room.others_spoke(ANA) && story.room.others_spoke(BEK));
    story.on(say(BEK, 1, "yes"));
    story.on(Input::Part { who: BEK, why: GoneReason::Left });
    assert!(story.room.others_spoke(ANA));
}

#[test]
fn a_flood_of_messages_is_slowed_down_and_others_may_go_on() {
    let mut story = Story::of(&[ANA, BEK]);
    story.room.settings.messages = Rate { burst: 2.0, per_second: 1.0 };
    story.on(Input::Part { who: ANA, why: GoneReason::Left });
    let allowance = Allowance::full(&story.room.settings, 0);
    story.on(Input::Join { arrival: Arrival { allowance, ..arrival(ANA) }, order: 3 });
    for id in [1, 2] {
        assert_eq!(story.on(say(ANA, id, "x")).len(), 2);
    }
    assert_eq!(story.on(say(ANA, 3, "x")), refused(ANA, 3, ChatError::TooFast));
    let receipt = ServerMessage::Chat { entry: entry(2, ANA, 2, "x", 0) };
    assert_eq!(story.on(say(ANA, 2, "x")), [tell(ANA, receipt)], "a receipt is no message");
    assert_eq!(story.on(say(BEK, 1, "y")).len(), 2);
    // Out and in again: nothing is refilled.
    let arrival = story.room.arrival(ANA).expect("a member");
    story.on(Input::Part { who: ANA, why: GoneReason::Left });
    story.on(Input::Join { arrival, order: 4 });
    assert_eq!(story.on(say(ANA, 3, "x")), refused(ANA, 3, ChatError::TooFast));
    story.now = 1_000;
    assert_eq!(story.on(say(ANA, 3, "x")).len(), 2);
}
