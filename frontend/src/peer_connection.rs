//! One `RTCPeerConnection`: carries out what the session wants done at it, and reports what it does.
//!
//! It negotiates nothing by itself: which description is set when is decided in `protocol::client`. The engine drives it.

mod sending;

use js_sys::{Array, Object, Promise, Reflect};
use protocol::{
    client::{ConnectionState, FailedOp, Limit, PeerEvent, PeerOp, SendMode, Sharpness, Slot},
    id::ParticipantId,
    message::{Candidate, IceServer, PeerMessage, SdpType},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::ice::ice_server;
use web_sys::{
    Event, MediaStream, MediaStreamTrack, MessageEvent, RtcBundlePolicy, RtcConfiguration, RtcDataChannel, RtcDataChannelInit,
    RtcDataChannelState, RtcIceTransportPolicy, RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcRtpReceiver, RtcRtpSender,
    RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescription,
    RtcSessionDescriptionInit,
};

use crate::{
    bindings::{Connection, StreamSender, Transceiver},
    engine, event,
    listener::Listener,
    outgoing::Outgoing,
    page,
    panic::{self, Running},
};

/// Which connection a report is of: reports of an older one are dropped by the engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PeerKey {
    /// To whom.
    pub(crate) peer: ParticipantId,
    /// Which opening.
    pub(crate) generation: u32,
}

impl PeerKey {
    /// Reports an event of this connection.
    pub(crate) fn report(self, event: PeerEvent) {
        engine::dispatch(event::Event::Peer(self, event));
    }

    /// Reports a failure, in the browser's words.
    fn failed(self, op: FailedOp, error: &JsValue) {
        let message = error.dyn_ref::<js_sys::Error>().map_or_else(
            || format!("{error:?}"),
            |error| format!("{}: {}", String::from(error.name()), String::from(error.message())),
        );
        self.report(PeerEvent::Failed { op, message });
    }

    /// Reports a failure of what was begun, if it fails.
    fn watch(self, op: FailedOp, begun: Result<Promise, JsValue>) {
        spawn_local(async move {
            if let Err(error) = finished(begun).await {
                self.failed(op, &error);
            }
        });
    }
}

async fn finished(begun: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(begun?).await
}

/// A connection to another participant.
pub(crate) struct Peer {
    /// Which.
    pub(crate) key: PeerKey,
    connection: Connection,
    configuration: RtcConfiguration,
    control: RtcDataChannel,
    /// What is sent in each slot belongs to: the person's own, or the screen's. Browsers play what is in one in time (W3C WebRTC
    /// §5.2 `setStreams`).
    own: MediaStream,
    screen: MediaStream,
    transceivers: [Option<RtcRtpTransceiver>; 3],
    outgoing: [Outgoing; 3],
    sharpness: Sharpness,
    /// The most that is sent of the camera.
    limit: Limit,
    /// The browser knows that sound goes before pictures.
    sound_first: bool,
    listeners: Vec<Listener>,
}

impl Peer {
    /// Makes the connection, with its control channel, and as the allocator with the three transceivers.
    ///
    /// # Errors
    /// The browser's exception: no WebRTC here, or an ICE server it does not take.
    pub(crate) fn open(key: PeerKey, allocate: bool, ice: &[IceServer], relay_only: bool) -> Result<Self, JsValue> {
        let configuration = RtcConfiguration::new();
        if relay_only {
            configuration.set_ice_transport_policy(RtcIceTransportPolicy::Relay);
        }
        configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
        configuration.set_ice_servers(&ice.iter().map(ice_server).collect::<Array>());
        let (own, screen) = (MediaStream::new()?, MediaStream::new()?);
        let connection = Connection::new(&configuration)?;
        panic::watch(Running::Connection(Clone::clone(&connection)));
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(0);
        init.set_ordered(true);
        // Unclosed it would keep its sockets until it is collected. From `Self` on dropping closes it.
        let control = connection.channel("control", &init).inspect_err(|_| connection.close())?;
        let listeners = listen(key, &connection);
        let mut peer = Self {
            key,
            connection,
            configuration,
            control,
            own,
            screen,
            transceivers: [None, None, None],
            outgoing: Default::default(),
            sharpness: Sharpness::default(),
            limit: Limit::default(),
            sound_first: false,
            listeners,
        };
        peer.listeners.extend(listen_control(key, &peer.control));
        if allocate {
            for slot in Slot::ALL {
                let init = RtcRtpTransceiverInit::new();
                init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
                init.set_streams(&Array::of1(peer.stream(slot)));
                let transceiver = peer.connection.add(kind(slot), &init)?;
                peer.take(slot, transceiver);
            }
        }
        Ok(peer)
    }

