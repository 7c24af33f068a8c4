//! The visitor's language and theme: read from the request on the server, from `<html>` in the browser, so that both sides of
//! hydration agree. Remembered in cookies.

/// A language the page speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Kazakh; what a visitor gets whose browser names none of the three.
    #[default]
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Locale {
    /// Every language, in the order of the language list.
    pub const ALL: [Self; 3] = [Self::Kk, Self::Ru, Self::En];

    /// The code for `<html lang>` (RFC 5646).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `ru` or `ru-KZ`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        Self::ALL.into_iter().find(|locale| locale.code().eq_ignore_ascii_case(primary))
    }

    /// The visitor's language: the remembered one, else the best of `Accept-Language` (RFC 9110 §12.5.4), else Kazakh.
    #[must_use]
    pub fn negotiate(cookies: Option<&str>, accept_language: Option<&str>) -> Self {
        let remembered = cookies.and_then(|cookies| cookie(cookies, LOCALE_COOKIE)).and_then(Self::from_tag);
        remembered.or_else(|| best_accepted(accept_language?)).unwrap_or_default()
    }
}

/// Of the languages with the highest weight, the first; a weight of 0 refuses.
fn best_accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(Locale, u32)> = None;
    for item in header.split(',') {
        let mut parts = item.split(';');
        let Some(locale) = parts.next().and_then(|tag| Locale::from_tag(tag.trim())) else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1000, |q| q.trim().parse::<f32>().map_or(0, thousandths));
        if weight > 0 && best.is_none_or(|(_, found)| weight > found) {
            best = Some((locale, weight));
        }
    }
    best.map(|(locale, _)| locale)
}

/// A weight between 0 and 1 as thousandths; it has at most three digits after the point.
fn thousandths(q: f32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 first")]
    let weight = (q.clamp(0.0, 1.0) * 1000.0).round() as u32;
    weight
}

/// How the page is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the system is.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The value of `<html data-theme>` and of the cookie.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a code; anything else is `Auto`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.code() == code).unwrap_or_default()
    }

    /// The remembered theme.
    #[must_use]
    pub fn negotiate(cookies: Option<&str>) -> Self {
        cookies.and_then(|cookies| cookie(cookies, THEME_COOKIE)).map(Self::from_code).unwrap_or_default()
    }

    /// What the theme button switches to.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

/// A cookie that remembers a choice for a year, for this site only, as `document.cookie` takes it.
#[must_use]
pub fn remembered(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax")
}

/// The cookie that remembers the language.
pub const LOCALE_COOKIE: &str = "locale";
/// The cookie that remembers the theme.
pub const THEME_COOKIE: &str = "theme";

/// The value of a cookie in a `Cookie` header (RFC 6265 §4.2).
fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// The language and theme of the request that is being rendered. Without one (routes being listed): the defaults.
#[cfg(feature = "ssr")]
#[must_use]
pub fn of_request() -> (Locale, Theme) {
    use axum::http::{header, request::Parts};

    let Some(parts) = leptos::prelude::use_context::<Parts>() else {
        return Default::default();
    };
    // A page without a program switches the language by its address.
    let asked = parts.uri.query().and_then(|query| query.strip_prefix("lang=")).and_then(Locale::from_tag);
    let text = |name| parts.headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let cookies = text(header::COOKIE);
    let locale = asked.unwrap_or_else(|| Locale::negotiate(cookies, text(header::ACCEPT_LANGUAGE)));
    (locale, Theme::negotiate(cookies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_comes_from_the_cookie_then_the_browser_then_is_kazakh() {
        for (cookies, accepted, expected) in [
            (None, None, Locale::Kk),
            (Some("theme=dark; locale=ru"), Some("en"), Locale::Ru),
            (Some("locale=xx"), Some("en"), Locale::En),
            (Some("xlocale=ru"), None, Locale::Kk),
            (None, Some("en-GB,ru;q=0.9"), Locale::En),
            (None, Some("de-DE, de;q=0.9, ru-KZ;q=0.7, en;q=0.8"), Locale::En),
            (None, Some("en;q=0.5,ru;q=0.5"), Locale::En),
            (None, Some("ru;q=0, en;q=0.1"), Locale::En),
            (None, Some("de, fr;q=0.8, *;q=0.5"), Locale::Kk),
            (None, Some("KK-Cyrl"), Locale::Kk),
            (None, Some(";;,,q=1,en;q=nonsense"), Locale::Kk),
        ] {
            assert_eq!(Locale::negotiate(cookies, accepted), expected, "{cookies:?} {accepted:?}");
        }
    }

    #[test]
    fn the_theme_is_remembered_and_goes_round() {
        assert_eq!(Theme::negotiate(Some("a=b; theme=dark")), Theme::Dark);
        assert_eq!(Theme::negotiate(Some("theme=<script>")), Theme::Auto);
        assert_eq!(Theme::Auto.next().next().next(), Theme::Auto);
    }
}
