//! Tells screen readers what others say in the chat, and who comes and goes. Stands outside the chat, because nothing is read out
//! of a closed one; the chat's list itself is silent, or a message would be read again when its delivery changes.

use leptos::{html, prelude::*};
use protocol::client::{ChatItem, ChatKind};

use crate::{
    browser,
    call::use_call,
    i18n::{Texts, use_i18n},
};

/// How many of the newest lines are looked through for news, and stay after they were read: more than come at once.
const NEWEST: usize = 30;

/// A polite log: each line that is added is read, however many come at once. Its lines are plain nodes, which only come and go.
#[component]
pub fn Announcer() -> impl IntoView {
    let t = use_i18n();
    let chat = use_call().view.chat;
    let log = NodeRef::<html::Div>::new();
    Effect::new(move |known: Option<Vec<String>>| {
        let mut known = known.unwrap_or_default();
        let (Some(log), texts) = (log.get(), untrack(|| t.texts())) else { return known };
        chat.with(|chat| {
            for item in &chat[chat.len().saturating_sub(NEWEST)..] {
                if item.news && !known.contains(&item.key) {
                    known.push(item.key.clone());
                    browser::add_line(&log, &words(item, texts), NEWEST);
                }
            }
        });
        // More are remembered than looked through: what leaves the end of the chat moves older lines up.
        known.drain(..known.len().saturating_sub(2 * NEWEST));
        known
    });
    view! { <div node_ref=log class="visually-hidden" role="log" aria-live="polite" aria-label=t.of(|t| t.messages)></div> }
        .into_any()
}

fn words(item: &ChatItem, texts: &'static Texts) -> String {
    match &item.kind {
        ChatKind::Said { name, text, .. } => format!("{}: {text}", texts.who(name)),
        ChatKind::Joined { name } => (texts.joined)(texts.who(name)),
        ChatKind::Left { name } => (texts.left)(texts.who(name)),
    }
}
