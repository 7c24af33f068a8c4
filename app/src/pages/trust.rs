//! `/ca`: how a device comes to trust the authority that the server has made for its network. Rendered on the server only, without a
//! program: it has to work in browsers that do not trust the server yet, by http too.

use axum::http::{HeaderName, HeaderValue, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::{
    Authority, PageConfig,
    components::header::Brand,
    i18n::{
        self,
        trust::{SystemTexts, TrustTexts, texts},
    },
    locale::{self, LOCALE_COOKIE, Locale},
    pages::address::TRUST,
};

/// Whether a path shows this page: only where there is an authority.
#[must_use]
pub fn is_of_path(path: &str) -> bool {
    path == TRUST && authority().is_some()
}

/// This page, if the path is its own and there is an authority.
#[must_use]
pub fn of_path(path: &str) -> Option<AnyView> {
    let authority = authority().filter(|_| path == TRUST)?;
    Some(view! { <Trust authority /> }.into_any())
}

fn authority() -> Option<Authority> {
    use_context::<PageConfig>()?.authority
}

/// What a visitor's browser runs on, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Ios,
    Android,
    Windows,
    Macos,
    Linux,
    Firefox,
}

impl System {
    const ALL: [Self; 6] = [Self::Ios, Self::Android, Self::Windows, Self::Macos, Self::Linux, Self::Firefox];

    /// From the `User-Agent` (RFC 9110 §10.1.5). A guess: it only decides which steps are open.
    fn of(agent: &str) -> Option<Self> {
        let has = |word: &str| agent.contains(word);
        if has("iPhone") || has("iPad") {
            Some(Self::Ios)
        } else if has("Android") {
            Some(Self::Android)
        } else if has("Firefox/") {
            Some(Self::Firefox)
        } else if has("Windows") {
            Some(Self::Windows)
        } else if has("Mac OS X") {
            Some(Self::Macos)
        } else {
            (has("Linux") || has("CrOS")).then_some(Self::Linux)
        }
    }

    const fn texts(self, texts: &'static TrustTexts) -> &'static SystemTexts {
        match self {
            Self::Ios => &texts.ios,
            Self::Android => &texts.android,
            Self::Windows => &texts.windows,
            Self::Macos => &texts.macos,
            Self::Linux => &texts.linux,
            Self::Firefox => &texts.firefox,
        }
    }

    /// The authority in the form that this system takes.
    const fn file(self) -> &'static str {
        match self {
            Self::Ios => "/ca.mobileconfig",
            Self::Linux => "/ca.pem",
            _ => "/ca.crt",
        }
    }
}

#[component]
fn Trust(authority: Authority) -> impl IntoView {
    let language = locale::of_request().0;
    remember(language);
    let texts = texts(language);
    let agent = use_context::<Parts>().and_then(|parts| Some(parts.headers.get(header::USER_AGENT)?.to_str().ok()?.to_owned()));
    let own = agent.as_deref().and_then(System::of);
    let site =
        use_context::<PageConfig>().and_then(|config| config.public_url.or(config.lan_url)).unwrap_or_else(|| "/".to_owned());
    view! {
        <main class="trust">
            <div class="trust__top">
                <Brand />
                {languages(language)}
            </div>
            <h2 class="trust__title">{texts.title}</h2>
            <p>{texts.why}</p>
            <p class="trust__quiet">{texts.limits}</p>
            <dl class="trust__card">
                <dt>{texts.name}</dt>
                <dd>{authority.name}</dd>
                <dt>{texts.fingerprint}</dt>
                <dd>
                    <code class="trust__fingerprint">{authority.fingerprint}</code>
                </dd>
            </dl>
            <p>{texts.compare}</p>
            <section class="trust__systems">
                <h3 class="trust__heading">{texts.steps}</h3>
                {System::ALL.map(|system| steps(system, system.texts(texts), own == Some(system))).into_iter().collect_view()}
                <p class="trust__quiet">{texts.remove}</p>
            </section>
            <div class="trust__done">
                <p>{texts.done}</p>
                <a class="button button--primary" href=site rel="external">
                    {texts.open_site}
                </a>
            </div>
        </main>
    }
    .into_any()
}

fn steps(system: System, texts: &'static SystemTexts, open: bool) -> AnyView {
    view! {
        <details class="trust__system" open=open name="system">
            <summary class="trust__name">{texts.name}</summary>
            <ol class="trust__steps">{texts.steps.iter().map(|step| view! { <li>{*step}</li> }.into_any()).collect_view()}</ol>
            <a class="button" href=system.file() rel="external">
                {texts.get}
            </a>
        </details>
    }
    .into_any()
}

/// The languages as links: without a program there is no list to choose from.
fn languages(now: Locale) -> AnyView {
    let link = |locale: Locale| {
        let href = format!("{TRUST}?lang={}", locale.code());
        let current = (locale == now).then_some("true");
        view! {
            <a class="trust__language" href=href lang=locale.code() hreflang=locale.code() aria-current=current rel="external">
                {i18n::texts(locale).language_name}
            </a>
        }
        .into_any()
    };
    view! { <nav class="trust__languages" aria-label=i18n::texts(now).language>{Locale::ALL.map(link).into_iter().collect_view()}</nav> }.into_any()
}

/// Keeps the language that was chosen by the address, as the other pages do.
fn remember(language: Locale) {
    let asked = use_context::<Parts>().is_some_and(|parts| parts.uri.query().is_some_and(|query| query.starts_with("lang=")));
    if let (true, Some(response)) = (asked, use_context::<ResponseOptions>()) {
        let cookie = format!("{LOCALE_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", language.code());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.insert_header(HeaderName::from_static("set-cookie"), cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_the_visitors_own_system_are_open() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
                System::Ios,
            ),
            ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36", System::Android),
            ("Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", System::Android),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36", System::Windows),
            ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", System::Firefox),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", System::Macos),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36", System::Linux),
        ] {
            assert_eq!(System::of(agent), Some(expected), "{agent}");
        }
        assert_eq!(System::of("curl/8"), None);
    }
}
