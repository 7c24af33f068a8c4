//! What may help a poor line, as a question: the camera goes and comes only by the person's word.

use leptos::prelude::*;
use protocol::client::{Command, Offer};

use crate::{
    call::use_call,
    components::{
        icon::{Glyph, Icon},
        shown::Shown,
    },
    i18n::{LinkTexts, use_i18n},
};

/// The question, while there is one.
#[component]
pub fn OfferBanner() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let weak = call.view.weak;
    let is = move |offer| weak.get().offer == Some(offer);
    let words = move |of: fn(&'static LinkTexts) -> [&'static str; 2]| {
        move || {
            let [off, on] = of(&t.texts().link);
            if is(Offer::CameraOn) { on } else { off }
        }
    };
    let answer = move |yes| {
        let call = call.clone();
        move |_| call.send(Command::AnswerOffer(yes))
    };
    view! {
        <Shown when=move || is(Offer::CameraOff) || is(Offer::CameraOn)>
            <div class="banner banner--device" role="alert" data-offer>
                <Glyph icon=Icon::Camera />
                <p class="banner__text">{words(|t| [t.camera_off_question, t.camera_on_question])}</p>
                <div class="banner__ways">
                    <button class="button button--primary" type="button" on:click=answer(true)>
                        {words(|t| [t.camera_off, t.camera_on])}
                    </button>
                    <button class="button button--quiet" type="button" on:click=answer(false)>
                        {words(|t| [t.keep_picture, t.leave_off])}
                    </button>
                </div>
            </div>
        </Shown>
    }
    .into_any()
}
