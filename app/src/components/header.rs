//! The top of the page: the brand, the language, the theme, and the way to another's room.

use leptos::prelude::*;

use crate::{
    call::use_call,
    components::icon::{Glyph, Icon},
    i18n::{self, use_i18n},
    locale::{Locale, Theme},
    page::use_page,
};

/// The brand with the ornament line under it.
#[component]
pub fn Brand() -> impl IntoView {
    let t = use_i18n();
    view! {
        <div class="brand">
            <h1 class="brand__name">{t.of(|t| t.brand)}</h1>
            <Ornament />
        </div>
    }
    .into_any()
}

/// A line of koshkar-muiz, the ram's horn of steppe weaving, in straight lines as a loom makes it.
#[component]
fn Ornament() -> impl IntoView {
    view! {
        <svg class="ornament" viewBox="0 0 192 14" preserveAspectRatio="xMinYMid slice" aria-hidden="true" focusable="false">
            <defs>
                <pattern id="horn" width="32" height="14" patternUnits="userSpaceOnUse">
                    <path d="M0 13h32M16 13V2M16 2H5.5v8h6.5V6M16 2h10.5v8H20V6"></path>
                </pattern>
            </defs>
            <rect width="192" height="14" fill="url(#horn)"></rect>
        </svg>
    }
    .into_any()
}

/// The page's header.
#[component]
pub fn Header() -> impl IntoView {
    let t = use_i18n();
    let page = use_page();
    let others = use_call().view.others;
    let alone = Memo::new(move |_| others.with(Vec::is_empty));
    view! {
        <header class="header">
            <Brand />
            <div class="header__tools">
                <LanguageSelect />
                <button class="icon-button help-button" type="button" aria-label=t.of(|t| t.shortcuts) title=t.of(|t| t.shortcuts) on:click=move |_| page.help_open.set(true)>
                    <Glyph icon=Icon::Help />
                </button>
                <ThemeButton />
            </div>
            // Once somebody is here it is no longer what comes next.
            <button
                class=move || if alone.get() { "button button--primary header__connect" } else { "button header__connect" }
                type="button"
                on:click=move |_| page.connect_open.set(true)
            >
                {t.of(|t| t.connect)}
            </button>
        </header>
    }
    .into_any()
}

#[component]
fn LanguageSelect() -> impl IntoView {
    let t = use_i18n();
    let chosen = move |event| {
        if let Some(locale) = Locale::from_tag(&event_target_value(&event)) {
            t.switch(locale);
        }
    };
    view! {
        <label class="language">
            <span class="visually-hidden">{t.of(|t| t.language)}</span>
            <span class="language__short" aria-hidden="true">
                {t.of(|t| t.language_short)}
            </span>
            <select class="language__select" on:change=chosen>
                {Locale::ALL
                    .map(|locale| {
                        view! {
                            <option value=locale.code() lang=locale.code() selected=move || t.locale() == locale>
                                {i18n::texts(locale).language_name}
                            </option>
                        }
                        .into_any()
                    })
                    .into_iter()
                    .collect_view()}
            </select>
        </label>
    }
    .into_any()
}

#[component]
fn ThemeButton() -> impl IntoView {
    let t = use_i18n();
    let page = use_page();
    let label = move || match page.theme.get() {
        Theme::Auto => t.texts().theme_auto,
        Theme::Light => t.texts().theme_light,
        Theme::Dark => t.texts().theme_dark,
    };
    view! {
        <button class="icon-button" type="button" aria-label=label title=label on:click=move |_| page.switch_theme()>
            <Glyph icon=Icon::Theme />
        </button>
    }
    .into_any()
}
