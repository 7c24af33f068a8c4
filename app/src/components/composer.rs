//! The field to write in. It is the browser's own, so that what is typed before the page is alive stays; the draft survives a
//! reload.

use leptos::{ev, html, prelude::*};
use protocol::{
    client::Command,
    message::TEXT_MAX,
    text::{check_text, clean_text, text_length},
};

use crate::{
    browser,
    call::use_call,
    components::icon::{Glyph, Icon},
    i18n::use_i18n,
    keyboard,
};

/// From this many characters on, the room that is left is said.
const COUNT_FROM: usize = TEXT_MAX - TEXT_MAX / 10;
/// Where the draft survives a reload.
const DRAFT: &str = "draft";

/// The field and its button.
#[component]
pub fn Composer() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let field = NodeRef::<html::Textarea>::new();
    let (length, set_length) = signal(0_usize);
    let changed = move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        set_length.set(text_length(&text));
        browser::keep(DRAFT, &text);
        // Grow with the text: first to nothing, so that it shrinks too.
        browser::set_property(&field, "height", "auto");
        browser::set_property(&field, "height", &format!("{}px", field.scroll_height()));
    };
    Effect::new(move || {
        if let Some(field) = field.get() {
            if field.value().is_empty() {
                field.set_value(&browser::kept(DRAFT).unwrap_or_default());
            }
            if !field.value().is_empty() {
                changed();
            }
        }
    });
    let send = StoredValue::new(move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        if check_text(&clean_text(&text)).is_ok() {
            call.send(Command::Say(text));
            field.set_value("");
            changed();
        }
        let _ = field.focus();
    });
    let key = move |event: ev::KeyboardEvent| {
        // 229: the keystroke belongs to an input method, in browsers that do not say so otherwise.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() && event.key_code() != 229 {
            event.prevent_default();
            send.with_value(|send| send());
        }
    };
    let (writing, set_writing) = signal(false);
    keyboard::follow(writing.into());
    let count = move || {
        let texts = t.texts();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match length.get() {
            n if n > TEXT_MAX => Some((texts.letters_over)(number(n - TEXT_MAX))),
            n if n >= COUNT_FROM => Some((texts.letters_left)(number(TEXT_MAX - n))),
            _ => None,
        }
    };
    view! {
        <div class="composer" data-over=move || (length.get() > TEXT_MAX).to_string()>
            <p class="composer__count" role="status">
                {move || count()}
            </p>
            <div class="composer__row">
                <textarea
                    node_ref=field
                    class="composer__field"
                    rows="1"
                    placeholder=t.of(|t| t.message_placeholder)
                    aria-label=t.of(|t| t.message_placeholder)
                    title=t.of(|t| t.message_hint)
                    aria-invalid=move || (length.get() > TEXT_MAX).to_string()
                    enterkeyhint="send"
                    on:input=move |_| changed()
                    on:focus=move |_| set_writing.set(true)
                    on:blur=move |_| set_writing.set(false)
                    on:keydown=key
                ></textarea>
                <button
                    class="icon-button icon-button--primary composer__send"
                    type="button"
                    aria-label=t.of(|t| t.send)
                    title=t.of(|t| t.send)
                    on:click=move |_| send.with_value(|send| send())
                >
                    <Glyph icon=Icon::Send />
                </button>
            </div>
        </div>
    }
    .into_any()
}
