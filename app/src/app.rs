//! The root: puts the call, the language, the theme and the page's own state in context, and chooses the page by the address.
//!
//! Rendered on the server for every address, hydrated once in the browser.

use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    call::CallHandle,
    i18n,
    page::{self, PageState},
    pages::{address::Address, not_found::NotFound},
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

    view! {
        <Router>
            <FlatRoutes fallback=NotFound>
                // One route for `/` and `/<code>`: going from one to the other must not rebuild the page and its videos.
                <Route path=path!("/:code?") view=Address />
            </FlatRoutes>
        </Router>
    }
}
