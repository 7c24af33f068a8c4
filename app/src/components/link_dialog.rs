//! The figures behind a connection's quality, for who wants to know or has to tell a helper.

use leptos::prelude::*;
use protocol::client::{Details, LinkView};

use crate::{
    call::use_call,
    components::{icon::Glyph, modal::Modal, quality::bars},
    i18n::{LinkTexts, use_i18n},
    page::use_page,
};

/// Opens from the bars on a tile; follows the connection while it is open.
#[component]
pub fn LinkDialog() -> impl IntoView {
    let t = use_i18n();
    let weak = use_call().view.weak;
    let of = use_page().link_open;
    let close = move || of.set(Vec::new());
    let figures = move || {
        let texts = &t.texts().link;
        let (weak, of) = (weak.get(), of.get());
        weak.links.iter().find(|link| of.contains(&link.to)).map(|link| figures(link, weak.used, texts))
    };
    view! {
        <Modal
            open=Signal::derive(move || !of.get().is_empty())
            on_close=Callback::new(move |()| close())
            class="modal--link"
            labelled_by="link-title"
        >
            <h2 class="modal__title" id="link-title">
                {t.of(|t| t.link.title)}
            </h2>
            {figures}
            <div class="modal__buttons">
                <a class="button button--quiet" href="/check" target="_blank" rel="noopener external">
                    {t.of(|t| t.link.check)}
                </a>
                <button class="button" type="button" on:click=move |_| close()>
                    {t.of(|t| t.close)}
                </button>
            </div>
        </Modal>
    }
    .into_any()
}

fn figures(link: &LinkView, used: u32, texts: &'static LinkTexts) -> AnyView {
    let Details { round_trip, lost_in, lost_out, relayed, size, rate_in, rate_out } = link.details;
    let (width, height) = size;
    let rows = [
        (texts.way, if relayed { texts.relayed.to_owned() } else { texts.direct.to_owned() }),
        (texts.round_trip, round_trip.map_or_else(|| "–".to_owned(), |time| format!("{time}\u{a0}{}", texts.milliseconds))),
        (texts.received, texts.rate(rate_in, lost_in)),
        (texts.sent, texts.rate(rate_out, lost_out)),
        (texts.size, if width == 0 { texts.no_picture.to_owned() } else { format!("{width} × {height}") }),
        (texts.used, texts.megabytes(used)),
    ];
    let row = |(name, value): (&'static str, String)| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
        .into_any()
    };
    view! {
        <p class="figures__level">
            <Glyph icon=bars(link.level) />
            {texts.levels[link.level as usize]}
        </p>
        <dl class="figures">{rows.map(row).into_iter().collect_view()}</dl>
    }
    .into_any()
}
