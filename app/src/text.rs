//! Finds the links in a message. Everything else of it is text and is shown as text.

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Shown as it is.
    Text(String),
    /// A web address to open; begins with `http://` or `https://`, as it was written.
    Link(String),
}

/// Splits a message into text and `http`/`https` links. Joined together, the pieces are the message.
#[must_use]
pub fn pieces(message: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut search_from = 0;
    while let Some(start) = next_scheme(message, search_from) {
        let end = start + address_length(&message[start..]);
        let after_scheme = start + scheme_length(&message[start..]);
        search_from = after_scheme;
        // A scheme with nothing behind it, or inside a word, is no link.
        let inside_word = message[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        let host_begins = message[after_scheme..end].chars().next().is_some_and(|c| c.is_alphanumeric() || c == '[');
        if inside_word || !host_begins {
            continue;
        }
        if text_from < start {
            pieces.push(Piece::Text(message[text_from..start].to_owned()));
        }
        pieces.push(Piece::Link(message[start..end].to_owned()));
        text_from = end;
        search_from = end;
    }
    if text_from < message.len() {
        pieces.push(Piece::Text(message[text_from..].to_owned()));
    }
    pieces
}

/// The length of the scheme at the start of `text`, 0 if there is none.
fn scheme_length(text: &str) -> usize {
    ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
        .map_or(0, str::len)
}

fn next_scheme(message: &str, from: usize) -> Option<usize> {
    message[from..].match_indices(['h', 'H']).map(|(at, _)| from + at).find(|at| scheme_length(&message[*at..]) > 0)
}

/// How much of `text`, which begins with an address, is the address: up to a space, a quote or an angle bracket, without the
/// punctuation of the sentence around it.
fn address_length(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '«' | '»' | '“' | '”' | '`');
    let mut address = &text[..text.find(ends).unwrap_or(text.len())];
    while let Some(last) = address.chars().next_back() {
        let opening = match last {
            ')' => Some('('),
            ']' => Some('['),
            _ => None,
        };
        let of_the_sentence = match opening {
            // A closing bracket belongs to the address only if it was opened in it.
            Some(opening) => address.matches(last).count() > address.matches(opening).count(),
            None => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…'),
        };
        if !of_the_sentence {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(message: &str) -> Vec<String> {
        let pieces = pieces(message);
        let joined: String = pieces.iter().map(|(Piece::Text(text) | Piece::Link(text))| text.as_str()).collect();
        assert_eq!(joined, message, "nothing is lost");
        pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Link(link) => Some(link),
                Piece::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn web_addresses_become_links_without_the_sentence_around_them() {
        for (message, expected) in [
            ("https://example.kz", vec!["https://example.kz"]),
            ("қара: https://example.kz/а/б?x=1#y.", vec!["https://example.kz/а/б?x=1#y"]),
            ("(http://example.kz/a_(b))", vec!["http://example.kz/a_(b)"]),
            ("HTTPS://Example.kz, http://10.0.0.5:3000/k7m2!", vec!["HTTPS://Example.kz", "http://10.0.0.5:3000/k7m2"]),
            ("«https://example.kz»\nhttp://[::1]/", vec!["https://example.kz", "http://[::1]/"]),
            ("бір hhttps://x.kz екі", vec![]),
        ] {
            assert_eq!(links(message), expected, "{message}");
        }
    }

    #[test]
    fn nothing_else_becomes_a_link() {
        for message in [
            "",
            "сәлем",
            "javascript:alert(1)",
            "data:text/html,<script>",
            "ftp://example.kz",
            "https://",
            "http://.",
            "https:// x",
            "example.kz",
            "hhhh",
        ] {
            assert_eq!(links(message), Vec::<String>::new(), "{message}");
        }
    }

    #[test]
    fn markup_ends_a_link_and_stays_text() {
        assert_eq!(links("<a href=\"https://x.kz\"onclick=alert(1)>https://y.kz</a>"), ["https://x.kz", "https://y.kz"]);
    }
}
