//! The other's place while nobody is there: the code to share first, then what this is, how it works, and what the server keeps.

use leptos::prelude::*;

use crate::{components::share_code::ShareCode, i18n::use_i18n};

/// The tile that waits for somebody.
#[component]
pub fn EmptyTile() -> impl IntoView {
    let t = use_i18n();
    view! {
        <section class="tile tile--empty" data-tile="empty" aria-labelledby="empty-title">
            <div class="empty">
                <h2 class="empty__title" id="empty-title">
                    {t.of(|t| t.waiting_for_friend)}
                </h2>
                <p class="empty__lead">{t.of(|t| t.share_code)}</p>
                <ShareCode />
                <p class="empty__about">{t.of(|t| t.about)}</p>
                <ol class="empty__steps">
                    <li>{t.of(|t| t.steps[0])}</li>
                    <li>{t.of(|t| t.steps[1])}</li>
                    <li>{t.of(|t| t.steps[2])}</li>
                </ol>
                <p class="empty__privacy">{t.of(|t| t.privacy)}</p>
            </div>
        </section>
    }
    .into_any()
}
