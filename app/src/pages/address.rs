//! `/` and `/<code>`: the home page. Any other single word is no page of this site.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::id::RoomCode;

use crate::pages::{home::Home, not_found::NotFound};

/// The home page if the address is `/` or has the form of a code, else [`NotFound`]. Whether the code leads anywhere is the
/// session's to find out.
#[component]
pub fn Address() -> impl IntoView {
    let params = use_params_map();
    let known = Memo::new(move |_| params.with(|params| params.get_str("code").is_none_or(|code| RoomCode::parse(code).is_ok())));
    move || if known.get() { Home().into_any() } else { NotFound().into_any() }
}
