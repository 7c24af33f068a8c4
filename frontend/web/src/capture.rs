//! Asks for the camera and the microphone, with what a call needs, and says in the visitor's terms why they did not open.
//!
//! Holds nothing; which device is wanted, and what to try after which failure, is decided elsewhere.

use js_sys::{Object, Promise, Reflect};
use protocol::client::{Ask, DeviceError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDevices, MediaStream, MediaStreamConstraints, Window};

/// Asks the browser, in the caller's own turn.
///
/// # Errors
/// Why nothing was opened.
pub fn get(
    window: &Window,
    camera: Option<&Ask>,
    microphone: Option<&Ask>,
) -> impl Future<Output = Result<MediaStream, DeviceError>> + use<> {
    let asked = ask(window, camera, microphone);
    async move { JsFuture::from(asked?).await.map(JsCast::unchecked_into::<MediaStream>).map_err(|error| device_error(&error)) }
}

/// On an insecure page `mediaDevices` is undefined, and the binding would hand that back as if it were there.
#[must_use]
pub fn media_devices(window: &Window) -> Option<MediaDevices> {
    window.navigator().media_devices().ok().filter(|devices| !JsValue::as_ref(devices).is_undefined())
}

fn ask(window: &Window, camera: Option<&Ask>, microphone: Option<&Ask>) -> Result<Promise, DeviceError> {
    let insecure = if window.is_secure_context() { DeviceError::Other } else { DeviceError::Insecure };
    let devices = media_devices(window).ok_or(insecure)?;
    let constraints = MediaStreamConstraints::new();
    if let Some(camera) = camera {
        let which = match camera {
            Ask::Any => ("facingMode", object(&[("ideal", JsValue::from_str("user"))])),
            Ask::This(id) => exact(id),
        };
        constraints.set_video(&object(&[("width", ideal(1280)), ("height", ideal(720)), ("frameRate", ideal(30)), which]));
    }
    if let Some(microphone) = microphone {
        let mut wishes =
            vec![("echoCancellation", JsValue::TRUE), ("noiseSuppression", JsValue::TRUE), ("autoGainControl", JsValue::TRUE)];
        if let Ask::This(id) = microphone {
            wishes.push(exact(id));
        }
        constraints.set_audio(&object(&wishes));
    }
    devices.get_user_media_with_constraints(&constraints).map_err(|error| device_error(&error))
}

fn ideal(value: u32) -> JsValue {
    object(&[("ideal", JsValue::from(value))])
}

fn exact(id: &str) -> (&'static str, JsValue) {
    ("deviceId", object(&[("exact", JsValue::from_str(id))]))
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// `getUserMedia`'s exceptions (W3C Media Capture §10.2), in the visitor's terms.
fn device_error(error: &JsValue) -> DeviceError {
    let text =
        |name: &str| Reflect::get(error, &JsValue::from_str(name)).ok().and_then(|value| value.as_string()).unwrap_or_default();
    DeviceError::from_exception(&text("name"), &text("message"))
}