    /// Carries out anything but `Open`, `Send` and `Close`, which are the engine's.
    pub(crate) fn carry_out(&mut self, op: PeerOp) {
        match op {
            PeerOp::SetLocal => self.set_local(),
            PeerOp::SetRemote { sdp_type, sdp } => self.set_remote(sdp_type, &sdp),
            PeerOp::Adopt => self.adopt(),
            PeerOp::AddCandidate(candidate) => {
                let candidate = candidate.map_or(JsValue::UNDEFINED, |candidate| candidate_init(&candidate));
                self.key.watch(FailedOp::AddCandidate, self.connection.add_candidate(&candidate));
            }
            PeerOp::Limit(limit) => {
                self.limit = limit;
                self.keep_limit();
            }
            PeerOp::SendWhole => self.send_whole(),
            PeerOp::Control(message) => self.send_control(&message),
            PeerOp::Reveal => {
                self.configuration.set_ice_transport_policy(RtcIceTransportPolicy::All);
                self.configure();
            }
            PeerOp::Servers(ice) => {
                self.configuration.set_ice_servers(&ice.iter().map(ice_server).collect::<Array>());
                self.configure();
            }
            PeerOp::RestartIce => {
                if let Err(error) = self.connection.restart_ice() {
                    page::warn("restartIce", &error);
                }
            }
            PeerOp::Open { .. } | PeerOp::Send { .. } | PeerOp::Close => {}
        }
    }

    fn configure(&self) {
        if let Err(error) = self.connection.set_configuration_with_configuration(&self.configuration) {
            page::warn("setConfiguration", &error);
        }
    }

    /// Sends this in a slot from now on. `device` is the device's own track, if it is open.
    pub(crate) fn send(&mut self, slot: Slot, mode: SendMode, device: Option<&MediaStreamTrack>) {
        if let Some(attached) = self.outgoing_mut(slot).and_then(|outgoing| outgoing.set(mode, device)) {
            self.key.watch(FailedOp::Send, Ok(attached));
        }
    }

    /// What is counted at it.
    pub(crate) fn stats(&self) -> Promise {
        self.connection.get_stats()
    }

    /// The ids of its media lines, by slot.
    pub(crate) fn mids(&self) -> [Option<String>; 3] {
        self.transceivers.each_ref().map(|transceiver| transceiver.as_ref()?.mid())
    }

    fn sender(&self, slot: Slot) -> Option<RtcRtpSender> {
        Some(self.transceivers.get(slot as usize)?.as_ref()?.sender())
    }

    /// What receives in a slot. `None` until the transceivers are there.
    pub(crate) fn receiver(&self, slot: Slot) -> Option<RtcRtpReceiver> {
        Some(self.transceivers.get(slot as usize)?.as_ref()?.receiver())
    }

    fn stream(&self, slot: Slot) -> &MediaStream {
        match slot {
            Slot::Microphone | Slot::Camera => &self.own,
            Slot::Screen => &self.screen,
        }
    }

    fn outgoing_mut(&mut self, slot: Slot) -> Option<&mut Outgoing> {
        self.outgoing.get_mut(slot as usize)
    }

    fn take(&mut self, slot: Slot, transceiver: RtcRtpTransceiver) {
        let sender = transceiver.sender();
        if let Some(place) = self.transceivers.get_mut(slot as usize) {
            *place = Some(transceiver);
        }
        if let Some(attached) = self.outgoing_mut(slot).and_then(|outgoing| outgoing.attach(sender)) {
            self.key.watch(FailedOp::Send, Ok(attached));
        }
    }

    fn set_local(&self) {
        let (key, connection) = (self.key, self.connection.clone());
        let transceivers = self.transceivers.clone();
        let begun = connection.set_local();
        spawn_local(async move {
            if let Err(error) = finished(begun).await {
                return key.failed(FailedOp::SetLocal, &error);
            }
            match connection.local_description().and_then(|local| Some((sdp_type(local.type_())?, local.sdp()))) {
                Some((sdp_type, sdp)) => {
                    let mids = transceivers.map(|transceiver| transceiver.and_then(|transceiver| transceiver.mid()));
                    key.report(PeerEvent::LocalSet { sdp_type, sdp, mids });
                }
                None => key.failed(FailedOp::SetLocal, &JsValue::from_str("no local description")),
            }
        });
    }

    fn set_remote(&self, sdp_type: SdpType, sdp: &str) {
        let init = RtcSessionDescriptionInit::new(match sdp_type {
            SdpType::Offer => RtcSdpType::Offer,
            SdpType::Answer => RtcSdpType::Answer,
        });
        init.set_sdp(sdp);
        let key = self.key;
        let begun = self.connection.set_remote_description(&init);
        spawn_local(async move {
            match finished(Ok(begun)).await {
                Ok(_) => key.report(PeerEvent::RemoteSet),
                Err(error) => key.failed(FailedOp::SetRemote, &error),
            }
        });
    }

