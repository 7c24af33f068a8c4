//! The page's words. One struct, one value a language: a forgotten text does not compile. No text lives in components.

#[cfg(feature = "ssr")]
pub mod check;
mod en;
mod kk;
mod link;
mod ru;
#[cfg(feature = "ssr")]
pub mod trust;

use leptos::prelude::*;
use protocol::client::DeviceError;

pub use self::link::LinkTexts;
use crate::{browser, locale::Locale};

/// Everything the page says, in one language. Fields with `fn` take what stands inside the sentence.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is named for what it says; the text is beside it in every language file")]
pub struct Texts {
    // What the page is.
    pub title: &'static str,
    pub brand: &'static str,
    pub about: &'static str,
    pub privacy: &'static str,
    pub language: &'static str,
    pub language_name: &'static str,
    pub language_short: &'static str,
    pub theme_auto: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub close: &'static str,
    pub retry: &'static str,
    pub reload: &'static str,
    pub needs_script: &'static str,
    pub boot_failed: &'static str,
    pub panicked: &'static str,
    pub browser_too_old: &'static str,
    pub not_found: &'static str,
    pub not_found_why: &'static str,
    pub home: &'static str,

    // Coming together.
    pub connect: &'static str,
    pub connecting: &'static str,
    pub share_code: &'static str,
    pub room_code: &'static str,
    pub code_pending: &'static str,
    pub copy_code: &'static str,
    pub code_copied: &'static str,
    pub copy_link: &'static str,
    pub link_copied: &'static str,
    pub copy_by_hand: &'static str,
    pub share: &'static str,
    pub share_text: &'static str,
    pub show_qr: &'static str,
    pub hide_qr: &'static str,
    pub qr_of_link: &'static str,
    pub no_link: &'static str,
    pub or_enter: &'static str,
    pub your_name: &'static str,
    pub name_placeholder: &'static str,
    pub name_required: &'static str,
    pub enter_code: &'static str,
    pub code_placeholder: &'static str,
    pub code_hint: &'static str,
    pub joined_you: &'static str,
    pub invited: &'static str,
    pub stay_in_own_room: &'static str,
    pub waiting_for_friend: &'static str,
    pub steps: [&'static str; 3],

    // Why one did not come in.
    pub code_required: &'static str,
    pub code_malformed: &'static str,
    pub own_code: &'static str,
    pub no_room: &'static str,
    pub room_full: &'static str,
    pub too_many_attempts: fn(u32) -> String,
    pub in_call: &'static str,

    // People.
    pub stage: &'static str,
    pub you: &'static str,
    pub guest: &'static str,
    pub people: fn(u32) -> String,
    pub away: &'static str,
    pub out_of_reach: &'static str,
    pub interrupted: &'static str,
    pub camera_off: &'static str,
    pub camera_opening: &'static str,
    pub camera_failed: &'static str,
    pub camera_lost: &'static str,
    pub microphone_off: &'static str,
    pub microphone_lost: &'static str,
    pub speaking: &'static str,
    pub move_own_tile: &'static str,

    // The call.
    pub controls: &'static str,
    pub microphone: &'static str,
    pub camera: &'static str,
    pub call: &'static str,
    pub calling: fn(&str) -> String,
    pub call_connecting: &'static str,
    pub incoming: &'static str,
    pub incoming_title: &'static str,
    pub accept: &'static str,
    pub accept_no_camera: &'static str,
    pub decline: &'static str,
    pub hang_up: &'static str,
    pub leave_room: &'static str,
    pub leave_question: &'static str,
    pub stay: &'static str,
    pub tap_to_play: &'static str,

    // Notices.
    pub declined: &'static str,
    pub unanswered: &'static str,
    pub missed: fn(&str) -> String,
    pub ended: &'static str,
    pub vanished: fn(&str) -> String,
    pub end_call_first: &'static str,
    pub session_expired: &'static str,
    pub other_room: &'static str,
    pub no_connection: &'static str,
    pub server_full: &'static str,

    // Devices.
    pub no_camera: &'static str,
    pub no_microphone: &'static str,
    pub no_devices: &'static str,
    pub camera_errors: DeviceTexts,
    pub microphone_errors: DeviceTexts,
    pub both_errors: DeviceTexts,
    pub without_camera: &'static str,
    pub without_microphone: &'static str,
    pub devices: &'static str,
    pub no_choice: &'static str,
    pub meter: &'static str,
    pub meter_hint: &'static str,
    pub meter_off: &'static str,
    pub other_camera: &'static str,
    pub other_microphone: &'static str,
    pub camera_kept: &'static str,
    pub microphone_kept: &'static str,

    // The connection.
    pub reaching_server: &'static str,
    pub barred: &'static str,
    pub untrusted: &'static str,
    pub how_to_trust: &'static str,
    pub reconnecting: &'static str,
    pub superseded: &'static str,
    pub use_here: &'static str,
    pub outdated: &'static str,
    pub link: LinkTexts,

    // The chat.
    pub messages: &'static str,
    pub message_placeholder: &'static str,
    pub message_hint: &'static str,
    pub send: &'static str,
    pub chat_empty: &'static str,
    pub chat_news: &'static str,
    pub chat_first: &'static str,
    pub chat_truncated: &'static str,
    pub unread: fn(u32) -> String,
    pub joined: fn(&str) -> String,
    pub left: fn(&str) -> String,
    pub sending: &'static str,
    pub not_delivered: &'static str,
    pub refused_empty: &'static str,
    pub refused_too_long: &'static str,
    pub refused_other_room: &'static str,
    pub refused_unknown: &'static str,
    pub letters_left: fn(u32) -> String,
    pub letters_over: fn(u32) -> String,

    // Shortcuts.
    pub shortcuts: &'static str,
    pub shortcut_microphone: &'static str,
    pub shortcut_camera: &'static str,
    pub shortcut_chat: &'static str,
    pub shortcut_close: &'static str,
    pub shortcut_help: &'static str,
}

/// Why a device does not work and what to do, one text a [`DeviceError`].
#[derive(Debug)]
#[expect(missing_docs, reason = "named as the variants of the error")]
pub struct DeviceTexts {
    pub denied: &'static str,
    pub denied_by_system: &'static str,
    pub missing: &'static str,
    pub unplugged: &'static str,
    pub overconstrained: &'static str,
    pub busy: &'static str,
    pub insecure: &'static str,
    pub other: &'static str,
}

impl DeviceTexts {
    /// The text for this error.
    #[must_use]
    pub const fn of(&self, error: DeviceError) -> &'static str {
        match error {
            DeviceError::Denied => self.denied,
            DeviceError::DeniedBySystem => self.denied_by_system,
            DeviceError::Missing => self.missing,
            DeviceError::Unplugged => self.unplugged,
            DeviceError::Overconstrained => self.overconstrained,
            DeviceError::Busy => self.busy,
            DeviceError::Insecure => self.insecure,
            DeviceError::Other => self.other,
        }
    }
}

