//! Identifiers: parsed at the edge, bounded, never just strings afterwards.

use std::{fmt, str::FromStr};

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::{is_override, is_unseen};

/// A text that is not the identifier it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdError {
    /// Nothing was given, or only spaces and dashes.
    #[error("empty")]
    Empty,
    /// Not of this identifier's form.
    #[error("malformed")]
    Malformed,
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The identifier with this number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// Its number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:x})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                if text.is_empty() {
                    return Err(ParseIdError::Empty);
                }
                if text.len() != 16 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(ParseIdError::Malformed);
                }
                u64::from_str_radix(text, 16).map(Self).map_err(|_| ParseIdError::Malformed)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

hex_id!(
    /// A room, inside the server. Never shown: people know rooms by [`RoomCode`].
    RoomId
);
hex_id!(
    /// A person in one tab, across reloads.
    ParticipantId
);
hex_id!(
    /// One loading of the page: the same while a socket is re-established, another after a reload.
    PageId
);
hex_id!(
    /// A chat message, chosen by its sender; unique with room and sender.
    MessageId
);
hex_id!(
    /// A call in a room.
    CallId
);

/// How many letters a code has.
pub const CODE_LETTERS: usize = 12;

/// The letters of a code: no `0 1 i l o`, which are mistaken for one another. 31 letters, so 12 of them carry 59.4 bits.
pub const CODE_ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// A room's name for people: three groups of four letters, `k7m2-9xqd-4tza`. It is a key: never logged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomCode([u8; CODE_LETTERS]);

impl RoomCode {
    /// A code from random bytes. Bytes of 248 and above would favour some letters, so they are skipped.
    ///
    /// Returns `None` when fewer than twelve usable bytes were given (24 bytes are too few less than once in 10¹⁵).
    #[must_use]
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        let mut usable = bytes.iter().filter(|b| **b < 248);
        let mut letters = [0; CODE_LETTERS];
        for letter in &mut letters {
            *letter = CODE_ALPHABET[usize::from(*usable.next()?) % CODE_ALPHABET.len()];
        }
        Some(Self(letters))
    }

    /// What a person typed or pasted: a code in any case, with or without dashes and spaces, or a link whose path is a code; words
    /// and punctuation around it do not matter.
    ///
    /// Cyrillic letters that look like Latin ones are read as those, in addresses too (RFC 3986 §2.1 percent-encoding).
    ///
    /// # Errors
    /// [`ParseIdError::Empty`] when nothing was given, [`ParseIdError::Malformed`] when it is no code.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        // What has no shape comes along when something is copied.
        let text: String = text.chars().filter(|c| !is_unseen(*c) && !is_override(*c)).collect();
        let whole = Self::parse_alone(text.trim());
        let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '%'));
        whole.or_else(|error| words.filter_map(|word| Self::parse_alone(word).ok()).next().ok_or(error))
    }

    fn parse_alone(text: &str) -> Result<Self, ParseIdError> {
        let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
        let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let path = match scheme {
            Some(_) => rest.split_once('/').map_or("", |(_, path)| path),
            None => rest.rsplit_once('/').map_or(rest, |(_, last)| last),
        };
        let path = percent_decode_str(path.trim_matches('/'));
        let path = path.decode_utf8().map_err(|_| ParseIdError::Malformed)?;
        let mut letters = [0; CODE_LETTERS];
        let mut count = 0;
        for letter in path.chars() {
            if letter.is_whitespace() || matches!(letter, '-' | '–' | '—' | '‑' | '−' | '_' | '.') {
                continue;
            }
            let byte = u8::try_from(latin(letter)).map_err(|_| ParseIdError::Malformed)?;
            if count == CODE_LETTERS || !CODE_ALPHABET.contains(&byte) {
                return Err(ParseIdError::Malformed);
            }
            letters[count] = byte;
            count += 1;
        }
        match count {
            CODE_LETTERS => Ok(Self(letters)),
            0 if text.is_empty() || !text.contains("://") => Err(ParseIdError::Empty),
            _ => Err(ParseIdError::Malformed),
        }
    }
}

