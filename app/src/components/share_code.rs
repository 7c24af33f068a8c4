//! The room's code, and every way to hand it to a friend: a click, a link, the share sheet, a QR code, or reading it aloud.

use std::time::Duration;

use leptos::{html, prelude::*};

use crate::{
    browser,
    call::use_call,
    components::{
        icon::{Glyph, Icon},
        qr_code::QrCode,
        shown::Shown,
    },
    i18n::{Texts, use_i18n},
    link,
    page::{Links, use_page},
};

/// How long "copied" stays.
const SAID_FOR: Duration = Duration::from_secs(4);

/// The code with its buttons. Share and clipboard are asked for in the click's own turn.
#[component]
pub fn ShareCode() -> impl IntoView {
    let t = use_i18n();
    let page = use_page();
    let code = use_call().view.code;
    let field = NodeRef::<html::Input>::new();
    // What was just done, and a number so that an older timer does not clear a newer answer.
    let said = RwSignal::new((0_u32, None::<fn(&'static Texts) -> &'static str>));
    let by_hand = RwSignal::new(false);
    let (qr_open, set_qr_open) = signal(false);

    let code_text = move || code.get().map(|code| code.to_string());
    let link = Signal::derive(move || match (page.links.get(), code.get()) {
        (Links::From(base), Some(code)) => Some(link::to_room(&base, code)),
        _ => None,
    });
    let copy = move |text: String, done: fn(&'static Texts) -> &'static str| {
        if text.is_empty() {
            return;
        }
        browser::copy(text, field.get_untracked(), move |copied| {
            // The tile may be gone by the time the clipboard answers.
            let _ = by_hand.try_set(!copied);
            let Some(turn) = said.try_update(|said| {
                *said = (said.0 + 1, Some(if copied { done } else { |t| t.copy_by_hand }));
                said.0
            }) else {
                return;
            };
            let clear = move || {
                if said.try_with_untracked(|said| said.0) == Some(turn) {
                    said.set((turn, None));
                }
            };
            if copied {
                set_timeout(clear, SAID_FOR);
            }
        });
    };
    let copy_code = move |_| copy(untrack(code_text).unwrap_or_default(), |t| t.code_copied);
    let copy_link = move |_| copy(link.get_untracked().unwrap_or_default(), |t| t.link_copied);
    let share = move |_| {
        if let Some(link) = link.get_untracked() {
            browser::share(untrack(|| t.texts().share_text), &link);
        }
    };
    let qr_label = move || if qr_open.get() { t.texts().hide_qr } else { t.texts().show_qr };
    view! {
        <div class="share-code">
            <button class="code" type="button" title=t.of(|t| t.copy_code) disabled=move || code.with(Option::is_none) on:click=copy_code>
                <span class="visually-hidden">{t.of(|t| t.copy_code)}</span>
                <output class="code__text" data-code>
                    {move || code_text()}
                </output>
                <span class="code__pending">{move || code.with(Option::is_none).then(|| t.texts().code_pending)}</span>
                <Glyph icon=Icon::Copy />
            </button>
            <p class="share-code__said" role="status" data-by-hand=move || by_hand.get().to_string()>
                {move || said.with(|said| said.1.map(|pick| pick(t.texts())))}
            </p>
            <input
                node_ref=field
                class="share-code__field"
                data-shown=move || by_hand.get().to_string()
                type="text"
                readonly
                tabindex="-1"
                aria-hidden="true"
                aria-label=t.of(|t| t.room_code)
            />
            <Shown when=move || link.with(Option::is_some)>
                <div class="share-code__ways">
                    <button class="button button--quiet" type="button" on:click=copy_link>
                        <Glyph icon=Icon::Link />
                        {t.of(|t| t.copy_link)}
                    </button>
                    <Shown when=move || page.can_share.get()>
                        <button class="button button--quiet" type="button" on:click=share>
                            <Glyph icon=Icon::Share />
                            {t.of(|t| t.share)}
                        </button>
                    </Shown>
                    <button
                        class="button button--quiet"
                        type="button"
                        aria-expanded=move || qr_open.get().to_string()
                        on:click=move |_| set_qr_open.update(|open| *open = !*open)
                    >
                        <Glyph icon=Icon::Qr />
                        {move || qr_label()}
                    </button>
                </div>
                <Shown when=move || qr_open.get()>
                    <QrCode text=Signal::derive(move || link.get().unwrap_or_default()) />
                </Shown>
            </Shown>
            <Shown when=move || page.links.with(|links| *links == Links::None)>
                <p class="share-code__no-link">{t.of(|t| t.no_link)}</p>
            </Shown>
        </div>
    }
    .into_any()
}
