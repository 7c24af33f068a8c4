//! The ways to STUN and TURN servers: one connection that only gathers candidates, or two in this page that send each other a picture
//! over the relay.

use std::cell::Cell;

use js_sys::{Array, Iterator, Reflect};
use protocol::message::IceServer;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::{
    bindings::{CanvasSource, Connection},
    ice::ice_server,
    listener::Listener,
};
use web_sys::{
    CanvasRenderingContext2d, Document, Event, HtmlCanvasElement, MediaStream, MediaStreamTrack, RtcConfiguration,
    RtcDataChannelInit, RtcIceTransportPolicy, RtcPeerConnectionIceEvent, RtcSdpType, RtcSessionDescriptionInit, RtcStatsReport,
};

use super::done;

/// A way that is being tried. Dropping it closes it.
pub(super) struct Way {
    near: Connection,
    far: Option<Far>,
    _listeners: Vec<Listener>,
}

/// The end that receives, and what the other one sends.
struct Far {
    connection: Connection,
    pen: CanvasRenderingContext2d,
    track: MediaStreamTrack,
    /// In which of two colours.
    painted: Cell<bool>,
}

impl Way {
    /// Gathers candidates from these servers. `on` gets each, and `None` at the end; `unknown` is called for a name that leads nowhere.
    ///
    /// # Errors
    /// The browser's exception.
    pub(super) fn gather(
        servers: &[IceServer],
        relay_only: bool,
        on: impl Fn(Option<String>) + Copy + 'static,
        unknown: impl Fn() + Copy + 'static,
    ) -> Result<Self, JsValue> {
        let near = connection(servers, relay_only)?;
        near.channel("check", &RtcDataChannelInit::new()).inspect_err(|_| near.close())?;
        let listeners = vec![
            Listener::new::<RtcPeerConnectionIceEvent>(&near, "icecandidate", move |event| {
                on(event.candidate().map(|candidate| candidate.candidate()).filter(|line| !line.is_empty()));
            }),
            Listener::new::<Event>(&near, "icecandidateerror", move |event| {
                let text = Reflect::get(&event, &JsValue::from_str("errorText")).ok().and_then(|text| text.as_string());
                if text.is_some_and(|text| text.contains("lookup")) {
                    unknown();
                }
            }),
        ];
        let begun = near.set_local();
        spawn_local(async move {
            done(begun).await;
        });
        Ok(Self { near, far: None, _listeners: listeners })
    }

    /// Sends a picture from one connection to another, both over these relays only.
    ///
    /// # Errors
    /// The browser's exception.
    pub(super) fn relay(servers: &[IceServer], document: &Document) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
        let pen: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into();
        let film: MediaStream = canvas.unchecked_ref::<CanvasSource>().capture_stream()?;
        let track: MediaStreamTrack = film.get_tracks().get(0).dyn_into()?;
        let (near, far) = (connection(servers, true)?, connection(servers, true)?);
        near.add_track_0(&track, &film);
        let listeners = vec![passes(&near, &far), passes(&far, &near)];
        let (one, other) = (near.clone(), far.clone());
        spawn_local(async move {
            meet(one, other).await;
        });
        Ok(Self { near, far: Some(Far { connection: far, pen, track, painted: Cell::new(false) }), _listeners: listeners })
    }

    /// Paints the next picture, and tells how many have come through.
    pub(super) fn look(&self, on: impl FnOnce(u32) + 'static) {
        let Some(far) = &self.far else { return };
        far.painted.set(!far.painted.get());
        far.pen.set_fill_style_str(if far.painted.get() { "#00afca" } else { "#f2b705" });
        far.pen.fill_rect(0.0, 0.0, 300.0, 150.0);
        let asked = far.connection.get_stats();
        spawn_local(async move {
            if let Ok(report) = JsFuture::from(asked).await {
                on(decoded(&report.unchecked_into()));
            }
        });
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.near.close();
        if let Some(far) = &self.far {
            far.connection.close();
            far.track.stop();
        }
    }
}

fn connection(servers: &[IceServer], relay_only: bool) -> Result<Connection, JsValue> {
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&servers.iter().map(ice_server).collect::<Array>());
    if relay_only {
        configuration.set_ice_transport_policy(RtcIceTransportPolicy::Relay);
    }
    Connection::new(&configuration)
}

/// What one end finds the other hears of.
fn passes(from: &Connection, to: &Connection) -> Listener {
    let to = to.clone();
    Listener::new::<RtcPeerConnectionIceEvent>(from, "icecandidate", move |event| {
        if let Some(candidate) = event.candidate() {
            let begun = to.add_candidate(&candidate);
            spawn_local(async move {
                done(begun).await;
            });
        }
    })
}

/// Offer and answer (RFC 8829). What fails shows as a picture that does not come.
async fn meet(near: Connection, far: Connection) -> Option<()> {
    done(near.set_local()).await?;
    tell(&near, &far, RtcSdpType::Offer).await?;
    done(far.set_local()).await?;
    tell(&far, &near, RtcSdpType::Answer).await
}

async fn tell(from: &Connection, to: &Connection, sdp_type: RtcSdpType) -> Option<()> {
    let init = RtcSessionDescriptionInit::new(sdp_type);
    init.set_sdp(&from.local_description()?.sdp());
    done(Ok(to.set_remote_description(&init))).await.map(|_| ())
}

/// `framesDecoded` (W3C webrtc-stats §7.4).
fn decoded(report: &RtcStatsReport) -> u32 {
    let entries: Iterator = report.values();
    let frames = |entry: JsValue| Reflect::get(&entry, &JsValue::from_str("framesDecoded")).ok()?.as_f64();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; saturates")]
    let all = entries.into_iter().flatten().filter_map(frames).fold(0.0, f64::max) as u32;
    all
}
