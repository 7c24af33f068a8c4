//! How good the connection to one person is: bars, whose number says it without colour, and a name that says it in words.

use leptos::prelude::*;
use protocol::client::{Level, Tile};

use crate::{
    components::icon::{Glyph, Icon},
    i18n::use_i18n,
    page::use_page,
};

/// Opens the connection's figures. There only while the quality is known: in a call.
#[component]
pub fn QualityButton(
    /// Whose connection.
    tile: Memo<Option<Tile>>,
) -> impl IntoView {
    let t = use_i18n();
    let open = use_page().link_open;
    let quality = move || tile.get().and_then(|tile| tile.quality);
    let words = move || quality().map_or("", |level| t.texts().link.levels[level as usize]);
    view! {
        <button
            class="quality"
            type="button"
            data-quality=move || quality().map_or("unknown", name)
            aria-label=words
            title=words
            on:click=move |_| open.set(tile.get_untracked().map(|tile| tile.id).into_iter().collect())
        >
            <Glyph icon=Signal::derive(move || bars(quality().unwrap_or_default())) />
        </button>
    }
    .into_any()
}

/// Three bars, two, one; or none and a stroke through them.
#[must_use]
pub const fn bars(level: Level) -> Icon {
    match level {
        Level::Good => Icon::BarsThree,
        Level::Weak => Icon::BarsTwo,
        Level::Poor => Icon::BarsOne,
        Level::Lost => Icon::BarsNone,
    }
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
