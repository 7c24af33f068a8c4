//! Another person: the picture while they say that their camera is on, else their initials; and whatever is wrong, in words.

use leptos::{ev, html, prelude::*};
use protocol::{
    client::{CallView, Tile},
    id::ParticipantId,
    message::{Presence, SourceState},
};

use crate::{
    call::{peer_video, use_call},
    components::{
        icon::{Glyph, Icon},
        person::Person,
        quality::QualityButton,
        shown::Shown,
    },
    i18n::use_i18n,
    page::use_page,
};

/// The widest mismatch of shapes at which a picture is cut to fill its tile; beyond, it is shown whole.
const CUT_UP_TO: f64 = 1.7;

/// Another person's tile. Its `<video>` is there as long as the tile is, and shows the picture only: the engine plays the sound.
#[component]
pub fn PeerTile(
    /// Who.
    id: ParticipantId,
) -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let page = use_page();
    let (others, call_state, call_speaking) = (call.view.others, call.view.call, call.view.speaking);
    let tile = Memo::new(move |_| others.with(|others| others.iter().find(|tile| tile.id == id).cloned()));
    let name = Signal::derive(move || tile.with(|tile| tile.as_ref().map(|tile| tile.name.clone()).unwrap_or_default()));
    let shown_name = move || name.with(|name| t.texts().who(name).to_owned());
    let key = peer_video(id);
    let video = NodeRef::<html::Video>::new();
    Effect::new({
        let key = key.clone();
        move || {
            if video.get().is_some() {
                call.video_mounted(&key);
            }
        }
    });
    let (whole, set_whole) = signal(false);
    let fit = move || {
        if let Some(Some(video)) = video.try_get_untracked() {
            set_whole.set(is_shown_whole(&video));
        }
    };
    // The tile's shape changes with the call, the chat beside it and the window; the picture's with the sender's device.
    Effect::new(move || {
        call_state.track();
        let _ = page.chat_shown();
        request_animation_frame(fit);
    });
    Effect::new(move || {
        let listener = window_event_listener(ev::resize, move |_| fit());
        on_cleanup(move || listener.remove());
    });
    let of_tile = move |pick: fn(&Tile) -> &'static str| move || tile.with(|tile| tile.as_ref().map_or("", pick));
    let speaking = Memo::new(move |_| call_speaking.with(|speaking| speaking.contains(&id)));
    let microphone_quiet = move || {
        tile.with(|tile| tile.as_ref().is_some_and(|tile| tile.in_call && (tile.microphone != SourceState::On || tile.unheard)))
    };
    let microphone_text = move || match tile.with(|tile| tile.as_ref().map(|tile| (tile.microphone, tile.unheard))) {
        Some((_, true)) => t.texts().link.unheard,
        Some((SourceState::Lost, _)) => t.texts().microphone_lost,
        _ => t.texts().microphone_off,
    };
    let status = move || {
        let texts = t.texts();
        tile.with(|tile| match tile {
            Some(tile) if tile.interrupted => Some(texts.interrupted),
            Some(tile) if tile.presence == Presence::Lost => Some(texts.out_of_reach),
            Some(tile) if tile.presence == Presence::Away => Some(texts.away),
            Some(tile) if tile.unheard => Some(texts.link.unheard),
            Some(tile) if tile.camera == SourceState::Lost => Some(texts.camera_lost),
            Some(tile) if tile.in_call && tile.camera != SourceState::On => Some(texts.camera_off),
            _ => None,
        })
    };
    let ringing = move || {
        let texts = t.texts();
        call_state.with(|call| match call {
            CallView::Calling { to } if *to == id => Some((texts.calling)(&shown_name())),
            // A broken connection is said already.
            CallView::Active { connected: false } if !tile.with(|tile| tile.as_ref().is_some_and(|tile| tile.interrupted)) => {
                Some(texts.call_connecting.to_owned())
            }
            _ => None,
        })
    };
    view! {
        <figure
            class="tile tile--peer"
            data-tile="peer"
            data-camera=of_tile(|tile| state(tile.camera))
            data-microphone=of_tile(|tile| state(tile.microphone))
            data-presence=of_tile(|tile| presence(tile.presence))
            data-interrupted=of_tile(|tile| if tile.interrupted { "true" } else { "false" })
            data-in-call=of_tile(|tile| if tile.in_call { "true" } else { "false" })
            data-speaking=move || speaking.get().to_string()
            data-whole=move || whole.get().to_string()
        >
            <video node_ref=video class="tile__video" data-video=key autoplay playsinline on:resize=move |_| fit() on:loadedmetadata=move |_| fit()></video>
            <div class="tile__middle">
                <div class="tile__nobody">
                    <Person name />
                    <p class="tile__big-name" aria-hidden="true">
                        {move || shown_name()}
                    </p>
                </div>
                <p class="tile__status" role="status">
                    {move || status()}
                </p>
                <p class="tile__status" aria-live="assertive">
                    {move || ringing()}
                </p>
            </div>
            // Before the name, which moves over for it.
            <QualityButton tile />
            <figcaption class="tile__label">
                <Shown when=microphone_quiet>
                    <Glyph icon=Icon::MicrophoneOff />
                    <span class="visually-hidden">{move || microphone_text()}</span>
                </Shown>
                <Shown when=speaking>
                    <Glyph icon=Icon::Sound />
                    <span class="visually-hidden">{t.of(|t| t.speaking)}</span>
                </Shown>
                <span class="tile__name">{move || shown_name()}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

/// Whether cutting the picture to the tile's shape would lose too much of it.
fn is_shown_whole(video: &web_sys::HtmlVideoElement) -> bool {
    let tile = video.get_bounding_client_rect();
    let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
    if width <= 0.0 || height <= 0.0 || tile.width() <= 0.0 || tile.height() <= 0.0 {
        return false;
    }
    let mismatch = (width / height) / (tile.width() / tile.height());
    mismatch.max(1.0 / mismatch) > CUT_UP_TO
}

/// A source's state as the tile's attribute says it.
const fn state(source: SourceState) -> &'static str {
    match source {
        SourceState::Off => "off",
        SourceState::On => "on",
        SourceState::Muted => "muted",
        SourceState::Lost => "lost",
    }
}

/// A presence as the tile's attribute says it.
const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Here => "here",
        Presence::Away => "away",
        Presence::Lost => "lost",
    }
}
