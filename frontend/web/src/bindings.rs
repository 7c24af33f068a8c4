//! What `web-sys` lacks, has only behind its unstable flag, or binds without catching exceptions.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{
    EventTarget, HtmlCanvasElement, HtmlVideoElement, MediaStream, RtcConfiguration, RtcDataChannel, RtcDataChannelInit,
    RtcPeerConnection, RtcRtpReceiver, RtcRtpSender, RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
};

#[wasm_bindgen]
extern "C" {
    /// `RTCPeerConnection`: everything else of it comes through `Deref`.
    #[wasm_bindgen(extends = RtcPeerConnection, extends = EventTarget)]
    #[derive(Clone, Debug)]
    pub type Connection;

    /// `new RTCPeerConnection(configuration)`.
    #[wasm_bindgen(constructor, catch, js_class = "RTCPeerConnection")]
    pub fn new(configuration: &RtcConfiguration) -> Result<Connection, JsValue>;

    /// `createDataChannel`.
    #[wasm_bindgen(method, catch, js_name = createDataChannel)]
    pub fn channel(this: &Connection, label: &str, init: &RtcDataChannelInit) -> Result<RtcDataChannel, JsValue>;

    /// `addTransceiver`.
    #[wasm_bindgen(method, catch, js_name = addTransceiver)]
    pub fn add(this: &Connection, kind: &str, init: &RtcRtpTransceiverInit) -> Result<RtcRtpTransceiver, JsValue>;

    /// Without argument: the browser makes the offer or answer itself, so no race lies between making and setting it.
    /// web-sys knows only the form with an argument (wasm-bindgen issue 3394).
    #[wasm_bindgen(method, catch, js_name = setLocalDescription)]
    pub fn set_local(this: &Connection) -> Result<Promise, JsValue>;

    /// `undefined` ends the candidates.
    #[wasm_bindgen(method, catch, js_name = addIceCandidate)]
    pub fn add_candidate(this: &Connection, candidate: &JsValue) -> Result<Promise, JsValue>;

    /// The next offer begins a new ICE generation.
    #[wasm_bindgen(method, catch, js_name = restartIce)]
    pub fn restart_ice(this: &Connection) -> Result<(), JsValue>;

    /// `RTCRtpTransceiver`, of which the other end can stop any by its offer.
    #[wasm_bindgen(extends = RtcRtpTransceiver)]
    pub type Transceiver;

    /// Throws if it is stopped.
    #[wasm_bindgen(method, setter, catch, js_name = direction)]
    pub fn set_direction(this: &Transceiver, direction: RtcRtpTransceiverDirection) -> Result<(), JsValue>;

    /// `RTCRtpSender.setStreams`.
    #[wasm_bindgen(extends = RtcRtpSender)]
    pub type StreamSender;

    /// Throws where it is not known (Firefox before 113).
    #[wasm_bindgen(method, catch, js_name = setStreams)]
    pub fn set_streams(this: &StreamSender, stream: &MediaStream) -> Result<(), JsValue>;

    /// `RTCRtpReceiver.getSynchronizationSources` (W3C WebRTC §5.3).
    #[wasm_bindgen(extends = RtcRtpReceiver)]
    pub type LevelReceiver;

    /// What of each source was played last.
    #[wasm_bindgen(method, catch, js_name = getSynchronizationSources)]
    pub fn synchronization_sources(this: &LevelReceiver) -> Result<Array, JsValue>;

    /// A `<video>` with `requestVideoFrameCallback` (probe before: older Firefox has none).
    #[wasm_bindgen(extends = HtmlVideoElement)]
    #[derive(Clone, Debug)]
    pub type FrameSource;

    /// Calls once, with the next frame.
    #[wasm_bindgen(method, js_name = requestVideoFrameCallback)]
    pub fn request_frame(this: &FrameSource, callback: &Function) -> f64;

    /// Takes that back.
    #[wasm_bindgen(method, js_name = cancelVideoFrameCallback)]
    pub fn cancel_frame(this: &FrameSource, handle: f64);

    /// A `<canvas>` as a camera (W3C Media Capture from DOM Elements §4.1).
    #[wasm_bindgen(extends = HtmlCanvasElement)]
    pub type CanvasSource;

    /// A frame each time the canvas is painted.
    #[wasm_bindgen(method, catch, js_name = captureStream)]
    pub fn capture_stream(this: &CanvasSource) -> Result<MediaStream, JsValue>;

    /// `navigator.vibrate` (absent in Firefox and Safari: probe before).
    pub type Vibrator;

    /// In milliseconds: on, off, on.
    #[wasm_bindgen(method, catch)]
    pub fn vibrate(this: &Vibrator, pattern: &JsValue) -> Result<bool, JsValue>;
}
