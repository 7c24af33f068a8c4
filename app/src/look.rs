//! How a person without a picture looks: initials on a colour that stays the same for the same name, on every page.

/// How many colours there are; `style/person.css` names them `data-hue="0"` and up.
pub const HUES: u32 = 8;

/// The colour of a name.
#[must_use]
pub fn hue(name: &str) -> u32 {
    // FNV-1a: the same on server and page, in every version.
    let hash =
        lower_case(name.trim()).bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 16)) % HUES
}

/// The first letters of the first and the last word, in capitals; empty for an empty name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().map(first_letter).unwrap_or_default();
    let last = words.next_back().map(first_letter).unwrap_or_default();
    first + &last
}

/// The first letter of a word with what belongs to it, so that an emoji or an accented letter stays whole.
fn first_letter(word: &str) -> String {
    let start = word.find(char::is_alphanumeric).map_or(word, |at| &word[at..]);
    let mut letter = String::new();
    let mut joined = false;
    for character in start.chars() {
        if !letter.is_empty() && !joined && !extends(character) {
            break;
        }
        joined = character == ZERO_WIDTH_JOINER;
        letter.push(character);
    }
    upper_case(&letter)
}

// The tables that tell small letters from capitals are a twentieth of the WASM, and every browser has them.

#[cfg(target_family = "wasm")]
fn lower_case(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(target_family = "wasm")]
fn upper_case(text: &str) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

#[cfg(not(target_family = "wasm"))]
fn lower_case(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(not(target_family = "wasm"))]
fn upper_case(text: &str) -> String {
    text.to_uppercase()
}

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Whether a character continues the one before (the common cases of Unicode's grapheme rules, UAX #29).
fn extends(character: char) -> bool {
    matches!(character, ZERO_WIDTH_JOINER | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("", ""),
            ("  ", ""),
            ("айгүл", "А"),
            ("Қанат Ғабитұлы", "ҚҒ"),
            ("Anna Maria Schmidt", "AS"),
            ("(әже) үй", "ӘҮ"),
            ("е\u{301}ж", "Е\u{301}"),
            ("👩\u{200d}🏫 Ойдана", "👩\u{200d}🏫О"),
            ("<b>", "B"),
        ] {
            assert_eq!(initials(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(hue("Айгүл"), hue(" айгүл "));
        let seen: std::collections::BTreeSet<u32> =
            ["Айгүл", "Данияр", "Ержан", "Мария", "Tom", "Әсел", "Нұрлан", "Ann", "Олжас", "Гүлнар", "Ivan", "Kate"]
                .map(hue)
                .into();
        assert!(seen.len() > 4 && seen.iter().all(|hue| *hue < HUES), "{seen:?}");
    }
}
