//! Short notices of what happened. What a person may have missed stays until it is closed; the rest goes by itself.

use std::time::Duration;

use leptos::prelude::*;
use protocol::client::{Command, Device, Notice, NoticeKind};

use crate::{
    call::use_call,
    components::icon::{Glyph, Icon},
    i18n::{Texts, use_i18n},
};

/// How long a passing notice stays.
const SHOWN_FOR: Duration = Duration::from_secs(7);

/// The notices, oldest first: what became of a call is read out at once, the rest when a screen reader has time.
#[component]
pub fn Notices() -> impl IntoView {
    let notices = use_call().view.notices;
    let lines = move |of_call: bool| {
        let each = move || {
            notices.with(|all| all.iter().filter(|notice| is_of_call(&notice.kind) == of_call).cloned().collect::<Vec<_>>())
        };
        view! { <For each key=|notice| notice.id children=|notice| view! { <NoticeLine notice /> } /> }.into_any()
    };
    view! {
        <div class="notices">
            <div class="notices__part" role="alert">
                {lines(true)}
            </div>
            <div class="notices__part" role="status">
                {lines(false)}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn NoticeLine(
    /// What happened.
    notice: Notice,
) -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let Notice { id, kind } = notice;
    let kind_name = kind_name(&kind);
    if !stays(&kind) {
        let call = call.clone();
        Effect::new(move || {
            let call = call.clone();
            if let Ok(timer) = set_timeout_with_handle(move || call.send(Command::DismissNotice(id)), SHOWN_FOR) {
                on_cleanup(move || timer.clear());
            }
        });
    }
    view! {
        <div class="notice" data-notice=kind_name>
            <p>{move || text(&kind, t.texts())}</p>
            <button class="icon-button" type="button" aria-label=t.of(|t| t.close) on:click=move |_| call.send(Command::DismissNotice(id))>
                <Glyph icon=Icon::Close />
            </button>
        </div>
    }
    .into_any()
}

fn text(kind: &NoticeKind, texts: &'static Texts) -> String {
    match kind {
        NoticeKind::Declined => texts.declined.to_owned(),
        NoticeKind::Unanswered => texts.unanswered.to_owned(),
        NoticeKind::Missed { name } => (texts.missed)(texts.who(name)),
        NoticeKind::Ended => texts.ended.to_owned(),
        NoticeKind::Vanished { name } => (texts.vanished)(texts.who(name)),
        NoticeKind::EndCallFirst => texts.end_call_first.to_owned(),
        NoticeKind::SessionExpired => texts.session_expired.to_owned(),
        NoticeKind::OtherRoom => texts.other_room.to_owned(),
        NoticeKind::NoConnection => texts.no_connection.to_owned(),
        NoticeKind::ServerFull => texts.server_full.to_owned(),
        NoticeKind::OtherDevice(Device::Camera) => texts.other_camera.to_owned(),
        NoticeKind::OtherDevice(Device::Microphone) => texts.other_microphone.to_owned(),
        NoticeKind::DeviceKept(Device::Camera, error) => format!("{} {}", texts.camera_kept, texts.camera_errors.of(*error)),
        NoticeKind::DeviceKept(Device::Microphone, error) => {
            format!("{} {}", texts.microphone_kept, texts.microphone_errors.of(*error))
        }
    }
}

const fn is_of_call(kind: &NoticeKind) -> bool {
    use NoticeKind::{Declined, Ended, Missed, Unanswered, Vanished};

    matches!(kind, Declined | Unanswered | Missed { .. } | Ended | Vanished { .. })
}

const fn stays(kind: &NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Missed { .. }
            | NoticeKind::Vanished { .. }
            | NoticeKind::SessionExpired
            | NoticeKind::OtherRoom
            | NoticeKind::NoConnection
    )
}

const fn kind_name(kind: &NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Declined => "declined",
        NoticeKind::Unanswered => "unanswered",
        NoticeKind::Missed { .. } => "missed",
        NoticeKind::Ended => "ended",
        NoticeKind::Vanished { .. } => "vanished",
        NoticeKind::EndCallFirst => "end-call-first",
        NoticeKind::SessionExpired => "session-expired",
        NoticeKind::OtherRoom => "other-room",
        NoticeKind::NoConnection => "no-connection",
        NoticeKind::ServerFull => "server-full",
        NoticeKind::OtherDevice(_) => "other-device",
        NoticeKind::DeviceKept(..) => "device-kept",
    }
}
