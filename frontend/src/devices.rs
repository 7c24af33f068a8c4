//! The camera and the microphone: asks for them, holds their tracks, says in the visitor's terms why they did not open.
//!
//! What to try after which failure is the session's. What is sent to others are clones (`outgoing.rs`).

use js_sys::Array;
use protocol::client::{Ask, Device, DeviceInfo, Input};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::capture::{self, media_devices};
use web_sys::{Event, MediaDeviceInfo, MediaDeviceKind, MediaStream, MediaStreamTrack, Window};

use crate::{
    engine, event,
    listener::Listener,
    panic::{self, Running},
};

/// What is open.
pub(crate) struct Devices {
    camera: Option<Held>,
    microphone: Option<Held>,
    _changes: Option<Listener>,
}

/// An open device. Dropping it stops it.
struct Held {
    request: u32,
    track: MediaStreamTrack,
    _ended: Listener,
}

impl Held {
    fn new(device: Device, request: u32, track: MediaStreamTrack) -> Self {
        // The handle, not the track: `track.clone()` is the browser's own method and would open it a second time.
        panic::watch(Running::Track(Clone::clone(&track)));
        let ended = Listener::new::<Event>(&track, "ended", move |_| engine::input(Input::DeviceEnded(device)));
        Self { request, track, _ended: ended }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.track.stop();
    }
}

impl Devices {
    /// Nothing is open yet. Reports from now on what comes and goes.
    pub(crate) fn new(window: &Window) -> Self {
        let of = window.clone();
        let changes = media_devices(window).map(|devices| Listener::new::<Event>(&devices, "devicechange", move |_| list(&of)));
        Self { camera: None, microphone: None, _changes: changes }
    }

    /// The device's own track, if it is open.
    pub(crate) fn track(&self, device: Device) -> Option<&MediaStreamTrack> {
        self.held(device).map(|held| &held.track)
    }

    /// Takes what was opened: it replaces what was held. Returns from which camera and which microphone it comes, by `deviceId`.
    ///
    /// An answer that comes after that of a later request for the same device is stopped instead: the later one counts.
    pub(crate) fn opened(&mut self, request: u32, stream: &MediaStream) -> (Option<String>, Option<String>) {
        let mut taken = (None, None);
        for track in stream.get_tracks().iter().map(JsCast::unchecked_into::<MediaStreamTrack>) {
            let device = if track.kind() == "video" { Device::Camera } else { Device::Microphone };
            let id = Some(track.get_settings().get_device_id().unwrap_or_default());
            match device {
                Device::Camera => taken.0 = id,
                Device::Microphone => taken.1 = id,
            }
            if self.held(device).is_some_and(|held| held.request > request) {
                track.stop();
            } else {
                *self.place(device) = Some(Held::new(device, request, track));
            }
        }
        taken
    }

    /// Stops a device: its light goes out (unless a clone is still live somewhere).
    pub(crate) fn close(&mut self, device: Device) {
        *self.place(device) = None;
    }

    fn held(&self, device: Device) -> Option<&Held> {
        match device {
            Device::Camera => self.camera.as_ref(),
            Device::Microphone => self.microphone.as_ref(),
        }
    }

    fn place(&mut self, device: Device) -> &mut Option<Held> {
        match device {
            Device::Camera => &mut self.camera,
            Device::Microphone => &mut self.microphone,
        }
    }
}

/// Asks the browser; it answers with `Event::Devices`.
pub(crate) fn open(window: &Window, request: u32, camera: Option<&Ask>, microphone: Option<&Ask>) {
    let asked = capture::get(window, camera, microphone);
    spawn_local(async move {
        let answer = asked.await;
        answer.iter().for_each(panic::watch_opened);
        engine::dispatch(event::Event::Devices { request, answer });
    });
}

/// Asks the browser what there is; it answers with `Input::DeviceList`.
pub(crate) fn list(window: &Window) {
    // Left out where the browser cannot say: then there is nothing to choose from.
    let Some(Ok(asked)) = media_devices(window).map(|devices| devices.enumerate_devices()) else { return };
    spawn_local(async move {
        if let Ok(found) = JsFuture::from(asked).await {
            let found = found.unchecked_into::<Array>();
            engine::input(Input::DeviceList(found.iter().filter_map(|info| device_info(&info.unchecked_into())).collect()));
        }
    });
}

fn device_info(info: &MediaDeviceInfo) -> Option<DeviceInfo> {
    let device = match info.kind() {
        MediaDeviceKind::Videoinput => Device::Camera,
        MediaDeviceKind::Audioinput => Device::Microphone,
        _ => return None,
    };
    // Windows' second default, for calls; Chromium lists it beside the device itself.
    (info.device_id() != "communications").then(|| DeviceInfo { device, id: info.device_id(), label: info.label() })
}
