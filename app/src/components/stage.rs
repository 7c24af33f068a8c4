//! The stage: the tiles, what lies over them in a call, and the controls.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use protocol::client::CallView;

use crate::{
    call::use_call,
    components::{
        controls::Controls,
        empty_tile::EmptyTile,
        icon::{Glyph, Icon},
        own_tile::OwnTile,
        peer_tile::PeerTile,
        shown::Shown,
    },
    i18n::use_i18n,
};

/// How long the pointer rests before the controls of a call fade.
const REST: Duration = Duration::from_secs(3);

/// The tiles and the controls.
#[component]
pub fn Stage() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let view = call.view;
    let layout = move || {
        if view.others.with(Vec::is_empty) {
            "alone"
        } else if view.call.with(|call| matches!(call, CallView::Active { .. })) {
            "call"
        } else {
            "pair"
        }
    };
    let pointer = resting_pointer();
    // The controls stay while they have something to say.
    let resting = move || pointer.get() && view.unread.get() == 0;
    let play = move |_| call.play();
    view! {
        <section class="stage" data-layout=layout data-resting=move || resting().to_string() aria-label=t.of(|t| t.stage)>
            <div class="tiles">
                <For
                    each=move || view.others.with(|others| others.iter().map(|tile| tile.id).collect::<Vec<_>>())
                    key=|id| *id
                    children=|id| view! { <PeerTile id /> }
                />
                <OwnTile />
                <Shown when=move || view.others.with(Vec::is_empty)>
                    <EmptyTile />
                </Shown>
            </div>
            <Shown when=move || view.tap_to_play.get()>
                <button class="button button--primary tap-to-play" type="button" on:click=play.clone()>
                    <Glyph icon=Icon::Sound />
                    {t.of(|t| t.tap_to_play)}
                </button>
            </Shown>
            <Controls />
        </section>
    }
    .into_any()
}

/// Whether the pointer has rested for a while. Touch and keyboard count as moving; on the server always false.
fn resting_pointer() -> ReadSignal<bool> {
    let (resting, set_resting) = signal(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let moved = move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
        if resting.try_get_untracked() == Some(true) {
            set_resting.set(false);
        }
        let rest = move || {
            let _ = set_resting.try_set(true);
        };
        let started = set_timeout_with_handle(rest, REST);
        timer.try_update_value(|timer| *timer = started.ok());
    };
    Effect::new(move || {
        moved();
        let listeners = [
            window_event_listener(ev::pointermove, move |_| moved()),
            window_event_listener(ev::pointerdown, move |_| moved()),
            window_event_listener(ev::keydown, move |_| moved()),
        ];
        on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
    });
    resting
}
