//! What is wrong right now and what to do about it: the connection to the server, and devices that did not open.

use leptos::prelude::*;
use protocol::client::{Command, Connection, DeviceProblem};

use crate::{
    call::{CallHandle, use_call},
    components::{
        icon::{Glyph, Icon},
        offer_banner::OfferBanner,
        shown::Shown,
    },
    i18n::{Texts, use_i18n},
    page::use_page,
    pages::address,
};

/// Banners over the stage.
#[component]
pub fn Banners() -> impl IntoView {
    view! {
        <div class="banners">
            <ConnectionBanner />
            <DeviceBanner />
            <OfferBanner />
        </div>
    }
    .into_any()
}

#[component]
fn ConnectionBanner() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let connection = call.view.connection;
    // Only an authority of the own network is one that a browser may not trust and yet let through.
    let own_authority = use_page().own_authority;
    let text = move || {
        let texts = t.texts();
        match connection.get() {
            Connection::Connecting => Some(texts.reaching_server),
            Connection::Barred if own_authority.get() => Some(texts.untrusted),
            Connection::Barred => Some(texts.barred),
            Connection::Online => None,
            Connection::Reconnecting => Some(texts.reconnecting),
            Connection::Superseded => Some(texts.superseded),
            Connection::Outdated => Some(texts.outdated),
        }
    };
    let kind = move || match connection.get() {
        Connection::Connecting => "connecting",
        Connection::Barred => "barred",
        Connection::Online => "none",
        Connection::Reconnecting => "reconnecting",
        Connection::Superseded => "superseded",
        Connection::Outdated => "outdated",
    };
    let use_here = move |_| call.send(Command::UseHere);
    view! {
        <div class="banner banner--connection" data-kind=kind role="status">
            <span class="banner__pulse" aria-hidden="true"></span>
            <p class="banner__text">{move || text()}</p>
            <Shown when=move || connection.get() == Connection::Superseded>
                <button class="button button--primary" type="button" on:click=use_here.clone()>
                    {t.of(|t| t.use_here)}
                </button>
            </Shown>
            <Shown when=move || own_authority.get() && connection.get() == Connection::Barred>
                <a class="button button--primary" href=address::TRUST rel="external">
                    {t.of(|t| t.how_to_trust)}
                </a>
            </Shown>
        </div>
    }
    .into_any()
}

#[component]
fn DeviceBanner() -> impl IntoView {
    let call = use_call();
    let problem = call.view.problem;
    view! { {move || problem.get().map(|problem| device_problem(problem, call.clone()))} }
}

/// Which device failed, why in the visitor's words, and the two ways on.
fn device_problem(problem: DeviceProblem, call: CallHandle) -> AnyView {
    let t = use_i18n();
    let title = move || {
        let texts = t.texts();
        match (problem.camera, problem.microphone) {
            (Some(_), Some(_)) => texts.no_devices,
            (None, Some(_)) => texts.no_microphone,
            _ => texts.no_camera,
        }
    };
    let without = move || {
        let texts = t.texts();
        if problem.camera.is_some() { texts.without_camera } else { texts.without_microphone }
    };
    let reasons = move || {
        let texts = t.texts();
        reasons(problem, texts).into_iter().map(|reason| view! { <p class="banner__text">{reason}</p> }.into_any()).collect_view()
    };
    let retry = {
        let call = call.clone();
        move |_| call.send(Command::RetryDevices)
    };
    view! {
        <div class="banner banner--device" role="alert" data-problem>
            <Glyph icon=Icon::Warning />
            <div class="banner__body">
                <p class="banner__title">{move || title()}</p>
                {move || reasons()}
            </div>
            <div class="banner__ways">
                <button class="button" type="button" on:click=retry>
                    {t.of(|t| t.retry)}
                </button>
                <button class="button button--quiet" type="button" on:click=move |_| call.send(Command::WithoutDevices)>
                    {move || without()}
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// One text a failed device, or one for both if they failed for the same reason.
fn reasons(problem: DeviceProblem, texts: &'static Texts) -> Vec<&'static str> {
    if let (Some(camera), Some(microphone)) = (problem.camera, problem.microphone)
        && camera == microphone
    {
        return vec![texts.both_errors.of(camera)];
    }
    let camera = problem.camera.map(|error| texts.camera_errors.of(error));
    let microphone = problem.microphone.map(|error| texts.microphone_errors.of(error));
    camera.into_iter().chain(microphone).collect()
}
