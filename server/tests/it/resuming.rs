//! The same person again: after a reload, over a new connection, in a second tab; and a server that stops.

use protocol::message::{CloseCode, Presence, ServerMessage};

use crate::support::Site;

#[tokio::test]
async fn a_reload_is_the_next_incarnation_and_the_older_page_is_told() {
    let site = Site::start().await;
    let token = site.token().await;
    let mut before = site.page_with(&token, 1).await;
    let after = site.page_with(&token, 2).await;
    assert_eq!((before.me, before.incarnation), (after.me, 1));
    assert_eq!((after.incarnation, after.room().members.len()), (2, 1));
    assert_eq!(before.closed().await, Some(CloseCode::Superseded.number()));
}

#[tokio::test]
async fn a_new_connection_of_the_same_page_is_the_same_incarnation() {
    let site = Site::start().await;
    let token = site.token().await;
    let mut before = site.page_with(&token, 1).await;
    let after = site.page_with(&token, 1).await;
    assert_eq!((before.me, before.incarnation), (after.me, after.incarnation));
    assert_eq!(before.closed().await, Some(CloseCode::GoingAway.number()), "not told to give up");
}

#[tokio::test]
async fn a_lost_connection_is_seen_and_healed_by_the_next() {
    let site = Site::start().await;
    let token = site.token().await;
    let mut guest = site.page_with(&token, 1).await;
    let mut host = site.page().await;
    guest.enter(host.own_code()).await.expect("a free seat");
    let id = guest.me;
    let presence = |wanted: Presence| move |message: &ServerMessage| matches!(message, ServerMessage::Member { member } if member.id == id && member.presence == wanted);
    host.until(presence(Presence::Here)).await;
    drop(guest);
    host.until(presence(Presence::Lost)).await;
    let guest = site.page_with(&token, 2).await;
    assert_eq!(guest.room().room, host.room().room, "back in the same place");
    host.until(presence(Presence::Here)).await;
}

#[tokio::test]
async fn a_stopping_server_says_so_to_everybody_and_ends() {
    let site = Site::start().await;
    let (mut host, mut guest) = site.two().await;
    let mut silent = site.socket().await;
    site.stop();
    for page in [&mut host, &mut guest, &mut silent] {
        assert_eq!(page.closed().await, Some(CloseCode::GoingAway.number()));
    }
    site.stopped().await;
}
