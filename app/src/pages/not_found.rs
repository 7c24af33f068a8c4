//! An address that leads nowhere, with the way back.

use leptos::prelude::*;

use crate::{components::header::Brand, i18n::use_i18n};

/// Says that there is no such page; on the server sets status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    let t = use_i18n();
    view! {
        <main class="lost">
            <Brand />
            <div class="lost__text">
                <h2>{t.of(|t| t.not_found)}</h2>
                <p>{t.of(|t| t.not_found_why)}</p>
                // A real navigation: the home page starts from the server.
                <a class="button button--primary" href="/" rel="external">
                    {t.of(|t| t.home)}
                </a>
            </div>
        </main>
    }
    .into_any()
}
