//! The QR code of a link, drawn here: no picture is fetched and nobody else sees the code.

use leptos::{prelude::*, svg};

use crate::{i18n::use_i18n, link};

/// The white border that readers need around a code, in modules (ISO/IEC 18004 §9.1).
const QUIET: i32 = 4;

/// A QR code as inline SVG; nothing if the text is too long for one.
#[component]
pub fn QrCode(
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let t = use_i18n();
    let picture = NodeRef::<svg::Svg>::new();
    // It is asked for to be held against a camera: where it opens below the edge, the page goes there by itself.
    Effect::new(move || {
        if let Some(picture) = picture.get() {
            request_animation_frame(move || picture.scroll_into_view_with_bool(false));
        }
    });
    let code = move || {
        text.with(|text| link::qr_path(text)).map(|(size, path)| {
            let side = size + 2 * QUIET;
            view! {
                <svg node_ref=picture class="qr" viewBox=format!("-{QUIET} -{QUIET} {side} {side}") role="img" aria-label=t.of(|t| t.qr_of_link)>
                    <path d=path></path>
                </svg>
            }
            .into_any()
        })
    };
    view! { {move || code()} }
}
