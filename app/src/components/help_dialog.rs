//! The list of keyboard shortcuts.

use leptos::prelude::*;

use crate::{components::modal::Modal, i18n::use_i18n, page::use_page};

/// Opens with `?`.
#[component]
pub fn HelpDialog() -> impl IntoView {
    let t = use_i18n();
    let open = use_page().help_open;
    let close = move || open.set(false);
    view! {
        <Modal open on_close=Callback::new(move |()| close()) class="modal--help" labelled_by="help-title">
            <h2 class="modal__title" id="help-title">
                {t.of(|t| t.shortcuts)}
            </h2>
            <dl class="shortcuts">
                <dt><kbd>"M"</kbd></dt>
                <dd>{t.of(|t| t.shortcut_microphone)}</dd>
                <dt><kbd>"V"</kbd></dt>
                <dd>{t.of(|t| t.shortcut_camera)}</dd>
                <dt><kbd>"C"</kbd></dt>
                <dd>{t.of(|t| t.shortcut_chat)}</dd>
                <dt><kbd>"Esc"</kbd></dt>
                <dd>{t.of(|t| t.shortcut_close)}</dd>
                <dt><kbd>"?"</kbd></dt>
                <dd>{t.of(|t| t.shortcut_help)}</dd>
            </dl>
            <div class="modal__buttons">
                <button class="button" type="button" on:click=move |_| close()>
                    {t.of(|t| t.close)}
                </button>
            </div>
        </Modal>
    }
    .into_any()
}
