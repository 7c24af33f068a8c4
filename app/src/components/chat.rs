//! The chat: a column beside the stage, on phones a sheet from below.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};
use protocol::client::{ChatItem, ChatKind};

use crate::{
    call::use_call,
    components::{
        chat_line::ChatLine,
        composer::Composer,
        icon::{Glyph, Icon},
        shown::Shown,
    },
    i18n::{Texts, use_i18n},
    page::use_page,
};

/// Under this distance from the end, in CSS pixels, a new message scrolls into view.
const NEAR_END: i32 = 80;

/// What was said, and the field to say something.
#[component]
pub fn Chat() -> impl IntoView {
    let t = use_i18n();
    let page = use_page();
    let view = use_call().view;
    let list = NodeRef::<html::Ol>::new();
    // Whether the newest lines are in sight.
    let (at_end, set_at_end) = signal(true);
    // Somebody said something below what is in sight.
    let (news, set_news) = signal(false);
    let scrolled = move |_| {
        if let Some(list) = list.get_untracked() {
            let near = list.scroll_height() - list.scroll_top() - list.client_height() < NEAR_END;
            set_at_end.set(near);
            if near {
                set_news.set(false);
            }
        }
    };
    let to_end = move || {
        if let Some(list) = list.get_untracked() {
            // After the new line has its place.
            request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
        }
    };
    // Apart: own lines that are on their way stand behind all others.
    Effect::new(move |before: Option<[Option<String>; 2]>| {
        let newest = |own| view.chat.with(|chat| chat.iter().rfind(|item| is_mine(item) == own).map(|item| item.key.clone()));
        let [own, others] = [newest(true), newest(false)];
        if page.chat_shown() {
            let [own_before, others_before] = before.unwrap_or_else(|| [own.clone(), others.clone()]);
            if own != own_before || at_end.get_untracked() {
                to_end();
            } else if others != others_before {
                set_news.set(true);
            }
        }
        [own, others]
    });
    // Where the end was in sight it stays so, when the window shrinks and when the field below grows.
    let stay = move || {
        if at_end.get_untracked() {
            to_end();
        }
    };
    Effect::new(move || {
        let listener = window_event_listener(ev::resize, move |_| stay());
        on_cleanup(move || listener.remove());
    });
    let key = |item: &Arc<ChatItem>| match &item.kind {
        // A message that changes is a new line under the same key.
        ChatKind::Said { at, delivery, .. } => (item.key.clone(), at.is_some(), Some(*delivery)),
        _ => (item.key.clone(), true, None),
    };
    view! {
        <aside class="chat" id="chat" aria-labelledby="chat-title" on:input=move |_| stay()>
            <div class="chat__head">
                <h2 class="chat__title" id="chat-title">
                    {t.of(|t| t.messages)}
                </h2>
                <span class="chat__people">{move || view.others.with(|others| people(others.len(), t.texts()))}</span>
                <button class="icon-button chat__close" type="button" aria-label=t.of(|t| t.close) on:click=move |_| page.toggle_chat()>
                    <Glyph icon=Icon::Close />
                </button>
            </div>
            <ol class="chat__lines" node_ref=list tabindex="0" aria-labelledby="chat-title" on:scroll=scrolled>
                <Shown when=move || view.chat_truncated.get()>
                    <li class="chat__truncated">{t.of(|t| t.chat_truncated)}</li>
                </Shown>
                <For each=move || view.chat.get() key=key children=|item| view! { <ChatLine item /> } />
            </ol>
            <Shown when=move || view.chat.with(Vec::is_empty)>
                <p class="chat__empty">
                    {move || if view.others.with(Vec::is_empty) { t.texts().chat_empty } else { t.texts().chat_first }}
                </p>
            </Shown>
            <Shown when=move || news.get()>
                <button class="button chat__news" type="button" on:click=move |_| to_end()>
                    {t.of(|t| t.chat_news)}
                    <Glyph icon=Icon::Down />
                </button>
            </Shown>
            <Composer />
        </aside>
    }
    .into_any()
}

fn people(others: usize, texts: &'static Texts) -> Option<String> {
    (others > 0).then(|| (texts.people)(u32::try_from(others + 1).unwrap_or(u32::MAX)))
}

fn is_mine(item: &ChatItem) -> bool {
    matches!(item.kind, ChatKind::Said { mine: true, .. })
}
