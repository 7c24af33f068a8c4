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
    /// Where others in this network reach it, such as `https://192.168.1.5:8443`, if it has https of its own there.
    pub lan_url: Option<String>,
    /// Who vouches for it in this network.
    pub authority: Option<Authority>,
}

/// The files that every page begins with, by their addresses; in context on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The script that loads the program.
    pub script: String,
    /// The program (WASM).
    pub program: String,
    /// The style.
    pub style: String,
}

/// A certificate authority that the server has made for its network: browsers warn until a device trusts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// What systems list it as.
    pub name: String,
    /// SHA-256 of its certificate, in pairs of hexadecimal digits.
    pub fingerprint: String,
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
    if address::is_home(&path) {
        return Home().into_any();
    }
    #[cfg(feature = "ssr")]
    if let Some(trust) = crate::pages::trust::of_path(&path) {
        return trust;
    }
    NotFound().into_any()
}