    /// Takes the offered transceivers as ours, in m-line order, and will send as well as receive in each. One that the offer stops
    /// (a media line with port 0) stays out; the others keep their slots.
    fn adopt(&mut self) {
        let lines = self.connection.remote_description().map(|remote| media_lines(&remote)).unwrap_or_default();
        let transceivers: Vec<Transceiver> = self.connection.get_transceivers().iter().map(JsCast::unchecked_into).collect();
        for (slot, line) in Slot::ALL.into_iter().zip(lines) {
            let offered = transceivers.iter().find(|transceiver| transceiver.mid().as_ref() == Some(&line));
            let Some(transceiver) = offered.filter(|offered| offered.receiver().track().kind() == kind(slot)) else { continue };
            if let Err(error) = transceiver.set_direction(RtcRtpTransceiverDirection::Sendrecv) {
                page::warn("a transceiver is stopped", &error);
                continue;
            }
            // Firefox before 113 cannot; there picture and sound are in time only roughly.
            let sender: StreamSender = transceiver.sender().unchecked_into();
            if let Err(error) = sender.set_streams(self.stream(slot)) {
                page::warn("setStreams", &error);
            }
            self.take(slot, transceiver.unchecked_ref::<RtcRtpTransceiver>().clone());
        }
    }

    fn send_control(&self, message: &PeerMessage) {
        if self.control.ready_state() != RtcDataChannelState::Open {
            return;
        }
        if let Ok(text) = serde_json::to_string(message)
            && let Err(error) = self.control.send_with_str(&text)
        {
            page::warn("the control channel took no letter", &error);
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listeners.clear();
        self.control.close();
        self.connection.close();
    }
}

fn kind(slot: Slot) -> &'static str {
    match slot {
        Slot::Microphone => "audio",
        Slot::Camera | Slot::Screen => "video",
    }
}

fn listen(key: PeerKey, connection: &Connection) -> Vec<Listener> {
    let of = connection.clone();
    vec![
        Listener::new::<Event>(connection, "negotiationneeded", move |_| key.report(PeerEvent::NegotiationNeeded)),
        Listener::new::<RtcPeerConnectionIceEvent>(connection, "icecandidate", move |event| {
            let candidate = event.candidate().filter(|candidate| !candidate.candidate().is_empty());
            key.report(PeerEvent::Candidate(candidate.map(|candidate| Candidate {
                candidate: candidate.candidate(),
                mid: candidate.sdp_mid(),
                line: candidate.sdp_m_line_index(),
                ufrag: Reflect::get(&candidate, &JsValue::from_str("usernameFragment")).ok().and_then(|ufrag| ufrag.as_string()),
            })));
        }),
        Listener::new::<Event>(connection, "connectionstatechange", move |_| {
            if let Some(state) = connection_state(of.connection_state()) {
                key.report(PeerEvent::Connection(state));
            }
        }),
        // Firefox has dropped connections that nobody asked for this event (matchbox issue 36).
        Listener::new::<Event>(connection, "iceconnectionstatechange", |_| {}),
    ]
}

fn listen_control(key: PeerKey, control: &RtcDataChannel) -> [Listener; 3] {
    [
        Listener::new::<Event>(control, "open", move |_| key.report(PeerEvent::ControlOpen)),
        Listener::new::<Event>(control, "close", move |_| key.report(PeerEvent::ControlClosed)),
        Listener::new::<MessageEvent>(control, "message", move |event| {
            match event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                Some(message) => key.report(PeerEvent::ControlMessage(message)),
                None => page::warn("a letter could not be read", &JsValue::UNDEFINED),
            }
        }),
    ]
}

/// `RTCIceCandidateInit`; web-sys has no `usernameFragment`.
fn candidate_init(candidate: &Candidate) -> JsValue {
    let init = Object::new();
    let set = |name: &str, value: JsValue| {
        let _ = Reflect::set(&init, &JsValue::from_str(name), &value);
    };
    set("candidate", JsValue::from_str(&candidate.candidate));
    if let Some(mid) = &candidate.mid {
        set("sdpMid", JsValue::from_str(mid));
    }
    if let Some(line) = candidate.line {
        set("sdpMLineIndex", JsValue::from(line));
    }
    if let Some(ufrag) = &candidate.ufrag {
        set("usernameFragment", JsValue::from_str(ufrag));
    }
    init.into()
}

/// The ids of the media lines, in their order (RFC 8843 §4).
fn media_lines(description: &RtcSessionDescription) -> Vec<String> {
    description.sdp().lines().filter_map(|line| line.strip_prefix("a=mid:")).map(str::to_owned).collect()
}

fn sdp_type(sdp_type: RtcSdpType) -> Option<SdpType> {
    match sdp_type {
        RtcSdpType::Offer => Some(SdpType::Offer),
        RtcSdpType::Answer => Some(SdpType::Answer),
        _ => None,
    }
}

fn connection_state(state: RtcPeerConnectionState) -> Option<ConnectionState> {
    Some(match state {
        RtcPeerConnectionState::New => ConnectionState::New,
        RtcPeerConnectionState::Connecting => ConnectionState::Connecting,
        RtcPeerConnectionState::Connected => ConnectionState::Connected,
        RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
        RtcPeerConnectionState::Failed => ConnectionState::Failed,
        RtcPeerConnectionState::Closed => ConnectionState::Closed,
        _ => return None,
    })
}
