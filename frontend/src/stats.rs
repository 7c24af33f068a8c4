//! Asks a connection what it has counted: what a "lost" picture, the quality and the steps are judged by, never a browser event.

use js_sys::{Iterator, Reflect};
use protocol::client::{Incoming, Measured, PeerEvent, Sent, Slot, Told};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::RtcStatsReport;

use crate::peer_connection::Peer;

/// How often, in milliseconds, while in a call: what has come.
pub(crate) const EVERY: u64 = 500;
/// At every how manieth time also how well it goes: once a second.
pub(crate) const MEASURED_EVERY: u32 = 2;

/// Asks; the answer is a `PeerEvent::Received` for each slot, then, if it shall be measured, a `PeerEvent::Measured`.
pub(crate) fn ask(peer: &Peer, measure: bool) {
    let (key, asked, mids, (width, height)) = (peer.key, peer.stats(), peer.mids(), peer.camera_size());
    spawn_local(async move {
        // A connection that was closed meanwhile rejects: there is nothing to report then.
        let Ok(report) = JsFuture::from(asked).await else { return };
        let sent = Sent { full_width: width, full_height: height, ..Sent::default() };
        let measured = Measured { sent, ..Measured::default() };
        let mut read = Reader { report: report.unchecked_into(), mids, incoming: Default::default(), measured };
        read.all();
        for (slot, incoming) in Slot::ALL.into_iter().zip(read.incoming) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; saturates")]
            key.report(PeerEvent::Received { slot, packets: incoming.packets as u64 });
        }
        if measure {
            let [sound, picture, _] = read.incoming;
            key.report(PeerEvent::Measured(Box::new(Measured { sound, picture, ..read.measured })));
        }
    });
}

fn field(entry: &JsValue, name: &str) -> JsValue {
    Reflect::get(entry, &JsValue::from_str(name)).unwrap_or_default()
}

fn number(entry: &JsValue, name: &str) -> f64 {
    field(entry, name).as_f64().unwrap_or_default()
}

/// Reads one report (W3C webrtc-stats).
struct Reader {
    report: RtcStatsReport,
    mids: [Option<String>; 3],
    incoming: [Incoming; 3],
    measured: Measured,
}

impl Reader {
    fn all(&mut self) {
        let mut path = JsValue::UNDEFINED;
        let entries: Iterator = self.report.values();
        let entries: Vec<JsValue> = entries.into_iter().flatten().collect();
        let newest = entries.iter().map(|entry| number(entry, "timestamp")).fold(0.0, f64::max);
        for entry in entries {
            match field(&entry, "type").as_string().as_deref() {
                Some("inbound-rtp") => self.inbound(&entry),
                Some("outbound-rtp") if self.slot(&entry) == Some(Slot::Camera) => self.outbound(&entry),
                Some("remote-inbound-rtp") => self.told(&entry, newest),
                // What was used before an ICE restart counts too.
                Some("candidate-pair") => {
                    self.measured.bytes_in += number(&entry, "bytesReceived");
                    self.measured.bytes_out += number(&entry, "bytesSent");
                    if path.is_undefined() && field(&entry, "selected").is_truthy() {
                        path = entry;
                    }
                }
                Some("transport") => {
                    let selected = self.entry(&field(&entry, "selectedCandidatePairId"));
                    if !selected.is_undefined() {
                        path = selected;
                    }
                }
                _ => {}
            }
        }
        self.measured.round_trip = field(&path, "currentRoundTripTime").as_f64();
        self.measured.sent.line = number(&path, "availableOutgoingBitrate");
        self.measured.relayed = ["localCandidateId", "remoteCandidateId"]
            .into_iter()
            .any(|end| field(&self.entry(&field(&path, end)), "candidateType") == "relay");
    }

    /// The entry of this id.
    fn entry(&self, id: &JsValue) -> JsValue {
        id.as_string().and_then(|id| self.report.get(&id)).map_or(JsValue::UNDEFINED, Into::into)
    }

    /// By its media line; where the browser does not name that (Firefox before 119), by its kind.
    fn slot(&self, entry: &JsValue) -> Option<Slot> {
        let mid = field(entry, "mid").as_string();
        if mid.is_some() {
            return Slot::ALL.into_iter().zip(&self.mids).find(|(_, of)| **of == mid).map(|(slot, _)| slot);
        }
        Some(if field(entry, "kind") == "audio" { Slot::Microphone } else { Slot::Camera })
    }

    fn inbound(&mut self, entry: &JsValue) {
        let Some(incoming) = self.slot(entry).and_then(|slot| self.incoming.get_mut(slot as usize)) else { return };
        *incoming = Incoming {
            packets: number(entry, "packetsReceived"),
            lost: number(entry, "packetsLost"),
            jitter: number(entry, "jitter"),
            frozen: number(entry, "totalFreezesDuration"),
            width: number(entry, "frameWidth"),
            height: number(entry, "frameHeight"),
        };
    }

    /// `newest`: the time of this report, in milliseconds.
    fn told(&mut self, entry: &JsValue, newest: f64) {
        let sent = self.entry(&field(entry, "localId"));
        let Some(told) = self.slot(&sent).and_then(|slot| self.measured.told.get_mut(slot as usize)) else { return };
        *told = Told { lost: number(entry, "fractionLost"), age: (newest - number(entry, "timestamp")) / 1e3 };
    }

    fn outbound(&mut self, entry: &JsValue) {
        let sent = &mut self.measured.sent;
        sent.width = sent.width.max(number(entry, "frameWidth"));
        let why = field(entry, "qualityLimitationReason");
        sent.machine |= why == "cpu";
        sent.narrow |= why == "bandwidth";
    }
}
