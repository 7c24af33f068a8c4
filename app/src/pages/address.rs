//! Which page an address shows. There are too few for a router, which would be a tenth of the WASM.

use protocol::id::RoomCode;

/// The page about the authority of the own network. Only the server renders it, and only where there is one.
pub const TRUST: &str = "/ca";

/// Whether a path shows the home page: `/`, and `/<code>` for whatever has the form of a code. Whether the code leads anywhere
/// is the session's to find out.
#[must_use]
pub fn is_home(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|code| code.is_empty() || !code.contains('/') && RoomCode::parse(code).is_ok())
}

/// Whether a path shows the check of devices and connection.
#[must_use]
pub fn is_check(path: &str) -> bool {
    path == "/check"
}

/// The path of the request that is being rendered, of the document in the browser.
#[cfg(feature = "ssr")]
#[must_use]
pub fn current() -> String {
    use axum::http::request::Parts;

    leptos::prelude::use_context::<Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default()
}

/// The path of the request that is being rendered, of the document in the browser.
#[cfg(not(feature = "ssr"))]
#[must_use]
pub fn current() -> String {
    leptos::prelude::window().location().pathname().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_home;

    #[test]
    fn home_is_the_root_and_what_has_the_form_of_a_code() {
        for (path, expected) in [
            ("/", true),
            ("/k7m2-9xqd-4tza", true),
            ("/K7M29XQD4TZA", true),
            ("/%D0%BA7%D0%BC2-9%D1%85qd-4%D1%82za", true),
            ("", false),
            ("/k7m2", false),
            ("/k7m2-9xqd-4tza/", false),
            ("/rooms/k7m2-9xqd-4tza", false),
            ("//k7m2-9xqd-4tza", false),
            ("/robots.txt", false),
            ("/check", false),
        ] {
            assert_eq!(is_home(path), expected, "{path}");
        }
    }
}
