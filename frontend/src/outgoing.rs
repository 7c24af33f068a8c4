//! What one transceiver sends: nothing, or a clone of a device's track, silent or live. The device's own track is never touched.

use js_sys::Promise;
use protocol::client::SendMode;
use web_sys::{MediaStreamTrack, RtcRtpSender};

use crate::panic::{self, Running};

/// The sending side of a slot. Works before its transceiver is known: the track is then attached later.
#[derive(Default)]
pub(crate) struct Outgoing {
    sender: Option<RtcRtpSender>,
    /// The clone, and the opening of the device that it was cloned from.
    clone: Option<(u32, MediaStreamTrack)>,
}

impl Outgoing {
    /// The transceiver is known now. Returns the attaching of what was to be sent already.
    pub(crate) fn attach(&mut self, sender: RtcRtpSender) -> Option<Promise> {
        let attached = self.clone.as_ref().map(|(_, track)| sender.replace_track(Some(track)));
        self.sender = Some(sender);
        attached
    }

    /// Sends this from now on. From silent to live of the same opening is only a flag: nothing is made, nothing awaited.
    pub(crate) fn set(&mut self, mode: SendMode, device: Option<&MediaStreamTrack>) -> Option<Promise> {
        let (opening, live) = match mode {
            SendMode::Nothing => return self.clear(),
            SendMode::Silent { device } => (device, false),
            SendMode::Live { device } => (device, true),
        };
        if let Some((cloned, track)) = &self.clone
            && *cloned == opening
        {
            track.set_enabled(live);
            return None;
        }
        let Some(device) = device else { return self.clear() };
        // The browser's `clone()`: a second track of the same device.
        let track = MediaStreamTrack::clone(device);
        track.set_enabled(live);
        panic::watch(Running::Track(Clone::clone(&track)));
        let attached = self.sender.as_ref().map(|sender| sender.replace_track(Some(&track)));
        self.stop();
        self.clone = Some((opening, track));
        attached
    }

    fn stop(&mut self) {
        if let Some((_, track)) = self.clone.take() {
            track.stop();
        }
    }

    fn clear(&mut self) -> Option<Promise> {
        self.clone.as_ref()?;
        let detached = self.sender.as_ref().map(|sender| sender.replace_track(None));
        self.stop();
        detached
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.stop();
    }
}