impl Texts {
    /// What somebody is called: their name, or the word for who has given none.
    #[must_use]
    pub fn who<'a>(&self, name: &'a str) -> &'a str {
        if name.is_empty() { self.guest } else { name }
    }
}

/// The texts of a language.
#[must_use]
pub fn texts(locale: Locale) -> &'static Texts {
    match locale {
        Locale::Kk => &kk::TEXTS,
        Locale::Ru => &ru::TEXTS,
        Locale::En => &en::TEXTS,
    }
}

/// The page's language, in context.
#[derive(Clone, Copy, Debug)]
pub struct I18n {
    locale: RwSignal<Locale>,
}

impl I18n {
    /// The texts now; tracked.
    #[must_use]
    pub fn texts(self) -> &'static Texts {
        texts(self.locale.get())
    }

    /// One text, following the language. Takes a plain function, so that all of them are one type in the WASM.
    pub fn of(self, pick: fn(&'static Texts) -> &'static str) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || pick(self.texts())
    }

    /// The language now; tracked.
    #[must_use]
    pub fn locale(self) -> Locale {
        self.locale.get()
    }

    /// Changes the language in place and remembers it. In the browser only.
    pub fn switch(self, locale: Locale) {
        self.locale.set(locale);
        browser::set_root_attribute("lang", locale.code());
        browser::remember(crate::locale::LOCALE_COOKIE, locale.code());
    }
}

/// Puts the language of the request, or of the rendered document, in context.
pub fn provide() {
    provide_context(I18n { locale: RwSignal::new(first_locale()) });
}

#[cfg(feature = "ssr")]
fn first_locale() -> Locale {
    crate::locale::of_request().0
}

#[cfg(not(feature = "ssr"))]
fn first_locale() -> Locale {
    browser::root_attribute("lang").and_then(|tag| Locale::from_tag(&tag)).unwrap_or_default()
}

/// The page's language.
///
/// # Panics
/// Outside `App`.
#[must_use]
pub fn use_i18n() -> I18n {
    expect_context::<I18n>()
}

/// The plural categories that the three languages need (CLDR): Russian one, few, many; Kazakh and English one, other (= many).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plural {
    One,
    Few,
    Many,
}

/// CLDR's rule for Russian whole numbers.
fn russian_plural(n: u32) -> Plural {
    match (n % 10, n % 100) {
        (_, 11..=14) => Plural::Many,
        (1, _) => Plural::One,
        (2..=4, _) => Plural::Few,
        _ => Plural::Many,
    }
}

/// CLDR's rule for Kazakh and English whole numbers.
fn simple_plural(n: u32) -> Plural {
    if n == 1 { Plural::One } else { Plural::Many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_numbers_take_the_right_form() {
        for (n, expected) in [
            (0, Plural::Many),
            (1, Plural::One),
            (2, Plural::Few),
            (4, Plural::Few),
            (5, Plural::Many),
            (11, Plural::Many),
            (12, Plural::Many),
            (14, Plural::Many),
            (21, Plural::One),
            (22, Plural::Few),
            (111, Plural::Many),
            (121, Plural::One),
        ] {
            assert_eq!(russian_plural(n), expected, "{n}");
        }
        let ru = texts(Locale::Ru);
        assert_eq!((ru.people)(1), "В комнате 1\u{a0}человек");
        assert_eq!((ru.people)(2), "В комнате 2\u{a0}человека");
        assert_eq!((ru.unread)(5), "5\u{a0}новых сообщений");
        assert_eq!((ru.letters_over)(21), "21\u{a0}лишний знак");
    }

    #[test]
    fn kazakh_and_english_numbers_take_the_right_form() {
        let (kk, en) = (texts(Locale::Kk), texts(Locale::En));
        assert_eq!((kk.people)(2), "Бөлмеде 2\u{a0}адам");
        assert_eq!((en.people)(1), "1\u{a0}person in the room");
        assert_eq!((en.people)(2), "2\u{a0}people in the room");
        assert_eq!((en.unread)(1), "1\u{a0}new message");
    }

    #[test]
    fn the_fixed_accessible_names_are_as_agreed() {
        for (locale, connect, call, hang_up) in [
            (Locale::Kk, "Жалғану", "Хабарласу", "Аяқтау"),
            (Locale::Ru, "Подключиться", "Позвонить", "Завершить"),
            (Locale::En, "Connect", "Call", "Hang up"),
        ] {
            let texts = texts(locale);
            assert_eq!((texts.connect, texts.call, texts.hang_up), (connect, call, hang_up));
        }
    }
}
