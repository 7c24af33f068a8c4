//! The ring tone (for who is called) and the ringback (for who calls): soft tones made on the spot, no file, no request.

use js_sys::{Array, Reflect};
use protocol::client::CallView;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::tone::{RING, Tone, play};
use web_sys::{AudioContext, AudioContextState, GainNode, Window};

use crate::{bindings::Vibrator, engine, event, page, timer::Timer};

/// Heard by who calls: one long, low tone.
const RINGBACK: [Tone; 1] = [Tone(0.0, 1.0, 425.0, 0.05)];
/// Each figure is repeated after this, in milliseconds.
const EVERY: u64 = 3_500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ringing {
    Here,
    There,
}

/// What can be heard.
pub(crate) struct Sound {
    window: Window,
    timer: Timer,
    context: Option<AudioContext>,
    now: Option<(Ringing, Option<GainNode>)>,
}

impl Sound {
    /// Silence.
    pub(crate) fn new(window: &Window) -> Self {
        let timer = Timer::new(window, || engine::dispatch(event::Event::RingAgain));
        Self { window: window.clone(), timer, context: None, now: None }
    }

    /// Begins or ends ringing, as the call stands.
    pub(crate) fn follow(&mut self, call: &CallView) {
        let ringing = match call {
            CallView::Incoming { .. } => Some(Ringing::Here),
            CallView::Calling { .. } => Some(Ringing::There),
            CallView::None | CallView::Active { .. } => None,
        };
        if ringing == self.now.as_ref().map(|(ringing, _)| *ringing) {
            return;
        }
        self.silence();
        if let Some(ringing) = ringing {
            self.now = Some((ringing, None));
            // The first sound takes the browser a while: the page shows the call first, if it is looked at.
            if self.window.document().is_some_and(|document| !document.hidden()) {
                let now = page::now(&self.window);
                self.timer.set(Some(now), now);
            } else {
                self.ring();
            }
        }
    }

    /// Rings once, and again later.
    pub(crate) fn ring(&mut self) {
        let Some((ringing, out)) = self.now.take() else { return };
        let begins = out.is_none();
        let out = out.or_else(|| self.out());
        let wakes = begins && out.is_some() && self.context.as_ref().is_some_and(ring_when_awake);
        let (ringing, out) = self.now.insert((ringing, out));
        if wakes {
            return;
        }
        // Tones given to a suspended context would all sound at once when it wakes.
        if let (Some(context), Some(out)) = (&self.context, out)
            && context.state() == AudioContextState::Running
        {
            let tones: &[Tone] = if *ringing == Ringing::Here { &RING } else { &RINGBACK };
            for tone in tones {
                let _ = play(context, out, tone);
            }
        }
        if *ringing == Ringing::Here {
            self.vibrate(&[200, 120, 200]);
        }
        let now = page::now(&self.window);
        self.timer.set(Some(now + EVERY), now);
    }

    /// The person touched the page: a browser that refused sound till now allows it.
    pub(crate) fn touched(&mut self) {
        if self.now.is_some()
            && let Some(context) = &self.context
            && context.state() == AudioContextState::Suspended
        {
            // What waits for it to wake rings then.
            let _ = context.resume();
        }
    }

    fn silence(&mut self) {
        self.timer.clear();
        if let Some(context) = &self.context {
            // One that runs keeps the machine's sound at work. Rejects only if it is closed.
            let _ = context.suspend();
        }
        if let Some((ringing, out)) = self.now.take() {
            if let Some(out) = out {
                let _ = out.disconnect();
            }
            if ringing == Ringing::Here {
                self.vibrate(&[0]);
            }
        }
    }

    fn out(&mut self) -> Option<GainNode> {
        if self.context.is_none() {
            self.context = AudioContext::new().ok();
        }
        let context = self.context.as_ref()?;
        let out = context.create_gain().ok()?;
        out.connect_with_audio_node(&context.destination()).ok()?;
        Some(out)
    }

    /// Only after a touch, else Chromium writes a refusal to the console; absent in Firefox and Safari.
    fn vibrate(&self, pattern: &[u32]) {
        let navigator: JsValue = self.window.navigator().into();
        let get = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).unwrap_or_default();
        let touched = get(&get(&navigator, "userActivation"), "hasBeenActive").as_bool().unwrap_or(false);
        if touched && get(&navigator, "vibrate").is_function() {
            let pattern: Array = pattern.iter().map(|ms| JsValue::from(*ms)).collect();
            let _ = navigator.unchecked_ref::<Vibrator>().vibrate(&pattern);
        }
    }
}

/// Wakes it, which may have to wait until the person has touched the page, and rings then. False: it cannot wake.
fn ring_when_awake(context: &AudioContext) -> bool {
    let Ok(awake) = context.resume() else { return false };
    spawn_local(async move {
        if JsFuture::from(awake).await.is_ok() {
            engine::dispatch(event::Event::RingAgain);
        }
    });
    true
}
