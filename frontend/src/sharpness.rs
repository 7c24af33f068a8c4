//! Tells the browser how it shall send: the most of a picture, what of it to prefer, and that sound goes first. When and how much is
//! decided in `protocol::client`.

use js_sys::{Array, Function, Object, Promise, Reflect};
use protocol::client::{Limit, Prefer};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{RtcRtpParameters, RtcRtpSender};

/// Tells the sender what to prefer. Browsers that know no such preference ignore it.
pub(crate) fn prefer(sender: &RtcRtpSender, prefer: Prefer) {
    let parameters = sender.get_parameters();
    let value = match prefer {
        Prefer::Sharp => "maintain-resolution",
        Prefer::Smooth => "maintain-framerate",
    };
    let _ = Reflect::set(&parameters, &JsValue::from_str("degradationPreference"), &JsValue::from_str(value));
    set(sender, &parameters);
}

/// Sends no more than this of a camera of this size. Does nothing if that is so already.
pub(crate) fn limit(sender: &RtcRtpSender, limit: Limit, (width, height): (f64, f64)) {
    let number = |value: Option<u32>| value.map_or(JsValue::UNDEFINED, JsValue::from);
    encode(
        sender,
        &[
            ("scaleResolutionDownBy", JsValue::from(limit.scale(width, height))),
            ("maxFramerate", number(limit.frames)),
            ("maxBitrate", number(limit.bitrate)),
        ],
    );
}

/// What this sender sends goes before what others send. Whether it could be said.
pub(crate) fn put_first(sender: &RtcRtpSender) -> bool {
    let high = JsValue::from_str("high");
    encode(sender, &[("priority", high.clone()), ("networkPriority", high)])
}

/// Sends the next frame whole (WebRTC Extensions, `RTCEncodingOptions.keyFrame`). Where the browser cannot, the other end asks for
/// one in its time, which may be three seconds.
pub(crate) fn send_whole(sender: &RtcRtpSender) {
    let parameters = sender.get_parameters();
    let encodings = Reflect::get(&parameters, &JsValue::from_str("encodings")).map(|list| Array::from(&list)).unwrap_or_default();
    let whole = encodings.iter().map(|_| {
        let options = Object::new();
        let _ = Reflect::set(&options, &JsValue::from_str("keyFrame"), &JsValue::TRUE);
        options
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &JsValue::from_str("encodingOptions"), &whole.collect::<Array>());
    // web-sys knows only the first parameter.
    let set = Reflect::get(sender, &JsValue::from_str("setParameters")).map(JsCast::unchecked_into::<Function>);
    if let Ok(begun) = set.and_then(|set| set.call2(sender, &parameters, &options)) {
        finish(begun.unchecked_into());
    }
}

/// Sets members of the one encoding (W3C WebRTC §5.2.5 `RTCRtpEncodingParameters`) that are not so yet. Whether there is one.
fn encode(sender: &RtcRtpSender, members: &[(&str, JsValue)]) -> bool {
    let parameters = sender.get_parameters();
    let encodings = Reflect::get(&parameters, &JsValue::from_str("encodings")).map(|list| Array::from(&list));
    // None before the first negotiation: the next second sees to it.
    let Some(encoding) = encodings.ok().map(|encodings| encodings.get(0)).filter(|encoding| encoding.is_object()) else {
        return false;
    };
    let mut changed = false;
    for (name, value) in members {
        let name = JsValue::from_str(name);
        if Reflect::get(&encoding, &name).is_ok_and(|now| now != *value) {
            changed |= Reflect::set(&encoding, &name, value).is_ok();
        }
    }
    if changed {
        set(sender, &parameters);
    }
    true
}

fn set(sender: &RtcRtpSender, parameters: &RtcRtpParameters) {
    finish(sender.set_parameters_with_parameters(parameters));
}

fn finish(begun: Promise) {
    spawn_local(async move {
        // Refused only while something else is being set: the next look comes in a second.
        let _ = JsFuture::from(begun).await;
    });
}
