//! Coming into a room by its code.

use protocol::{
    id::RoomCode,
    message::{Body, ClientMessage, EnterError, RoomInfo, ServerMessage},
};

use crate::support::Site;

fn nowhere() -> RoomCode {
    RoomCode::parse("2222-3333-4444").expect("a code")
}

#[tokio::test]
async fn a_made_room_welcomes_its_maker() {
    let site = Site::start().await;
    let mut page = site.page().await;
    assert_eq!(page.incarnation, 1);
    assert_eq!((page.room().code, page.room().members.len()), (page.own_code(), 1));
    let token = page.until(|message| matches!(message, ServerMessage::Token { .. })).await;
    let ServerMessage::Token { token } = token else { unreachable!("awaited") };
    let again = site.page_with(&token, 2).await;
    assert_eq!(again.me, page.me, "the token sent resumes the same person");
    assert_eq!(site.room_info(page.own_code()).await, Ok(RoomInfo { people: 1, capacity: 2 }));
}

#[tokio::test]
async fn a_friend_comes_by_code_and_both_chat_in_one_order() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    assert_eq!(guest.room().room, host.room().room);
    assert_eq!(site.room_info(host.own_code()).await, Ok(RoomInfo { people: 2, capacity: 2 }));

    guest.say(&ClientMessage::Name { name: "  Дәурен 🌷 ".to_owned() }).await;
    let renamed = host.until(|message| matches!(message, ServerMessage::Member { member } if !member.name.is_empty())).await;
    assert!(matches!(renamed, ServerMessage::Member { member } if member.id == guest.me && member.name == "Дәурен 🌷"));

    let room = host.room().room;
    let said = |number: u64, text: &str| ClientMessage::Chat {
        room,
        id: protocol::id::MessageId::new(number),
        body: Body::Plain { text: text.to_owned() },
    };
    for number in 0..10 {
        host.say(&said(number, "<b>Сәлем</b>")).await;
        guest.say(&said(number, "сәлем!")).await;
    }
    let mut orders = Vec::new();
    for page in [&mut host, &mut guest] {
        let mut order = Vec::new();
        while order.len() < 20 {
            if let ServerMessage::Chat { entry } = page.next().await {
                order.push((entry.order, entry.from, entry.id, entry.body));
            }
        }
        assert!(order.is_sorted_by_key(|(order, ..)| *order));
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
}

#[tokio::test]
async fn each_wrong_code_has_its_answer() {
    let site = Site::start().await;
    let (host, mut guest) = site.two().await;
    let mut third = site.page().await;
    assert_eq!(third.enter(host.own_code()).await, Err(EnterError::Full));
    assert_eq!(third.enter(third.own_code()).await, Err(EnterError::OwnCode));
    assert_eq!(third.enter(nowhere()).await, Err(EnterError::NotFound));
    assert_eq!(site.room_info(nowhere()).await, Err(EnterError::NotFound));
    // Refusals change nothing: the third person's room is still there to come to.
    guest.say(&ClientMessage::Leave { request: 99 }).await;
    guest.until(|message| matches!(message, ServerMessage::Room { request: 99, .. })).await;
    assert_eq!(guest.enter(third.own_code()).await, Ok(()));
}

#[tokio::test]
async fn codes_entered_crosswise_end_in_one_room() {
    let site = Site::start().await;
    let (mut one, mut other) = (site.page().await, site.page().await);
    let (one_code, other_code) = (one.own_code(), other.own_code());
    let (first, second) = tokio::join!(one.enter(other_code), other.enter(one_code));
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(one.room().room, other.room().room);
}

#[tokio::test]
async fn a_full_server_says_so() {
    let site = Site::start_with(|config| config.max_participants = 2).await;
    assert!(site.create_room().await.is_some() && site.create_room().await.is_some());
    assert_eq!(site.create_room().await, None);
}

#[tokio::test]
async fn one_address_cannot_fill_the_server_in_a_moment() {
    let few = server::Rate { burst: 3.0, per_second: 0.001 };
    let site = Site::start_with(|config| config.limits.participants = few).await;
    for _ in 0..3 {
        assert!(site.create_room().await.is_some());
    }
    assert_eq!(site.create_room().await, None);
}
