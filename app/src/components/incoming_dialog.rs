//! Somebody rings: who, and three answers. The ring tone is the engine's.

use leptos::prelude::*;
use protocol::client::{CallView, Command};

use crate::{
    call::use_call,
    components::{
        icon::{Glyph, Icon},
        modal::Modal,
        person::Person,
    },
    i18n::use_i18n,
};

/// The incoming call. Stays until it is answered or the ringing ends.
#[component]
pub fn IncomingDialog() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let view = call.view;
    let open = Memo::new(move |_| view.call.with(|call| matches!(call, CallView::Incoming { .. })));
    let name = Signal::derive(move || {
        view.call.with(|call| match call {
            CallView::Incoming { name, .. } => name.clone(),
            _ => String::new(),
        })
    });
    let shown_name = move || name.with(|name| t.texts().who(name).to_owned());
    let send = move |command: Command| {
        let call = call.clone();
        move |_| call.send(command.clone())
    };
    view! {
        <Modal open on_close=Callback::new(|()| ()) class="modal--incoming" labelled_by="incoming-name incoming-title" dismissible=false role="alertdialog">
            <div class="incoming">
                <div class="incoming__person">
                    <Person name />
                </div>
                <p class="incoming__name" id="incoming-name">{move || shown_name()}</p>
                // It has the focus, no answer has: whoever is just typing must not answer by it.
                <h2 class="incoming__question" id="incoming-title" tabindex="-1" autofocus>
                    {t.of(|t| t.incoming)}
                </h2>
                <div class="incoming__answers">
                    <button class="button button--accept" type="button" on:click=send(Command::Accept { camera: true })>
                        <Glyph icon=Icon::Camera />
                        {t.of(|t| t.accept)}
                    </button>
                    <button class="button button--hang-up" type="button" on:click=send(Command::Decline)>
                        <Glyph icon=Icon::HangUp />
                        {t.of(|t| t.decline)}
                    </button>
                    <button class="button button--text" type="button" on:click=send(Command::Accept { camera: false })>
                        {t.of(|t| t.accept_no_camera)}
                    </button>
                </div>
            </div>
        </Modal>
    }
    .into_any()
}
