//! The root: puts the call, the language, the theme and the page's own state in context, and chooses the page by the address.
//!
//! Rendered on the server for every address, hydrated once in the browser.

use leptos::prelude::*;

use crate::{
    call::CallHandle,
    i18n,
    page::{self, PageState},
    pages::{address, home::Home, not_found::NotFound},
};

/// What the server knows and the page needs; in context on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageConfig {
    /// The address under which others reach this server, such as `https://school.example`; `None`: the one in the address bar.
    pub public_url: Option<String>,
}

/// The whole page. Takes the [`CallHandle`] in context (the browser's engine), else an inert one.
#[component]
pub fn App() -> impl IntoView {
    provide_context(use_context::<CallHandle>().unwrap_or_else(CallHandle::inert));
    i18n::provide();
    provide_context(PageState::new());
    page::when_hydrated();

    let path = address::current();
    // In the browser it is not this program's, see there.
    #[cfg(feature = "ssr")]
    if address::is_check(&path) {
        return crate::pages::check::Check().into_any();
    }
    // Once and for all: going from `/` to `/<code>` and back changes the address bar alone, never the page and its videos.
    if address::is_home(&path) { Home().into_any() } else { NotFound().into_any() }
}
