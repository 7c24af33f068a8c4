//! Measures how loud it is: one's own microphone while the person looks at its meter, and, in a call, who speaks.
//!
//! What that means (steps, speech) is `protocol`'s to say. Nothing is measured while nobody could see it.

use std::collections::BTreeMap;

use app::call::ViewSignals;
use js_sys::Reflect;
use leptos::prelude::{GetUntracked, Set, WithUntracked};
use protocol::{
    client::{CallView, DeviceView, METER_STEPS, Played, Slot, View, Voice},
    id::ParticipantId,
};
use wasm_bindgen::{JsCast, JsValue};
use web::ear::Ear;
use web_sys::{MediaStreamTrack, Window};

use crate::{bindings::LevelReceiver, engine, event::Event, page, peer_connection::Peer, timer::Timer};

/// How often, in milliseconds.
const EVERY: u64 = 100;

/// What is measured now.
pub(crate) struct Meter {
    window: Window,
    timer: Timer,
    /// The person looks at the microphone's meter.
    watched: bool,
    in_call: bool,
    own: Option<Ear>,
    voices: BTreeMap<ParticipantId, Voice>,
}

impl Meter {
    /// Measures nothing yet.
    pub(crate) fn new(window: &Window) -> Self {
        let timer = Timer::new(window, || engine::dispatch(Event::Measure));
        Self { window: window.clone(), timer, watched: false, in_call: false, own: None, voices: BTreeMap::new() }
    }

    /// The person begins or ends looking at the microphone's meter.
    pub(crate) fn watch(&mut self, on: bool) {
        self.watched = on;
    }

    /// Begins or ends measuring, as there is something to see.
    pub(crate) fn follow(&mut self, view: &View, signals: &ViewSignals) {
        self.in_call = matches!(view.call, CallView::Active { .. });
        if self.watched || self.in_call {
            if !self.timer.is_set() {
                self.again();
            }
        } else if self.timer.is_set() {
            self.timer.clear();
            self.own = None;
            self.voices.clear();
            tell(signals, 0, Vec::new());
        }
    }

    /// Looks once, and again later.
    pub(crate) fn measure(&mut self, peers: &[Peer], microphone: Option<&MediaStreamTrack>, signals: &ViewSignals) {
        let now = page::now(&self.window);
        let on = signals.me.with_untracked(|me| me.microphone == DeviceView::On);
        let level = microphone.filter(|_| self.watched && on).map_or(0, |track| self.own_level(track));
        // Falls a step at a time, so that the eye can follow.
        let level = level.max(signals.level.get_untracked().saturating_sub(1)).min(if on { METER_STEPS } else { 0 });
        if !self.watched {
            self.own = None;
        }
        let mut speaking = Vec::new();
        for peer in peers.iter().filter(|_| self.in_call) {
            let id = peer.key.peer;
            if self.voices.entry(id).or_default().speaks(played(peer).unwrap_or_default(), now) {
                speaking.push(id);
            }
        }
        self.voices.retain(|id, _| peers.iter().any(|peer| peer.key.peer == *id));
        tell(signals, level, speaking);
        self.again();
    }

    fn again(&mut self) {
        let now = page::now(&self.window);
        self.timer.set(Some(now + EVERY), now);
    }

    fn own_level(&mut self, track: &MediaStreamTrack) -> u8 {
        if self.own.as_ref().is_none_or(|own| !own.hears(track)) {
            self.own = Ear::new(track).ok();
        }
        self.own.as_ref().map_or(0, Ear::level)
    }
}

fn tell(signals: &ViewSignals, level: u8, speaking: Vec<ParticipantId>) {
    if signals.level.get_untracked() != level {
        signals.level.set(level);
    }
    if signals.speaking.with_untracked(|before| *before != speaking) {
        signals.speaking.set(speaking);
    }
}

/// What is played from this person. `None`: nothing.
fn played(peer: &Peer) -> Option<Played> {
    let receiver = peer.receiver(Slot::Microphone)?;
    let source = receiver.unchecked_ref::<LevelReceiver>().synchronization_sources().ok()?.get(0);
    let number = |name| Reflect::get(&source, &JsValue::from_str(name)).ok().and_then(|number| number.as_f64());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an `unsigned long`")]
    let timestamp = number("rtpTimestamp").map(|timestamp| timestamp as u32);
    Some(Played { level: number("audioLevel")?, timestamp })
}
