//! How much of the window an on-screen keyboard covers, where it lies over the page instead of shrinking it (Safari), as the custom
//! property `--keyboard` of `<html>`.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::VisualViewport;

use crate::browser;

/// Follows the keyboard as long as the component that calls this lives, while `writing`. Does nothing on the server.
pub fn follow(writing: Signal<bool>) {
    Effect::new(move || {
        let Some(seen) = window().visual_viewport() else { return };
        let measure = move |seen: &VisualViewport| {
            let covered = if writing.get_untracked() { covered(seen) } else { 0 };
            browser::set_root_property("--keyboard", &format!("{covered}px"));
        };
        writing.track();
        measure(&seen);
        let of = seen.clone();
        let resized = Closure::<dyn Fn()>::new(move || measure(&of));
        seen.set_onresize(Some(resized.as_ref().unchecked_ref()));
        let kept = StoredValue::new_local((seen, resized));
        on_cleanup(move || {
            let _ = kept.try_with_value(|(seen, _)| seen.set_onresize(None));
        });
    });
}

/// In whole CSS pixels; 0 while the person has zoomed in, which makes the visible part smaller too.
fn covered(seen: &VisualViewport) -> u32 {
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).filter(|_| seen.scale() <= 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the window's height; saturates")]
    height.map_or(0, |height| (height - seen.height() - seen.offset_top()).ceil() as u32)
}
