//! How much is sent of the person's camera, as the session wants it and the browser can.

use protocol::client::{Limit, Sent, Slot, Step};

use super::Peer;
use crate::sharpness;

impl Peer {
    /// A second of the call has passed, and this is sent from the camera. Is it within the limit, and as large as it could be?
    pub(crate) fn look_at(&mut self, sent: Sent) {
        self.sound_first = self.sound_first || self.sender(Slot::Microphone).is_some_and(|sender| sharpness::put_first(&sender));
        self.keep_limit();
        let Some(sender) = self.sender(Slot::Camera).filter(|sender| sender.track().is_some_and(|track| track.enabled())) else {
            return;
        };
        // A picture that is to be small is not to be made sharp.
        if self.limit != Limit::default() {
            return;
        }
        match self.sharpness.tick() {
            Step::Rest => {}
            Step::Look => {
                if let Some(prefer) = self.sharpness.judge(sent) {
                    sharpness::prefer(&sender, prefer);
                }
            }
            Step::Ask(prefer) => sharpness::prefer(&sender, prefer),
        }
    }

    /// Sends no more than the limit. What the browser does not take now it is told again in a second.
    pub(super) fn keep_limit(&self) {
        if let Some(sender) = self.sender(Slot::Camera) {
            sharpness::limit(&sender, self.limit, self.camera_size());
        }
    }

    /// Sends the next frame of the camera whole.
    pub(super) fn send_whole(&self) {
        if let Some(sender) = self.sender(Slot::Camera) {
            sharpness::send_whole(&sender);
        }
    }

    /// The width and height of the camera's picture before it is made smaller; zero while there is none.
    pub(crate) fn camera_size(&self) -> (f64, f64) {
        let settings = self.sender(Slot::Camera).and_then(|sender| sender.track()).map(|track| track.get_settings());
        settings.map_or((0.0, 0.0), |settings| {
            (f64::from(settings.get_width().unwrap_or(0)), f64::from(settings.get_height().unwrap_or(0)))
        })
    }
}
