//! Asks each receiver how many packets have come: what a "lost" picture is judged by, never a browser event.

use js_sys::{Iterator, Reflect};
use protocol::client::{PeerEvent, Slot};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::RtcStatsReport;

use crate::peer_connection::Peer;

/// How often, in milliseconds, while in a call.
pub(crate) const EVERY: u64 = 1_000;

/// Asks about every slot; each answer is a `PeerEvent::Received`.
pub(crate) fn ask(peer: &Peer) {
    for slot in Slot::ALL {
        let Some(receiver) = peer.receiver(slot) else { continue };
        let (key, asked) = (peer.key, receiver.get_stats());
        spawn_local(async move {
            // A connection that was closed meanwhile rejects: there is nothing to report then.
            if let Ok(report) = JsFuture::from(asked).await {
                key.report(PeerEvent::Received { slot, packets: received(&report.unchecked_into()).unwrap_or(0) });
            }
        });
    }
}

/// `packetsReceived` of the `inbound-rtp` entry (W3C webrtc-stats §7.4). `None`: no entry, nothing has come yet.
fn received(report: &RtcStatsReport) -> Option<u64> {
    let values: Iterator = report.values();
    for entry in values.into_iter().flatten() {
        let field = |name: &str| Reflect::get(&entry, &JsValue::from_str(name)).ok();
        if field("type").and_then(|kind| kind.as_string()).as_deref() == Some("inbound-rtp") {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; saturates")]
            return field("packetsReceived")?.as_f64().map(|packets| packets as u64);
        }
    }
    None
}
