//! Ringing and what may come of it, over real sockets. The rules themselves are the protocol's and tested there.

use protocol::{
    id::CallId,
    message::{CallEvent, ClientMessage, ServerMessage},
};

use crate::support::{Page, Site};

/// The next thing that happens to the call, and the call.
async fn event(page: &mut Page) -> (CallEvent, Option<CallId>) {
    let message = page.until(|message| matches!(message, ServerMessage::Call { .. })).await;
    let ServerMessage::Call { call, event } = message else { unreachable!("awaited") };
    (event, call.map(|call| call.id))
}

/// Rings and waits until both know of it.
async fn ringing(site: &Site) -> (Page, Page, CallId) {
    let (mut caller, mut callee) = site.two().await;
    caller.say(&ClientMessage::Ring { to: callee.me }).await;
    let rang = CallEvent::Rang { from: caller.me, to: callee.me };
    let (heard, call) = event(&mut callee).await;
    assert_eq!((heard, event(&mut caller).await), (rang, (rang, call)));
    (caller, callee, call.expect("a call"))
}

/// Asserts that both are told the same.
async fn both_hear(pages: [&mut Page; 2], expected: CallEvent, call: Option<CallId>) {
    for page in pages {
        assert_eq!(event(page).await, (expected, call));
    }
}

#[tokio::test]
async fn ring_accept_hang_up() {
    let site = Site::start().await;
    let (mut caller, mut callee, call) = ringing(&site).await;
    callee.say(&ClientMessage::Accept { call }).await;
    let (by, caller_id) = (callee.me, caller.me);
    both_hear([&mut caller, &mut callee], CallEvent::Accepted { by }, Some(call)).await;
    caller.say(&ClientMessage::HangUp { call }).await;
    both_hear([&mut caller, &mut callee], CallEvent::HungUp { by: caller_id }, None).await;
}

#[tokio::test]
async fn ring_decline() {
    let site = Site::start().await;
    let (mut caller, mut callee, call) = ringing(&site).await;
    callee.say(&ClientMessage::Decline { call }).await;
    let by = callee.me;
    both_hear([&mut caller, &mut callee], CallEvent::Declined { by }, None).await;
}

#[tokio::test]
async fn an_unanswered_ring_ends_by_itself() {
    let site = Site::start_with(|config| config.ring_timeout = 1).await;
    let (mut caller, mut callee, _) = ringing(&site).await;
    let to = callee.me;
    both_hear([&mut caller, &mut callee], CallEvent::Unanswered { to }, None).await;
}

#[tokio::test]
async fn both_ringing_is_one_call() {
    let site = Site::start().await;
    let (mut one, mut other) = site.two().await;
    let (one_id, other_id) = (one.me, other.me);
    let (ring_other, ring_one) = (ClientMessage::Ring { to: other_id }, ClientMessage::Ring { to: one_id });
    tokio::join!(one.say(&ring_other), other.say(&ring_one));
    let mut calls = Vec::new();
    for page in [&mut one, &mut other] {
        loop {
            if let (CallEvent::Accepted { .. }, call) = event(page).await {
                break calls.push(call.expect("a call"));
            }
        }
    }
    assert_eq!(calls[0], calls[1]);
}
