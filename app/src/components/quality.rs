//! How good the connection to one person is: bars, whose number says it without colour, and a name that says it in words.

use leptos::prelude::*;
use protocol::client::{Level, Tile};

use crate::{i18n::use_i18n, page::use_page};

/// Opens the connection's figures. There only while the quality is known: in a call.
#[component]
pub fn QualityButton(
    /// Whose connection.
    tile: Memo<Option<Tile>>,
) -> impl IntoView {
    let t = use_i18n();
    let open = use_page().link_open;
    let quality = move || tile.with(|tile| tile.as_ref().and_then(|tile| tile.quality));
    let words = move || quality().map_or("", |level| t.texts().link.levels[level as usize]);
    view! {
        <button
            class="quality"
            type="button"
            hidden=move || quality().is_none()
            data-quality=move || quality().map_or("unknown", name)
            aria-label=words
            title=words
            on:click=move |_| open.set(tile.with_untracked(|tile| tile.iter().map(|tile| tile.id).collect()))
        >
            {move || quality().map(bars)}
        </button>
    }
    .into_any()
}

/// Three bars, two, one; or none and a stroke through them.
pub fn bars(level: Level) -> AnyView {
    view! {
        <svg class="bars" data-level=name(level) viewBox="0 0 18 16" aria-hidden="true" focusable="false">
            <path d="M1.5 10h3v5h-3z"></path>
            <path d="M7.5 6h3v9h-3z"></path>
            <path d="M13.5 1.5h3V15h-3z"></path>
            <path class="bars__stroke" d="M1 1l16 14"></path>
        </svg>
    }
    .into_any()
}

/// A level as attributes say it.
const fn name(level: Level) -> &'static str {
    match level {
        Level::Good => "good",
        Level::Weak => "weak",
        Level::Poor => "poor",
        Level::Lost => "lost",
    }
}
