//! The person's camera and microphone: what is wanted, what is open, and what to try after which failure. One device's failure
//! never costs the other.

use std::collections::VecDeque;

use crate::{
    client::{Device, DeviceError, DeviceProblem, DeviceView, Effect},
    fault::{self, Fault},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Opening {
        request: u32,
    },
    Open {
        request: u32,
    },
    Failed {
        error: DeviceError,
        /// It was open and ended by itself.
        ended: bool,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct One {
    wanted: bool,
    state: State,
}

/// Both devices.
#[derive(Debug, Default)]
pub(super) struct Devices {
    camera: One,
    microphone: One,
    requests: u32,
    /// The person has gone on without what failed.
    dismissed: bool,
}

impl Devices {
    fn one(&self, device: Device) -> &One {
        match device {
            Device::Camera => &self.camera,
            Device::Microphone => &self.microphone,
        }
    }

    fn one_mut(&mut self, device: Device) -> &mut One {
        match device {
            Device::Camera => &mut self.camera,
            Device::Microphone => &mut self.microphone,
        }
    }

    /// Asks for what is wanted, in one prompt.
    pub(super) fn start(&mut self, camera: bool, microphone: bool, effects: &mut VecDeque<Effect>) {
        self.camera.wanted = camera;
        self.microphone.wanted = microphone;
        self.open(camera, microphone, effects);
    }

    fn open(&mut self, camera: bool, microphone: bool, effects: &mut VecDeque<Effect>) {
        if !camera && !microphone {
            return;
        }
        self.requests += 1;
        let request = self.requests;
        if camera {
            self.camera.state = State::Opening { request };
        }
        if microphone {
            self.microphone.state = State::Opening { request };
        }
        effects.push_back(Effect::OpenDevices { request, camera, microphone });
    }

    /// The switch of a device. A microphone that is open stays open, silent; a camera is closed.
    pub(super) fn set(&mut self, device: Device, on: bool, effects: &mut VecDeque<Effect>) {
        let one = self.one_mut(device);
        one.wanted = on;
        match (on, one.state) {
            (true, State::Closed | State::Failed { .. }) => {
                self.dismissed = false;
                self.open(device == Device::Camera, device == Device::Microphone, effects);
            }
            (false, State::Open { .. }) if device == Device::Camera => {
                one.state = State::Closed;
                if !fault::active(Fault::CameraStaysOpen) {
                    effects.push_back(Effect::CloseDevice(device));
                }
            }
            (false, State::Failed { .. }) => one.state = State::Closed,
            _ => {}
        }
    }

    /// Closes a device without a change of what the person wants.
    pub(super) fn release(&mut self, device: Device, effects: &mut VecDeque<Effect>) {
        if matches!(self.one(device).state, State::Open { .. }) {
            effects.push_back(Effect::CloseDevice(device));
        }
        self.one_mut(device).state = State::Closed;
    }

    /// Tries again what failed.
    pub(super) fn retry(&mut self, effects: &mut VecDeque<Effect>) {
        self.dismissed = false;
        let failed = |one: &One| matches!(one.state, State::Failed { .. });
        let (camera, microphone) = (failed(&self.camera), failed(&self.microphone));
        self.camera.wanted |= camera;
        self.microphone.wanted |= microphone;
        self.open(camera, microphone, effects);
    }

    /// Goes on without what failed.
    pub(super) fn dismiss(&mut self) {
        self.dismissed = true;
    }

    /// Tracks have come.
    pub(super) fn opened(&mut self, request: u32, camera: bool, microphone: bool, effects: &mut VecDeque<Effect>) {
        for (device, came) in [(Device::Camera, camera), (Device::Microphone, microphone)] {
            if !came {
                continue;
            }
            let one = self.one_mut(device);
            if one.state == (State::Opening { request }) && one.wanted {
                one.state = State::Open { request };
            } else if !matches!(one.state, State::Open { .. }) {
                // Switched off while the prompt was open, or asked for anew since.
                if one.state == (State::Opening { request }) {
                    one.state = State::Closed;
                }
                effects.push_back(Effect::CloseDevice(device));
            }
        }
    }

    /// A request failed as a whole. One for both is asked again for each alone: the other may be well.
    pub(super) fn failed(&mut self, request: u32, error: DeviceError, effects: &mut VecDeque<Effect>) {
        let pending = |one: &One| one.state == (State::Opening { request });
        let (camera, microphone) = (pending(&self.camera), pending(&self.microphone));
        if camera && microphone && error != DeviceError::Insecure {
            self.open(true, false, effects);
            self.open(false, true, effects);
            return;
        }
        for (device, concerned) in [(Device::Camera, camera), (Device::Microphone, microphone)] {
            if concerned {
                let one = self.one_mut(device);
                one.state = if one.wanted { State::Failed { error, ended: false } } else { State::Closed };
            }
        }
    }

    /// An open device ended by itself.
    pub(super) fn ended(&mut self, device: Device) {
        let one = self.one_mut(device);
        if matches!(one.state, State::Open { .. }) {
            one.state = State::Failed { error: DeviceError::Missing, ended: true };
            self.dismissed = false;
        }
    }

    /// Which opening is held, if the device is open.
    pub(super) fn held(&self, device: Device) -> Option<u32> {
        match self.one(device).state {
            State::Open { request } => Some(request),
            _ => None,
        }
    }

    /// Whether the person wants the device on.
    pub(super) fn wanted(&self, device: Device) -> bool {
        self.one(device).wanted
    }

    /// Whether it was open and went away by itself.
    pub(super) fn lost(&self, device: Device) -> bool {
        matches!(self.one(device).state, State::Failed { ended: true, .. })
    }

    /// As the page shows it.
    pub(super) fn view(&self, device: Device) -> DeviceView {
        let one = self.one(device);
        match one.state {
            State::Closed => DeviceView::Off,
            State::Opening { .. } => DeviceView::Opening,
            State::Open { .. } if one.wanted => DeviceView::On,
            State::Open { .. } => DeviceView::Muted,
            State::Failed { error, .. } => DeviceView::Failed(error),
        }
    }

    /// What the banner says.
    pub(super) fn problem(&self) -> Option<DeviceProblem> {
        let error = |device| match self.one(device).state {
            State::Failed { error, .. } => Some(error),
            _ => None,
        };
        let problem = DeviceProblem { camera: error(Device::Camera), microphone: error(Device::Microphone) };
        (!self.dismissed && (problem.camera.is_some() || problem.microphone.is_some())).then_some(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(act: impl FnOnce(&mut Devices, &mut VecDeque<Effect>), devices: &mut Devices) -> Vec<Effect> {
        let mut effects = VecDeque::new();
        act(devices, &mut effects);
        effects.into()
    }

    fn ask(request: u32, camera: bool, microphone: bool) -> Effect {
        Effect::OpenDevices { request, camera, microphone }
    }

    #[test]
    fn a_missing_camera_does_not_cost_the_microphone() {
        let mut devices = Devices::default();
        assert_eq!(run(|d, e| d.start(true, true, e), &mut devices), [ask(1, true, true)]);
        assert_eq!(run(|d, e| d.failed(1, DeviceError::Missing, e), &mut devices), [ask(2, true, false), ask(3, false, true)]);
        assert_eq!(run(|d, e| d.failed(2, DeviceError::Missing, e), &mut devices), []);
        assert_eq!(run(|d, e| d.opened(3, false, true, e), &mut devices), []);
        assert_eq!(devices.view(Device::Microphone), DeviceView::On);
        assert_eq!(devices.problem(), Some(DeviceProblem { camera: Some(DeviceError::Missing), microphone: None }));
        devices.dismiss();
        assert_eq!(devices.problem(), None);
        assert_eq!(run(Devices::retry, &mut devices), [ask(4, true, false)]);
    }

    #[test]
    fn off_means_off_for_a_camera_and_silence_for_a_microphone() {
        let mut devices = Devices::default();
        run(|d, e| d.start(true, true, e), &mut devices);
        run(|d, e| d.opened(1, true, true, e), &mut devices);
        assert_eq!(run(|d, e| d.set(Device::Camera, false, e), &mut devices), [Effect::CloseDevice(Device::Camera)]);
        assert_eq!(run(|d, e| d.set(Device::Microphone, false, e), &mut devices), []);
        assert_eq!(devices.view(Device::Microphone), DeviceView::Muted);
        assert_eq!(run(|d, e| d.set(Device::Camera, true, e), &mut devices), [ask(2, true, false)]);
    }

    #[test]
    fn a_camera_switched_off_while_the_prompt_is_open_is_closed_when_it_comes() {
        let mut devices = Devices::default();
        run(|d, e| d.start(true, true, e), &mut devices);
        assert_eq!(run(|d, e| d.set(Device::Camera, false, e), &mut devices), []);
        assert_eq!(run(|d, e| d.opened(1, true, true, e), &mut devices), [Effect::CloseDevice(Device::Camera)]);
        assert_eq!((devices.view(Device::Camera), devices.view(Device::Microphone)), (DeviceView::Off, DeviceView::On));
    }

    #[test]
    fn an_insecure_page_asks_no_second_time() {
        let mut devices = Devices::default();
        run(|d, e| d.start(true, true, e), &mut devices);
        assert_eq!(run(|d, e| d.failed(1, DeviceError::Insecure, e), &mut devices), []);
        assert_eq!(
            devices.problem(),
            Some(DeviceProblem { camera: Some(DeviceError::Insecure), microphone: Some(DeviceError::Insecure) })
        );
    }

    #[test]
    fn an_unplugged_camera_is_said_to_be_lost() {
        let mut devices = Devices::default();
        run(|d, e| d.start(true, false, e), &mut devices);
        run(|d, e| d.opened(1, true, false, e), &mut devices);
        devices.ended(Device::Camera);
        assert!(devices.lost(Device::Camera));
        assert!(devices.problem().is_some());
    }
}
