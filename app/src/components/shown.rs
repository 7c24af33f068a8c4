//! Shows something only while a condition holds.

use leptos::prelude::*;

/// Like Leptos' own `Show`, but of one type for all uses: that one is compiled anew for each condition and each content, several
/// kilobytes of WASM a time.
#[component]
pub fn Shown(
    /// The condition; tracked. What is shown is made anew only when it changes.
    #[prop(into)]
    when: Signal<bool>,
    /// What is shown.
    children: ChildrenFn,
) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    view! { {move || when.get().then(|| children())} }
}