/// The small Latin letter, or the Latin twin of a Cyrillic one, for a code typed with the wrong keyboard layout.
fn latin(letter: char) -> char {
    match letter {
        'а' | 'А' => 'a',
        'в' | 'В' => 'b',
        'с' | 'С' => 'c',
        'е' | 'Е' => 'e',
        'н' | 'Н' => 'h',
        'к' | 'К' => 'k',
        'м' | 'М' => 'm',
        'р' | 'Р' => 'p',
        'т' | 'Т' => 't',
        'у' | 'У' | 'ү' | 'Ү' => 'y',
        'х' | 'Х' => 'x',
        other => other.to_ascii_lowercase(),
    }
}

impl fmt::Display for RoomCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, letter) in self.0.iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

/// A code is a key: its debug form shows nothing of it, so that it cannot slip into a log.
impl fmt::Debug for RoomCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomCode(…)")
    }
}

impl FromStr for RoomCode {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        Self::parse(text)
    }
}

impl Serialize for RoomCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoomCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Result<String, ParseIdError> {
        RoomCode::parse(text).map(|code| code.to_string())
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let same = Ok("k7m2-9xqd-4tza".to_owned());
        for typed in [
            "k7m2-9xqd-4tza",
            "K7M29XQD4TZA",
            "  k7m2 9xqd 4tza ",
            "k7m2–9xqd—4tza",
            "к7м2-9хqd-4тza",
            "https://school.example/k7m2-9xqd-4tza",
            "https://school.example/k7m2-9xqd-4tza?from=qr#x",
            "http://10.0.0.5:3000/K7M2-9XQD-4TZA/",
            "school.example/k7m2-9xqd-4tza",
            "/%D0%BA7%D0%BC2-9%D1%85qd-4%D1%82za",
            "https://school.example/k7m2%209xqd%204tza",
            "localhost:3000/k7m2-9xqd-4tza/",
            "school.example/k7m2-9xqd-4tza?a=b/c",
            "https://school.example/k7m2-9xqd-4tza рахмет",
            "Код: k7m2-9xqd-4tza.",
            "«k7m2-9xqd-4tza»,",
            "k7m2-9xqd-4tza\u{200b}",
        ] {
            assert_eq!(code(typed), same, "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for typed in ["", "   ", "---"] {
            assert_eq!(code(typed), Err(ParseIdError::Empty), "{typed:?}");
        }
        for typed in [
            "k7m2",
            "k7m2-9xqd-4tz0",
            "k7m2-9xqd-4tzaa",
            "https://school.example/",
            "<script>",
            "қазақстан",
            "%ff",
            "k7m2-9xqd-4tz%",
        ] {
            assert_eq!(code(typed), Err(ParseIdError::Malformed), "{typed:?}");
        }
    }

    #[test]
    fn random_codes_use_every_letter_evenly() {
        let all: Vec<u8> = (0..=255).collect();
        let mut seen = [0_u32; 31];
        for start in 0..256 {
            let bytes: Vec<u8> = all.iter().cycle().skip(start).step_by(7).take(24).copied().collect();
            let code = RoomCode::from_random(&bytes).expect("enough bytes");
            for letter in code.0 {
                let index = CODE_ALPHABET.iter().position(|l| *l == letter).expect("of the alphabet");
                seen[index] += 1;
            }
        }
        assert!(seen.iter().all(|n| *n > 0), "{seen:?}");
        assert_eq!(RoomCode::from_random(&[255; 64]), None);
    }

    #[test]
    fn a_code_never_shows_in_debug_output() {
        let code = RoomCode::parse("k7m2-9xqd-4tza").expect("a code");
        assert_eq!(format!("{code:?}"), "RoomCode(…)");
    }

    #[test]
    fn ids_round_trip_as_sixteen_hex_digits() {
        let id = ParticipantId::new(0xab);
        assert_eq!(id.to_string(), "00000000000000ab");
        assert_eq!("00000000000000ab".parse(), Ok(id));
        assert_eq!("ab".parse::<ParticipantId>(), Err(ParseIdError::Malformed));
        assert_eq!("".parse::<ParticipantId>(), Err(ParseIdError::Empty));
    }
}
