//! A window over the page: a real `<dialog>`, so that the browser itself keeps the focus inside and gives it back.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A modal `<dialog>` that follows `open`.
#[component]
pub fn Modal(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// The person closed it (Esc, a click beside it).
    on_close: Callback<()>,
    /// Its CSS class.
    class: &'static str,
    /// The ids of the elements that name it.
    labelled_by: &'static str,
    /// The person can close it without answering.
    #[prop(default = true)]
    dismissible: bool,
    /// The accessible role; `alertdialog` for what must be answered.
    #[prop(default = "dialog")]
    role: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let show = move || {
        if let Some(dialog) = dialog.get_untracked()
            && !dialog.open()
        {
            // Fails only when the dialog is not in the document; then there is nothing to show it in.
            let _ = dialog.show_modal();
        }
    };
    Effect::new(move || {
        let is_open = open.get();
        let Some(element) = dialog.get() else { return };
        if is_open {
            show();
        } else if element.open() {
            // With the next frame: to give the focus back the browser lays the page out, and an answer to a call does not wait for that.
            request_animation_frame(move || {
                if open.try_get_untracked() == Some(false) {
                    element.close();
                }
            });
        }
    });
    let closed = move |_| match (open.get_untracked(), dismissible) {
        (true, true) => on_close.run(()),
        // A browser closes any dialog when Esc is pressed twice; this one stays until it is answered.
        (true, false) => show(),
        (false, _) => {}
    };
    let cancel = move |event: ev::Event| {
        if !dismissible {
            event.prevent_default();
        }
    };
    // The padding-less dialog itself is hit only beside its content: on the backdrop.
    let beside = |event: &web_sys::Event| event.target().is_some_and(|target| target.has_type::<web_sys::HtmlDialogElement>());
    // A text may be selected from within the window to beyond its edge: that is a click beside it, too.
    let pressed = StoredValue::new(false);
    let press = move |event: ev::PointerEvent| pressed.set_value(beside(&event));
    let click = move |event: ev::MouseEvent| {
        if dismissible && pressed.get_value() && beside(&event) {
            on_close.run(());
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class=format!("modal {class}")
            role=role
            aria-labelledby=labelled_by
            on:close=closed
            on:cancel=cancel
            on:pointerdown=press
            on:click=click
        >
            <div class="modal__content">{children()}</div>
        </dialog>
    }
    .into_any()
}
