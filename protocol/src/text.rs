//! What names and messages may hold: one rule for the page that writes and the server that takes them. Length is counted in characters; no character is ever cut in two.

use crate::message::{ChatError, NAME_MAX, TEXT_MAX};

/// A name as it is shown: on one line, without control characters and direction overrides, at most [`NAME_MAX`] characters.
///
/// An override in a name would turn around the text that follows it.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let visible = name.trim().chars().map(|c| if is_break(c) { ' ' } else { c }).filter(|c| !c.is_control() && !is_override(*c));
    let name: String = visible.take(NAME_MAX).collect();
    let name = name.trim();
    // A name of which nothing can be seen is none.
    if name.chars().all(|c| is_unseen(c) || c.is_whitespace()) { String::new() } else { name.to_owned() }
}

/// A message as it is said, counted and kept: without control characters but line breaks (`\n`) and tabs, and without blanks around it.
#[must_use]
pub fn clean_text(text: &str) -> String {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect();
    text.trim().to_owned()
}

/// How many characters of a message count.
#[must_use]
pub fn text_length(text: &str) -> usize {
    clean_text(text).chars().count()
}

/// Whether what [`clean_text`] gave may be said.
///
/// # Errors
/// It is empty, or longer than [`TEXT_MAX`].
pub fn check_text(clean: &str) -> Result<(), ChatError> {
    match clean.chars().count() {
        0 => Err(ChatError::Empty),
        length if length > TEXT_MAX => Err(ChatError::TooLong),
        _ => Ok(()),
    }
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

/// Characters without a shape (they join emoji, or letters, within a name), and the blank Hangul and Braille ones.
pub(crate) const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

/// Embeddings, overrides and isolates (Unicode Standard Annex #9 §2).
pub(crate) const fn is_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_clean_line() {
        assert_eq!(clean_name("  Айгүл \u{0}\u{7}Әбен\u{9b} "), "Айгүл Әбен");
        assert_eq!(clean_name("a\u{202e}b\u{2066}c\u{2069}"), "abc");
        assert_eq!(clean_name("two\nlines"), "two lines");
        assert_eq!(clean_name("\u{202e}  \n"), "");
        assert_eq!(clean_name("\u{200b} \u{2800}"), "");
        assert_eq!(clean_name(&"ұ".repeat(50)), "ұ".repeat(NAME_MAX));
        assert_eq!(clean_name("<b>👩‍🏫</b>"), "<b>👩‍🏫</b>");
    }

    #[test]
    fn cleaning_a_name_twice_changes_nothing_more() {
        let name = format!("{} x", "a".repeat(NAME_MAX - 1));
        assert_eq!(clean_name(&clean_name(&name)), clean_name(&name));
    }

    #[test]
    fn a_text_keeps_its_lines() {
        assert_eq!(clean_text("a\r\nb\rc\n\td\u{0}\u{1b}[0m"), "a\nb\nc\n\td[0m");
        assert_eq!(clean_text(" \u{0} a b\n\n"), "a b");
    }

    #[test]
    fn length_is_that_of_what_is_said() {
        let longest = "қ".repeat(TEXT_MAX);
        assert_eq!(text_length(&format!("  {longest}\u{0}\n ")), TEXT_MAX);
        assert_eq!(check_text(&longest), Ok(()));
        assert_eq!(check_text(&format!("{longest}қ")), Err(ChatError::TooLong));
        assert_eq!(check_text(&clean_text(" \n\t\u{0} ")), Err(ChatError::Empty));
    }
}
