//! The modal: one's own code to share, and the way into another's room. In two turns it asks only for the name: when one came by
//! a link, and when somebody has come to one's own room.

use leptos::{ev, html, prelude::*};
use protocol::{
    client::{CallView, Command, Entry},
    message::NAME_MAX,
};

use crate::{
    browser,
    call::use_call,
    components::{
        icon::{Glyph, Icon},
        modal::Modal,
        refusal::refusal,
        share_code::ShareCode,
    },
    i18n::use_i18n,
    page::use_page,
};

/// With fewer characters left for the name than this, it says how many.
const NAME_COUNT_BELOW: u32 = 10;

/// What the modal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Name and code.
    Both,
    /// The name; then into the room of the link.
    Link,
    /// The name; somebody has come.
    Name,
}

/// The modal. Fields are the browser's own: what is typed in them is never overwritten or lost.
#[component]
pub fn ConnectDialog() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let view = call.view;
    let open = use_page().connect_open;
    let turn = Memo::new(move |_| match (view.link.get(), view.ask_name.get()) {
        (Some(_), _) => Turn::Link,
        (None, true) => Turn::Name,
        (None, false) => Turn::Both,
    });
    let name = NodeRef::<html::Input>::new();
    let code = NodeRef::<html::Input>::new();
    let heading = NodeRef::<html::H2>::new();
    let name_missing = RwSignal::new(false);
    let name_length = RwSignal::new(0_usize);

    // Whoever is just writing something else is not to give a name by it.
    let writing = StoredValue::new(false);
    // The turns that ask only for a name open by themselves, and close by themselves once they are answered.
    Effect::new(move |before: Option<Turn>| {
        let now = turn.get();
        writing.set_value(now == Turn::Name && browser::is_writing());
        match (before, now) {
            (_, Turn::Link | Turn::Name) => open.set(true),
            (Some(Turn::Name), Turn::Both) => open.set(false),
            _ => {}
        }
        now
    });
    Effect::new(move || {
        // Somebody who came without a name is asked for it first.
        if view.entry.get() == Entry::Done && turn.get() == Turn::Both {
            open.set(false);
        }
    });
    // The friend has come by the code shown: unless another one is being entered, it has done its duty. Over a call it would
    // lie in the way.
    let company = Memo::new(move |_| !view.others.with(Vec::is_empty));
    let in_call = Memo::new(move |_| view.call.with(|call| matches!(call, CallView::Active { .. })));
    Effect::new(move |before: Option<(bool, bool)>| {
        let now = (company.get(), in_call.get());
        let (had_company, was_in_call) = before.unwrap_or(now);
        let entering = code.get_untracked().is_some_and(|code| !code.value().is_empty());
        let served = now.0 && !had_company && !entering || now.1 && !was_in_call;
        if served && turn.get_untracked() == Turn::Both {
            open.set(false);
        }
        now
    });
    // A name given in an earlier visit is offered again.
    Effect::new(move || {
        let known = view.me.with(|me| me.name.clone());
        if let Some(field) = name.get()
            && field.value().is_empty()
        {
            field.set_value(&known);
        }
    });
    Effect::new(move || {
        let field = if turn.get() == Turn::Both && name.get().is_some_and(|name| !name.value().is_empty()) { code } else { name };
        // On a touch screen a field would bring the keyboard up over the code that is to be shared.
        let show_code = turn.get() == Turn::Both && !browser::matches("(hover: hover)");
        if open.get()
            && let (Some(field), Some(heading)) = (field.get(), heading.get())
        {
            let target: web_sys::HtmlElement = if show_code || writing.get_value() { heading.into() } else { field.into() };
            // After the dialog's own choice of what to focus.
            request_animation_frame(move || {
                let _ = target.focus();
            });
        }
    });
    let submit = {
        let call = call.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            let (Some(name), Some(code)) = (name.get_untracked(), code.get_untracked()) else { return };
            let name = name.value();
            match turn.get_untracked() {
                Turn::Name | Turn::Link if name.trim().is_empty() => name_missing.set(true),
                // With neither it is the code that one came for, unless a name given before would be lost.
                Turn::Both
                    if name.trim().is_empty()
                        && (!code.value().trim().is_empty() || view.me.with_untracked(|me| !me.name.is_empty())) =>
                {
                    name_missing.set(true);
                }
                Turn::Name => call.send(Command::SetName(name)),
                Turn::Link => {
                    let code = view.link.get_untracked().map(|code| code.to_string()).unwrap_or_default();
                    call.send(Command::Connect { name, code });
                }
                Turn::Both => call.send(Command::Connect { name, code: code.value() }),
            }
        }
    };
    let edited = {
        let call = call.clone();
        move |_: ev::Event| {
            name_missing.set(false);
            // Counted as the field itself counts (HTML §4.10.18.3, `maxlength`).
            name_length.set(name.get_untracked().map_or(0, |name| name.value().encode_utf16().count()));
            if matches!(view.entry.get_untracked(), Entry::Refused(_)) {
                call.send(Command::ForgetRefusal);
            }
        }
    };
    let title = move || {
        let texts = t.texts();
        match turn.get() {
            Turn::Both => texts.share_code,
            Turn::Link => texts.invited,
            Turn::Name => texts.joined_you,
        }
    };
    let error = move || {
        let texts = t.texts();
        match view.entry.get() {
            Entry::Refused(error) => Some(refusal(error, texts)),
            _ if name_missing.get() => Some(texts.name_required.to_owned()),
            _ => None,
        }
    };
    let name_left = move || {
        let left = u32::try_from(NAME_MAX.saturating_sub(name_length.get())).unwrap_or_default();
        (left < NAME_COUNT_BELOW).then(|| (t.texts().letters_left)(left))
    };
    let wrong = move || matches!(view.entry.get(), Entry::Refused(_)).to_string();
    let busy = move || view.entry.get() == Entry::Busy;
    let drop_link = move |_| {
        call.send(Command::DropLink);
        open.set(false);
    };
    view! {
        <Modal open on_close=Callback::new(move |()| open.set(false)) class="modal--connect" labelled_by="connect-title">
            <div class="modal__head">
                <h2 node_ref=heading class="modal__title" id="connect-title" tabindex="-1">
                    {move || title()}
                </h2>
                <button class="icon-button" type="button" aria-label=t.of(|t| t.close) on:click=move |_| open.set(false)>
                    <Glyph icon=Icon::Close />
                </button>
            </div>
            <div hidden=move || turn.get() != Turn::Both>
                <ShareCode />
                <p class="divider">{t.of(|t| t.or_enter)}</p>
            </div>
            <form class="form" novalidate on:submit=submit>
                <label class="field">
                    <span class="field__label">{t.of(|t| t.your_name)}</span>
                    <input
                        node_ref=name
                        type="text"
                        name="name"
                        autocomplete="nickname"
                        maxlength=NAME_MAX.to_string()
                        placeholder=t.of(|t| t.name_placeholder)
                        aria-invalid=move || name_missing.get().to_string()
                        aria-describedby="connect-error name-hint"
                        on:input=edited.clone()
                    />
                    <span class="field__hint" id="name-hint" role="status">
                        {move || name_left()}
                    </span>
                </label>
                <label class="field" hidden=move || turn.get() != Turn::Both>
                    <span class="field__label">{t.of(|t| t.enter_code)}</span>
                    <input
                        node_ref=code
                        class="field__code"
                        type="text"
                        name="code"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        inputmode="text"
                        placeholder=t.of(|t| t.code_placeholder)
                        aria-invalid=wrong
                        aria-describedby="connect-error code-hint"
                        on:input=edited
                    />
                    <span class="field__hint" id="code-hint">
                        {t.of(|t| t.code_hint)}
                    </span>
                </label>
                <p class="form__error" id="connect-error" role="alert">
                    {move || error()}
                </p>
                <button class="button button--primary form__submit" type="submit" aria-disabled=move || busy().to_string()>
                    {move || if busy() { t.texts().connecting } else { t.texts().connect }}
                </button>
                <button class="button button--text" type="button" hidden=move || turn.get() != Turn::Link on:click=drop_link>
                    {t.of(|t| t.stay_in_own_room)}
                </button>
            </form>
        </Modal>
    }
    .into_any()
}
