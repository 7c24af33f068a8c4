//! One's own picture. In a call a small tile in a corner that can be dragged, or sent to the next corner with a click.

use leptos::{ev, html, prelude::*};
use protocol::client::DeviceView;
use wasm_bindgen::JsCast;

use crate::{
    browser,
    call::{OWN_VIDEO, use_call},
    components::{
        icon::{Glyph, Icon},
        person::Person,
        shown::Shown,
    },
    i18n::use_i18n,
};

/// The corners of the stage, clockwise.
const CORNERS: [&str; 4] = ["bottom-right", "bottom-left", "top-left", "top-right"];
/// A pointer that moved less than this, in CSS pixels, clicked.
const DRAG_FROM: f64 = 6.0;

/// One's own tile.
#[component]
pub fn OwnTile() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let me = call.view.me;
    let figure = NodeRef::<html::Figure>::new();
    let video = NodeRef::<html::Video>::new();
    Effect::new(move || {
        if video.get().is_some() {
            call.video_mounted(OWN_VIDEO);
        }
    });
    let camera = move || state(me.with(|me| me.camera));
    let microphone = move || state(me.with(|me| me.microphone));
    let name = Signal::derive(move || me.with(|me| me.name.clone()));
    let status = move || {
        let texts = t.texts();
        match me.with(|me| me.camera) {
            DeviceView::On | DeviceView::Muted => None,
            DeviceView::Off => Some(texts.camera_off),
            DeviceView::Opening => Some(texts.camera_opening),
            DeviceView::Failed(_) => Some(texts.camera_failed),
        }
    };
    let (corner, set_corner) = signal(0_usize);
    view! {
        <figure
            node_ref=figure
            class="tile tile--own"
            data-tile="self"
            data-camera=camera
            data-microphone=microphone
            data-corner=move || CORNERS[corner.get() % CORNERS.len()]
        >
            <video node_ref=video class="tile__video" data-video=OWN_VIDEO autoplay playsinline muted prop:muted=true></video>
            <div class="tile__nobody">
                <Person name />
                <p class="tile__status">{move || status()}</p>
            </div>
            <figcaption class="tile__label">
                <Shown when=move || me.with(|me| me.microphone != DeviceView::On)>
                    <Glyph icon=Icon::MicrophoneOff />
                    <span class="visually-hidden">{t.of(|t| t.microphone_off)}</span>
                </Shown>
                <span class="tile__name">{t.of(|t| t.you)}</span>
            </figcaption>
            <MoveHandle figure corner set_corner />
        </figure>
    }
    .into_any()
}

/// Covers the tile in a call: drag it, or click for the next corner.
#[component]
fn MoveHandle(
    /// The tile.
    figure: NodeRef<html::Figure>,
    /// Its corner now.
    corner: ReadSignal<usize>,
    /// Sets it.
    set_corner: WriteSignal<usize>,
) -> impl IntoView {
    let t = use_i18n();
    // Where the pointer went down.
    let start = RwSignal::new(None::<(i32, i32)>);
    // The click that follows a drag is no click.
    let dragged = RwSignal::new(false);
    let offset = move |event: &ev::PointerEvent| start.get_untracked().map(|(x, y)| (event.client_x() - x, event.client_y() - y));
    let down = move |event: ev::PointerEvent| {
        start.set(Some((event.client_x(), event.client_y())));
        dragged.set(false);
        if let Some(handle) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            // A pointer that is gone already can't be captured; then nothing is dragged.
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: ev::PointerEvent| {
        let (Some((x, y)), Some(figure)) = (offset(&event), figure.get_untracked()) else { return };
        if dragged.get_untracked() || f64::from(x).hypot(f64::from(y)) >= DRAG_FROM {
            dragged.set(true);
            browser::set_property(&figure, "--drag-x", &format!("{x}px"));
            browser::set_property(&figure, "--drag-y", &format!("{y}px"));
        }
    };
    let up = move |_: ev::PointerEvent| {
        start.set(None);
        let Some(figure) = figure.get_untracked() else { return };
        if dragged.get_untracked() {
            set_corner.set(nearest_corner(&figure));
        }
        browser::set_property(&figure, "--drag-x", "0px");
        browser::set_property(&figure, "--drag-y", "0px");
    };
    let click = move |_| {
        if !dragged.get_untracked() {
            set_corner.set(corner.get_untracked() + 1);
        }
        dragged.set(false);
    };
    view! {
        <button
            class="tile__move"
            type="button"
            aria-label=t.of(|t| t.move_own_tile)
            title=t.of(|t| t.move_own_tile)
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=up
            on:click=click
        >
            <Glyph icon=Icon::Move />
        </button>
    }
    .into_any()
}

/// The corner of its parent that an element is nearest to, as an index of [`CORNERS`].
fn nearest_corner(element: &web_sys::HtmlElement) -> usize {
    let Some(parent) = element.parent_element() else { return 0 };
    let (stage, tile) = (parent.get_bounding_client_rect(), element.get_bounding_client_rect());
    let right = tile.left() + tile.width() / 2.0 > stage.left() + stage.width() / 2.0;
    let bottom = tile.top() + tile.height() / 2.0 > stage.top() + stage.height() / 2.0;
    match (bottom, right) {
        (true, true) => 0,
        (true, false) => 1,
        (false, false) => 2,
        (false, true) => 3,
    }
}

/// A device's state as the tile's attribute says it.
const fn state(device: DeviceView) -> &'static str {
    match device {
        DeviceView::Off => "off",
        DeviceView::Opening => "opening",
        DeviceView::On => "on",
        DeviceView::Muted => "muted",
        DeviceView::Failed(_) => "failed",
    }
}
