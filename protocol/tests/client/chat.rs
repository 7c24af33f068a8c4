//! Messages: sent, resent, in order.

use protocol::{client::ChatItem, message::ChatError};

use super::support::*;

#[test]
fn a_message_is_sending_then_delivered_and_resent_after_an_outage_with_the_same_id() {
    let mut page = Page::online();
    let effects = page.want(Command::Say("Сәлем!\n".to_owned()));
    let ClientMessage::Chat { room, id, body } = sent(&effects)[0].clone() else { panic!("a message: {effects:?}") };
    assert_eq!((room, &body), (RoomId::new(1), &Body::Plain { text: "Сәлем!".to_owned() }));
    let delivery = |page: &Page| match &page.session.view().chat.last().expect("a line").kind {
        ChatKind::Said { delivery, .. } => *delivery,
        other => panic!("{other:?}"),
    };
    assert_eq!(delivery(&page), Delivery::Sending);
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(10_000);
    assert_eq!(delivery(&page), Delivery::Failed);
    page.tell(Input::SocketOpen);
    let back = page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    assert!(sent(&back).contains(&&ClientMessage::Chat { room, id, body }));
    page.hear(ServerMessage::Chat { entry: entry(ME, id, 1, "Сәлем!") });
    page.hear(ServerMessage::Chat { entry: entry(ME, id, 1, "Сәлем!") });
    assert_eq!((page.session.view().chat.len(), delivery(&page)), (1, Delivery::Delivered));
}

#[test]
fn chat_shows_in_the_rooms_order_whatever_the_order_of_arrival() {
    let mut page = Page::together();
    for seq in [2, 1, 3, 2] {
        page.hear(ServerMessage::Chat { entry: entry(FRIEND, MessageId::new(seq), seq, &seq.to_string()) });
    }
    let texts = page.session.view().chat.into_iter().filter_map(|c| match &c.kind {
        ChatKind::Said { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[test]
fn blanks_around_a_message_are_no_part_of_it_and_do_not_make_it_too_long() {
    let mut page = Page::online();
    let longest = "ә".repeat(TEXT_MAX);
    let effects = page.want(Command::Say(format!("   {longest}\r\n ")));
    let sent = sent(&effects);
    assert!(matches!(sent[..], [ClientMessage::Chat { body: Body::Plain { text }, .. }] if *text == longest), "{sent:?}");
}

#[test]
fn what_is_too_long_stays_and_is_not_sent() {
    let mut page = Page::online();
    let effects = page.want(Command::Say("ә".repeat(4_001)));
    assert_eq!(sent(&effects), Vec::<&ClientMessage>::new());
    let view = page.session.view();
    assert!(matches!(view.chat[0].kind, ChatKind::Said { delivery: Delivery::Refused(_), .. }));
}

#[test]
fn messages_that_were_too_many_at_once_are_said_again_in_their_order() {
    let mut page = Page::online();
    let say = |page: &mut Page, text: &str| {
        let effects = page.want(Command::Say(text.to_owned()));
        sent(&effects).into_iter().cloned().collect::<Vec<_>>()
    };
    let [first] = &say(&mut page, "first")[..] else { panic!("one message") };
    let ClientMessage::Chat { id, .. } = first.clone() else { panic!("a message") };
    page.hear(ServerMessage::ChatRefused { id, reason: ChatError::TooFast });
    assert_eq!(say(&mut page, "second"), [], "not before the first");
    let states = |page: &Page| {
        let state = |item: &ChatItem| match item.kind {
            ChatKind::Said { delivery, .. } => Some(delivery),
            _ => None,
        };
        page.session.view().chat.iter().filter_map(|item| state(item)).collect::<Vec<_>>()
    };
    assert_eq!(states(&page), [Delivery::Sending; 2]);
    assert_eq!(sent(&page.later(1_999)), Vec::<&ClientMessage>::new());
    let effects = page.later(1);
    let [again, second] = sent(&effects)[..] else { panic!("both: {effects:?}") };
    assert_eq!(again, first);
    assert!(matches!(second, ClientMessage::Chat { body: Body::Plain { text }, .. } if text == "second"));
    // From here on as any message: no answer for ten seconds is a failure that is said.
    page.later(10_000);
    assert_eq!(states(&page), [Delivery::Failed; 2]);
}
