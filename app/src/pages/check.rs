//! The page that tests devices and the way to the server before a lesson. Rendered whole on the server, words for every outcome
//! included; the program `checkup` fills it in. It is not hydrated: what it says in three languages would weigh on every other page.

use leptos::prelude::*;
use protocol::{check::Leg, client::METER_STEPS};

use crate::{
    components::header::Brand,
    i18n::{
        check::{CheckTexts, FAULTS},
        use_i18n,
    },
    locale::{LOCALE_COOKIE, Locale, remembered},
};

/// The check. On the server only.
#[component]
pub fn Check() -> impl IntoView {
    let i18n = use_i18n();
    let (locale, texts) = untrack(|| (i18n.locale(), i18n.texts()));
    let words = CheckTexts::of(locale);
    view! {
        <div class="page">
            <header class="header">
                <Brand />
                <nav class="check__languages" aria-label=texts.language>
                    {Locale::ALL
                        .map(|it| {
                            view! {
                                <button
                                    class="button button--text"
                                    type="button"
                                    lang=it.code()
                                    title=crate::i18n::texts(it).language_name
                                    data-cookie=remembered(LOCALE_COOKIE, it.code())
                                    aria-current=(it == locale).then_some("true")
                                >
                                    {crate::i18n::texts(it).language_short}
                                </button>
                            }
                        })
                        .collect_view()}
                </nav>
            </header>
            <main class="check" data-check="waiting">
                <h2 class="check__title">{words.title}</h2>
                <p>{words.about}</p>
                <div class="check__ways">
                    <button class="button button--primary" type="button" data-do="start">{words.start}</button>
                    <a class="button" href="/">{texts.home}</a>
                </div>
                <p class="check__verdict" role="status" data-verdict></p>
                <ol class="legs">{Leg::ALL.map(|leg| view_of(leg, words)).collect_view()}</ol>
                <div hidden data-words>{dictionary(words, texts)}</div>
            </main>
        </div>
    }
}

fn view_of(leg: Leg, words: &'static CheckTexts) -> AnyView {
    let more = match leg {
        Leg::Camera => view! { <video class="leg__picture" muted playsinline aria-label=words.preview></video> }.into_any(),
        Leg::Microphone => {
            let steps = (0..METER_STEPS).map(|_| view! { <span class="meter__step"></span> }).collect_view();
            view! { <div class="meter__steps leg__meter" aria-hidden="true">{steps}</div> }.into_any()
        }
        Leg::Speaker => view! {
            <div class="leg__answers">
                <button class="button" type="button" data-do="play">{words.play}</button>
                <button class="button button--quiet" type="button" data-do="heard">{words.heard}</button>
                <button class="button button--quiet" type="button" data-do="not-heard">{words.not_heard}</button>
            </div>
        }
        .into_any(),
        _ => ().into_any(),
    };
    view! {
        <li class="leg" data-leg=leg.name() data-state="waiting">
            <span class="leg__mark" aria-hidden="true"></span>
            <h3 class="leg__name">{words.legs[leg as usize]}</h3>
            <p class="leg__state" data-says="state">{words.waiting}</p>
            <p class="leg__advice" role="status" data-says="advice"></p>
            {more}
        </li>
    }
    .into_any()
}

/// Every word that may be needed, by its name.
fn dictionary(words: &'static CheckTexts, texts: &'static crate::i18n::Texts) -> Vec<AnyView> {
    let mut all = vec![
        ("waiting".to_owned(), words.waiting),
        ("trying".to_owned(), words.trying),
        ("asking".to_owned(), words.asking),
        ("good".to_owned(), words.good),
        ("absent".to_owned(), words.absent),
        ("failed".to_owned(), words.failed),
        ("again".to_owned(), words.again),
        ("verdict-trying".to_owned(), words.verdict_trying),
        ("verdict-good".to_owned(), words.verdict_good),
        ("verdict-limited".to_owned(), words.verdict_limited),
        ("verdict-failed".to_owned(), words.verdict_failed),
    ];
    for leg in Leg::ALL {
        let name = leg.name();
        all.extend(words.absence(leg).map(|text| (format!("{name}-absent"), text)));
        let advice = |fault: protocol::check::Fault| Some((format!("{name}-{}", fault.name()), words.advice(leg, fault, texts)?));
        all.extend(FAULTS.into_iter().filter_map(advice));
    }
    all.into_iter().map(|(name, text)| view! { <p data-word=name>{text}</p> }.into_any()).collect()
}
