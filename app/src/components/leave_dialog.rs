//! Asks before leaving the room ends a call.

use leptos::prelude::*;
use protocol::client::{CallView, Command};

use crate::{call::use_call, components::modal::Modal, i18n::use_i18n, page::use_page};

/// The question, with "stay" first.
#[component]
pub fn LeaveDialog() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let open = use_page().leave_open;
    let close = move || open.set(false);
    let view = call.view;
    // There is nothing to ask any more.
    Effect::new(move || {
        if view.call.with(|call| *call == CallView::None) {
            close();
        }
    });
    let leave = move |_| {
        close();
        call.send(Command::Leave);
    };
    view! {
        <Modal open on_close=Callback::new(move |()| close()) class="modal--leave" labelled_by="leave-title" role="alertdialog">
            <h2 class="modal__title" id="leave-title">
                {t.of(|t| t.leave_question)}
            </h2>
            <div class="modal__buttons">
                <button class="button" type="button" on:click=move |_| close()>
                    {t.of(|t| t.stay)}
                </button>
                <button class="button button--danger" type="button" on:click=leave>
                    {t.of(|t| t.leave_room)}
                </button>
            </div>
        </Modal>
    }
    .into_any()
}
