//! Asks the browser how large a picture it sends, and what it shall prefer. When, is [`Sharpness`](protocol::client::Sharpness)'s.

use js_sys::{Iterator, Reflect};
use protocol::client::{Prefer, Sent};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{RtcRtpSender, RtcStatsReport};

use crate::peer_connection::PeerKey;

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
