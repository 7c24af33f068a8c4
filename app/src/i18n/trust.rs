//! The words of the page about trusting the server's own authority. On the server only: that page has no program, so its words weigh
//! nothing in the others'.

mod en;
mod kk;
mod ru;

use crate::locale::Locale;

/// What that page says, in one language.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is named for what it says; the text is beside it in every language file")]
pub struct TrustTexts {
    pub title: &'static str,
    pub why: &'static str,
    pub limits: &'static str,
    pub compare: &'static str,
    pub name: &'static str,
    pub fingerprint: &'static str,
    pub steps: &'static str,
    pub ios: SystemTexts,
    pub android: SystemTexts,
    pub windows: SystemTexts,
    pub macos: SystemTexts,
    pub linux: SystemTexts,
    pub firefox: SystemTexts,
    pub remove: &'static str,
    pub done: &'static str,
    pub open_site: &'static str,
    /// What an iPhone says of the profile before it is installed.
    pub profile: &'static str,
}

/// How to trust the authority on one system.
#[derive(Debug)]
pub struct SystemTexts {
    /// What the system is called.
    pub name: &'static str,
    /// The button that fetches the file.
    pub get: &'static str,
    /// What to do with it, in order.
    pub steps: &'static [&'static str],
}

/// The texts of a language.
#[must_use]
pub fn texts(locale: Locale) -> &'static TrustTexts {
    match locale {
        Locale::Kk => &kk::TEXTS,
        Locale::Ru => &ru::TEXTS,
        Locale::En => &en::TEXTS,
    }
}
