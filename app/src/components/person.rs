//! A person without a picture: initials on the colour of the name.

use leptos::prelude::*;

use crate::{
    components::icon::{Glyph, Icon},
    look,
};

/// The initials of a name in a coloured circle; a figure where the name is not known yet. Hidden from screen readers: the name
/// stands beside it.
#[component]
pub fn Person(
    /// The name; may be empty.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let initials = move || name.with(|name| look::initials(name));
    let hue = move || name.with(|name| look::hue(name).to_string());
    view! {
        <div class="person" data-hue=hue data-unknown=move || name.with(String::is_empty).to_string() aria-hidden="true">
            <span class="person__initials">{move || initials()}</span>
            <Glyph icon=Icon::Person />
        </div>
    }
    .into_any()
}
