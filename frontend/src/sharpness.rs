//! Gets the camera's picture to its full size when the line allows it.
//!
//! Chromium begins a video with what 300 kbit/s carry, a picture of 320 × 180 say, and then climbs a step in many seconds, though the
//! line was measured long ago: a small picture is allowed only few bits, and few bits keep it small. Asked once to keep the
//! resolution it goes to full size at once, and stays there when the wish is taken back. On a weak line nothing is asked for.

use js_sys::{Iterator, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{RtcRtpSender, RtcStatsReport};

use crate::peer_connection::PeerKey;

/// The line must carry this many bits a second for each pixel of the full picture: 460 kbit/s for 1280 × 720.
const BITS_A_PIXEL: f64 = 0.5;
/// How many looks (one a second) the wish stands.
const HOLD: u32 = 3;
/// How many looks to wait before the second try; it doubles with each.
const AGAIN: u32 = 10;
/// A line on which this many tries did not last is left alone.
const TRIES: u32 = 5;

/// What is sent now, and what could be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sent {
    /// The width sent, in pixels.
    width: f64,
    /// The camera's.
    full_width: f64,
    full_height: f64,
    /// What the line carries, in bits a second.
    line: f64,
    /// The machine is too slow, not the line.
    machine: bool,
}

/// What to prefer when not everything can be had (W3C WebRTC Extensions, `RTCDegradationPreference`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    Sharp,
    Smooth,
}

/// The tries made for one connection.
#[derive(Debug, Default)]
pub(crate) struct Sharpness {
    looks: u32,
    tries: u32,
    next_try: u32,
    hold_until: Option<u32>,
}

impl Sharpness {
    /// A second of the call has passed. `None`: nothing to do; `Some(None)`: look at what is sent; else a change of preference.
    pub(crate) fn tick(&mut self) -> Option<Option<Prefer>> {
        self.looks += 1;
        match self.hold_until {
            Some(until) if self.looks < until => None,
            Some(_) => {
                self.hold_until = None;
                Some(Some(Prefer::Smooth))
            }
            None => (self.looks > self.next_try && self.tries < TRIES).then_some(None),
        }
    }

    /// Whether to ask for the full size now.
    pub(crate) fn judge(&mut self, sent: Sent) -> Option<Prefer> {
        let small = sent.width > 0.0 && sent.width < sent.full_width;
        let carries = sent.line >= sent.full_width * sent.full_height * BITS_A_PIXEL;
        if self.hold_until.is_some() || sent.machine || !small || !carries {
            return None;
        }
        self.hold_until = Some(self.looks + HOLD);
        self.next_try = self.looks + HOLD + (AGAIN << self.tries);
        self.tries += 1;
        Some(Prefer::Sharp)
    }
}

/// Asks what a sender sends; the answer is given to `on`.
pub(crate) fn look(sender: &RtcRtpSender, key: PeerKey, on: impl FnOnce(PeerKey, Sent) + 'static) {
    let asked = sender.get_stats();
    spawn_local(async move {
        if let Ok(report) = JsFuture::from(asked).await {
            on(key, sent(&report.unchecked_into()));
        }
    });
}

/// Tells the sender what to prefer. Browsers that know no such preference ignore it.
pub(crate) fn prefer(sender: &RtcRtpSender, prefer: Prefer) {
    let parameters = sender.get_parameters();
    let value = match prefer {
        Prefer::Sharp => "maintain-resolution",
        Prefer::Smooth => "maintain-framerate",
    };
    let _ = Reflect::set(&parameters, &JsValue::from_str("degradationPreference"), &JsValue::from_str(value));
    let set = sender.set_parameters_with_parameters(&parameters);
    spawn_local(async move {
        // Refused only while something else is being set: the next look comes in a second.
        let _ = JsFuture::from(set).await;
    });
}

/// W3C webrtc-stats: `outbound-rtp` (§7.5), `media-source` (§7.8), `candidate-pair` (§7.14).
fn sent(report: &RtcStatsReport) -> Sent {
    let mut sent = Sent::default();
    let entries: Iterator = report.values();
    for entry in entries.into_iter().flatten() {
        let field = |name: &str| Reflect::get(&entry, &JsValue::from_str(name)).unwrap_or_default();
        let number = |name: &str| field(name).as_f64().unwrap_or_default();
        match field("type").as_string().as_deref() {
            Some("outbound-rtp") => {
                sent.width = sent.width.max(number("frameWidth"));
                sent.machine |= field("qualityLimitationReason") == "cpu";
            }
            Some("media-source") => (sent.full_width, sent.full_height) = (number("width"), number("height")),
            Some("candidate-pair") => sent.line = sent.line.max(number("availableOutgoingBitrate")),
            _ => {}
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Sent = Sent { width: 320.0, full_width: 1280.0, full_height: 720.0, line: 1e6, machine: false };

    #[test]
    fn a_small_picture_on_a_good_line_is_made_sharp_then_left_to_the_browser() {
        let mut sharpness = Sharpness::default();
        assert_eq!(sharpness.tick(), Some(None));
        assert_eq!(sharpness.judge(SMALL), Some(Prefer::Sharp));
        assert_eq!(sharpness.judge(SMALL), None, "an answer to an earlier look");
        assert_eq!(sharpness.tick(), None);
        assert_eq!(sharpness.tick(), None);
        assert_eq!(sharpness.tick(), Some(Some(Prefer::Smooth)));
        assert_eq!(sharpness.tick(), None, "not again at once");
    }

    #[test]
    fn a_weak_line_a_slow_machine_and_a_full_picture_are_left_alone() {
        for sent in
            [Sent { line: 3e5, ..SMALL }, Sent { machine: true, ..SMALL }, Sent { width: 1280.0, ..SMALL }, Sent::default()]
        {
            let mut sharpness = Sharpness::default();
            assert_eq!(sharpness.judge(sent), None);
            assert_eq!(sharpness.tick(), Some(None), "looks on");
        }
    }

    #[test]
    fn a_line_that_does_not_keep_it_is_asked_ever_more_seldom() {
        let mut sharpness = Sharpness::default();
        let mut asked = Vec::new();
        for look in 1..2_000_u32 {
            if sharpness.tick() == Some(None) && sharpness.judge(SMALL).is_some() {
                asked.push(look);
            }
        }
        assert_eq!(asked, [1, 15, 39, 83, 167]);
    }
}
