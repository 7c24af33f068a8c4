//! The data saver's switch, and what the call has taken.

use leptos::prelude::*;
use protocol::client::Command;

use crate::{call::use_call, i18n::use_i18n};

/// Takes effect at once, in both directions, and is remembered.
#[component]
pub fn DataSaver() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let weak = call.view.weak;
    let used = move || match weak.get().used {
        0 => String::new(),
        used => t.texts().link.used_in_call(used),
    };
    let switch = move |_| call.send(Command::SaveData(!weak.get_untracked().data_saver));
    view! {
        <div class="saver">
            <button
                class="switch"
                type="button"
                role="switch"
                aria-checked=move || weak.get().data_saver.to_string()
                aria-describedby="data-saver-hint"
                on:click=switch
            >
                <span>{t.of(|t| t.link.data_saver)}</span>
                <span class="switch__track" aria-hidden="true"></span>
            </button>
            <p class="field__hint" id="data-saver-hint">
                {t.of(|t| t.link.data_saver_hint)}
                " "
                <span data-used>{used}</span>
            </p>
        </div>
    }
    .into_any()
}
