//! The document around the page: head, language, theme, content security policy, and the notices for browsers in which the
//! page can't come alive. On the server only.

use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;

use crate::{
    App, Assets, PageConfig,
    i18n::{self, Texts},
    locale, pages,
};

/// Shows a notice when the page does not come alive. `%…%` are filled in by [`boot_script`].
const BOOT_SCRIPT: &str = include_str!("shell/boot.js");

/// Starts the program of the page `/check`.
const CHECKUP: &str = "import start from '/checkup/checkup.js'; start({ module_or_path: '/checkup/checkup_bg.wasm' })";

/// The whole document for one request. Sets the `Content-Security-Policy` header of its answer.
pub fn shell() -> impl IntoView {
    let (language, theme) = locale::of_request();
    let texts = i18n::texts(language);
    let config = use_context::<PageConfig>().unwrap_or_default();
    let Assets { script, program, style } = use_context().unwrap_or_default();
    let path = pages::address::current();
    let (checks, trust) = (pages::address::is_check(&path), pages::trust::is_of_path(&path));
    let title = match () {
        () if checks => i18n::check::CheckTexts::of(language).title,
        () if trust => i18n::trust::texts(language).title,
        () => texts.title,
    };
    let nonce = use_nonce();
    // Under `cargo leptos watch` the page is loaded anew after each build.
    let watched = std::env::var("LEPTOS_WATCH").is_ok().then(|| LeptosOptions::builder().output_name("").build());
    if let (Some(nonce), Some(response)) = (&nonce, use_context::<ResponseOptions>()) {
        set_policy(&response, nonce, watched.as_ref().map(|options| options.reload_port));
    }
    view! {
        <!DOCTYPE html>
        <html lang=language.code() data-theme=theme.code()>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
                />
                <title inner_html=title></title>
                <meta name="description" content=texts.about />
                <meta name="theme-color" content="#f2f7f9" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#0a1418" media="(prefers-color-scheme: dark)" />
                {config.public_url.map(|url| view! { <meta name="baylanys-public-url" content=url /> })}
                {config.lan_url.map(|url| view! { <meta name="baylanys-lan-url" content=url /> })}
                {config.authority.map(|_| view! { <meta name="baylanys-own-authority" content="" /> })}
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link rel="apple-touch-icon" href="/icon-180.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link id="style" rel="stylesheet" href=style />
                // The page of trust is for browsers that may not get through to anything else: it has no program.
                {(!trust).then(|| view! { <script nonce=nonce.clone() inner_html=boot_script()></script> })}
                {checks.then(|| view! { <script type="module" nonce=nonce.clone() inner_html=CHECKUP></script> })}
                {(!trust && !checks)
                    .then(|| {
                        view! {
                            {watched.map(|options| view! { <AutoReload options /> })}
                            // As a fetch without credentials, which is how the script asks for it.
                            <link rel="modulepreload" href=script.clone() crossorigin="anonymous" />
                            <link rel="preload" href=program.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                            <script type="module" nonce=nonce.clone() inner_html=start(&script, &program)></script>
                        }
                    })}
            </head>
            <body>
                // Hydration starts at the first node of the body.
                <App />
                {(!trust)
                    .then(|| {
                        view! {
                            <noscript>
                                <p class="boot-notice">{texts.needs_script}</p>
                            </noscript>
                        }
                    })}
            </body>
        </html>
    }
}

/// Only this site's own files, and of scripts in the document only those with this answer's nonce. Under `cargo leptos watch` also
/// the socket that tells of a new build.
fn set_policy(response: &ResponseOptions, nonce: &str, reload_port: Option<u32>) {
    let reload = reload_port.map(|port| format!(" ws://localhost:{port} ws://127.0.0.1:{port}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         media-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    if let Ok(value) = axum::http::HeaderValue::from_str(&policy) {
        response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, value);
    }
}

/// Loads the program and lets it take the page over.
fn start(script: &str, program: &str) -> String {
    format!("import('{script}').then(page => page.default({{ module_or_path: '{program}' }}).then(() => page.hydrate()))")
}

/// The script with its sentences, in all three languages: without the WASM there is no language switch.
fn boot_script() -> String {
    let sentences = |pick: fn(&Texts) -> &'static str| {
        let all: Vec<String> =
            locale::Locale::ALL.map(|locale| format!("[\"{}\",{:?}]", locale.code(), pick(i18n::texts(locale)))).into();
        format!("[{}]", all.join(","))
    };
    BOOT_SCRIPT
        .replace("%FAILED%", &sentences(|t| t.boot_failed))
        .replace("%RELOAD%", &sentences(|t| t.reload))
        .replace("%TOO_OLD%", &sentences(|t| t.browser_too_old))
}
