//! The bar under the tiles: microphone, camera, messages, the call, and the way out. A button is there only when it does something.

use leptos::{ev, prelude::*};
use protocol::client::{CallView, Command, DeviceView};

use crate::{
    browser,
    call::{CallHandle, use_call},
    components::{
        icon::{Glyph, Icon},
        shown::Shown,
    },
    i18n::use_i18n,
    page::{self, PageState, use_page},
};

/// The controls, and their keyboard shortcuts.
#[component]
pub fn Controls() -> impl IntoView {
    let t = use_i18n();
    let page = use_page();
    let call = use_call();
    let view = call.view;
    listen_for_shortcuts(call.clone(), page);

    let busy = move || view.call.with(|call| matches!(call, CallView::Calling { .. } | CallView::Active { .. }));
    let can_call = move || view.call.with(|call| *call == CallView::None) && !view.others.with(Vec::is_empty);
    // The button goes with the click; whoever uses the keyboard finds the focus on the one that comes.
    let send = |command: Command, next: &'static str| {
        let call = call.clone();
        move |event: ev::MouseEvent| {
            call.send(command.clone());
            if event.detail() == 0 {
                request_animation_frame(move || browser::focus(next));
            }
        }
    };
    let ring = send(Command::Ring, "hang-up");
    let hang_up = send(Command::HangUp, "call");
    let toggle_microphone = {
        let call = call.clone();
        move |_| switch_microphone(&call)
    };
    let toggle_camera = {
        let call = call.clone();
        move |_| switch_camera(&call)
    };
    let leave = move |_| page::leave(&call, page);
    let unread = move || view.unread.get();
    view! {
        <div class="controls" role="group" aria-label=t.of(|t| t.controls)>
            <button class="control" type="button" title=t.of(|t| t.microphone) aria-pressed=move || microphone_on(view.me.with(|me| me.microphone)).to_string() on:click=toggle_microphone>
                <Glyph icon=Signal::derive(move || if microphone_on(view.me.with(|me| me.microphone)) { Icon::Microphone } else { Icon::MicrophoneOff }) />
                <span class="control__label">{t.of(|t| t.microphone)}</span>
            </button>
            <button class="control" type="button" title=t.of(|t| t.camera) aria-pressed=move || camera_on(view.me.with(|me| me.camera)).to_string() on:click=toggle_camera>
                <Glyph icon=Signal::derive(move || if camera_on(view.me.with(|me| me.camera)) { Icon::Camera } else { Icon::CameraOff }) />
                <span class="control__label">{t.of(|t| t.camera)}</span>
            </button>
            <button class="control" type="button" title=t.of(|t| t.devices) on:click=move |_| page.devices_open.set(true)>
                <Glyph icon=Icon::Sliders />
                <span class="visually-hidden">{t.of(|t| t.devices)}</span>
            </button>
            <button
                class="control control--chat"
                id="chat-switch"
                type="button"
                title=t.of(|t| t.messages)
                aria-expanded=move || page.chat_shown().to_string()
                aria-controls="chat"
                on:click=move |_| page.toggle_chat()
            >
                <Glyph icon=Icon::Chat />
                <span class="control__label">{t.of(|t| t.messages)}</span>
                <Shown when=move || unread() != 0>
                    <span class="badge" data-unread>
                        <span aria-hidden="true">{move || if unread() > 99 { "99+".to_owned() } else { unread().to_string() }}</span>
                        <span class="visually-hidden">{move || (t.texts().unread)(unread())}</span>
                    </span>
                </Shown>
            </button>
            <Shown when=view.can_leave>
                <button class="control control--leave" type="button" title=t.of(|t| t.leave_room) on:click=leave.clone()>
                    <Glyph icon=Icon::Leave />
                    <span class="control__label">{t.of(|t| t.leave_room)}</span>
                </button>
            </Shown>
            <Shown when=can_call>
                <button class="button button--call" id="call" type="button" on:click=ring.clone()>
                    <Glyph icon=Icon::Phone />
                    {t.of(|t| t.call)}
                </button>
            </Shown>
            <Shown when=busy>
                <button class="button button--hang-up" id="hang-up" type="button" on:click=hang_up.clone()>
                    <Glyph icon=Icon::HangUp />
                    <span class="button__label">{t.of(|t| t.hang_up)}</span>
                </button>
            </Shown>
        </div>
    }
    .into_any()
}

fn microphone_on(device: DeviceView) -> bool {
    matches!(device, DeviceView::On)
}

fn camera_on(device: DeviceView) -> bool {
    matches!(device, DeviceView::On | DeviceView::Opening)
}

fn switch_microphone(call: &CallHandle) {
    let on = call.view.me.with_untracked(|me| microphone_on(me.microphone));
    call.send(Command::SetMicrophone(!on));
}

fn switch_camera(call: &CallHandle) {
    let on = call.view.me.with_untracked(|me| camera_on(me.camera));
    call.send(Command::SetCamera(!on));
}

/// M, V, C, ? and Esc. By the key's place on the keyboard, so that they work in a Cyrillic layout too; never while typing, in an
/// open window, or with a modifier that belongs to the browser.
fn listen_for_shortcuts(call: CallHandle, page: PageState) {
    Effect::new(move || {
        let call = call.clone();
        let listener = window_event_listener(ev::keydown, move |event| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() || event.repeat() {
                return;
            }
            if document().query_selector("dialog[open]").ok().flatten().is_some() {
                return;
            }
            if event.key() == "Escape" && !page.wide.get_untracked() && untrack(|| page.chat_shown()) {
                page.toggle_chat();
                return;
            }
            if browser::is_typing(&event) {
                return;
            }
            match event.code().as_str() {
                "Slash" if event.shift_key() => page.help_open.set(true),
                _ if event.key() == "?" => page.help_open.set(true),
                _ if event.shift_key() => {}
                "KeyM" => switch_microphone(&call),
                "KeyV" => switch_camera(&call),
                "KeyC" => page.toggle_chat(),
                _ => {}
            }
        });
        on_cleanup(move || listener.remove());
    });
}
