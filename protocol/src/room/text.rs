//! What names and messages may hold. Length is counted in characters; no character is ever cut in two.

use crate::message::{ChatError, NAME_MAX, TEXT_MAX};

/// A name as it is shown: on one line, without control characters and direction overrides, at most [`NAME_MAX`] characters.
///
/// An override in a name would turn around the text that follows it.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let visible = name.trim().chars().map(|c| if is_break(c) { ' ' } else { c }).filter(|c| !c.is_control() && !is_override(*c));
    let name: String = visible.take(NAME_MAX).collect();
    name.trim().to_owned()
}

/// A message as it is kept: control characters but line breaks and tabs are removed, line breaks are `\n`.
#[must_use]
pub fn clean_text(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect()
}

/// The cleaned message, if it may be said.
pub(super) fn check_text(text: &str) -> Result<String, ChatError> {
    let text = clean_text(text);
    if text.trim().is_empty() {
        return Err(ChatError::Empty);
    }
    if text.chars().count() > TEXT_MAX {
        return Err(ChatError::TooLong);
    }
    Ok(text)
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates (Unicode Standard Annex #9 §2).
const fn is_override(c: char) -> bool {
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
        assert_eq!(check_text("a\r\nb\rc\n\td\u{0}\u{1b}[0m"), Ok("a\nb\nc\n\td[0m".to_owned()));
        assert_eq!(check_text(" \n\t\u{0} "), Err(ChatError::Empty));
        assert_eq!(check_text(&"қ".repeat(TEXT_MAX)), Ok("қ".repeat(TEXT_MAX)));
        assert_eq!(check_text(&"қ".repeat(TEXT_MAX + 1)), Err(ChatError::TooLong));
    }
}
