//! One line of the chat: a message, or that somebody came or went. Text is text; only `http` and `https` addresses become links.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{
    client::{ChatItem, ChatKind, Command, Delivery},
    id::MessageId,
    message::ChatError,
};

use crate::{
    browser,
    call::use_call,
    i18n::{I18n, Texts, use_i18n},
    text::{self, Piece},
};

/// A line. Made anew when its delivery changes.
#[component]
pub fn ChatLine(
    /// What it shows.
    item: Arc<ChatItem>,
) -> impl IntoView {
    let t = use_i18n();
    match &item.kind {
        ChatKind::Joined { name } => event("joined", t, name.clone(), |t| t.joined),
        ChatKind::Left { name } => event("left", t, name.clone(), |t| t.left),
        ChatKind::Said { mine, name, text, at, delivery, id } => {
            let (mine, name, delivery, id) = (*mine, name.clone(), *delivery, *id);
            let who = move || t.texts().who(&name).to_owned();
            let time = at.map(|at| {
                let (shown, machine) = browser::local_time(at);
                view! {
                    <time class="line__time" datetime=machine>
                        {shown}
                    </time>
                }
                .into_any()
            });
            let author = (!mine).then(|| view! { <span class="line__name">{move || who()}</span> }.into_any());
            let you = mine.then(|| view! { <span class="visually-hidden">{t.of(|t| t.you)}</span> }.into_any());
            view! {
                <li class="line line--said" data-line="said" data-mine=mine.to_string() data-delivery=delivery_name(delivery)>
                    {author}
                    {you}
                    <div class="line__bubble">
                        <p class="line__text">{pieces(text)}</p>
                    </div>
                    <div class="line__foot">{time} <DeliveryState delivery id /></div>
                </li>
            }
            .into_any()
        }
    }
}

/// That somebody came or went.
fn event(kind: &'static str, t: I18n, name: String, pick: fn(&'static Texts) -> fn(&str) -> String) -> AnyView {
    let text = move || {
        let texts = t.texts();
        pick(texts)(texts.who(&name))
    };
    view! {
        <li class="line line--event" data-line=kind>
            {move || text()}
        </li>
    }
    .into_any()
}

fn pieces(message: &str) -> Vec<AnyView> {
    let show = |piece| match piece {
        Piece::Text(text) => text.into_any(),
        Piece::Link(href) => {
            let shown = href.clone();
            view! {
                <a href=href target="_blank" rel="noopener noreferrer nofollow">
                    {shown}
                </a>
            }
            .into_any()
        }
    };
    text::pieces(message).into_iter().map(show).collect()
}

/// Where a message is, while it is not yet in the room, and how to send it again.
#[component]
fn DeliveryState(
    /// Where it is.
    delivery: Delivery,
    /// Which.
    id: MessageId,
) -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let state = move || {
        let texts = t.texts();
        match delivery {
            Delivery::Delivered => None,
            Delivery::Sending => Some(texts.sending),
            Delivery::Failed => Some(texts.not_delivered),
            Delivery::Refused(ChatError::Empty) => Some(texts.refused_empty),
            Delivery::Refused(ChatError::TooLong) => Some(texts.refused_too_long),
            Delivery::Refused(ChatError::OtherRoom) => Some(texts.refused_other_room),
            // It is said again by itself, and never refused for good.
            Delivery::Refused(ChatError::TooFast) => Some(texts.sending),
            Delivery::Refused(ChatError::Unknown) => Some(texts.refused_unknown),
        }
    };
    let again = (delivery == Delivery::Failed).then(|| {
        view! {
            <button class="button button--text" type="button" on:click=move |_| call.send(Command::Resend(id))>
                {t.of(|t| t.retry)}
            </button>
        }
        .into_any()
    });
    view! {
        <span class="line__state">{move || state()}</span>
        {again}
    }
    .into_any()
}

const fn delivery_name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Sending => "sending",
        Delivery::Delivered => "delivered",
        Delivery::Failed => "failed",
        Delivery::Refused(_) => "refused",
    }
}
