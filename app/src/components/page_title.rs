//! The document's title and the tab's icon: they follow the language, count unread messages, and blink while somebody rings.

use std::time::Duration;

use leptos::prelude::*;
use protocol::client::CallView;

use crate::{call::use_call, i18n::use_i18n};

/// How long each face of a ringing tab lasts.
const BLINK: Duration = Duration::from_millis(1000);
/// The tab's icon.
const ICON: &str = "/favicon.svg";
/// The tab's icon while somebody rings.
const ICON_RINGING: &str = "/favicon-ring.svg";

/// Keeps the title right; shows nothing itself. Does nothing on the server, whose shell writes the first title.
#[component]
pub fn PageTitle() -> impl IntoView {
    let t = use_i18n();
    let view = use_call().view;
    let caller = Memo::new(move |_| {
        view.call.with(|call| match call {
            CallView::Incoming { name, .. } => Some(name.clone()),
            _ => None,
        })
    });
    let blinked = RwSignal::new(false);
    Effect::new(move || {
        blinked.set(false);
        set_icon(ICON);
        if caller.with(Option::is_none) {
            return;
        }
        let timer = set_interval_with_handle(move || blinked.update(|blinked| *blinked = !*blinked), BLINK);
        if let Ok(timer) = timer {
            on_cleanup(move || timer.clear());
        }
    });
    Effect::new(move || {
        let texts = t.texts();
        let ringing = caller.get();
        let title = match (ringing, blinked.get(), view.unread.get()) {
            (Some(name), false, _) if name.is_empty() => texts.incoming_title.to_owned(),
            (Some(name), false, _) => format!("{name} — {}", texts.incoming_title),
            (_, _, 0) => texts.title.to_owned(),
            (_, _, unread) => format!("({unread}) {}", texts.title),
        };
        document().set_title(&title);
    });
    Effect::new(move || {
        if caller.with(Option::is_some) {
            set_icon(if blinked.get() { ICON } else { ICON_RINGING });
        }
    });
}

fn set_icon(href: &str) {
    if let Ok(Some(link)) = document().query_selector("link[rel='icon']") {
        // Only a malformed attribute name is refused.
        let _ = link.set_attribute("href", href);
    }
}
