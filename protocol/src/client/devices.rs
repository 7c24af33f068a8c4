//! The person's camera and microphone: what is wanted, which of several is in use, and what to try after which failure. One
//! device's failure never costs the other.

use std::collections::VecDeque;

use crate::{
    client::{Ask, Device, DeviceChoice, DeviceError, DeviceInfo, DeviceProblem, DeviceView, Effect, NoticeKind, Preferences},
    fault::{self, Fault},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Opening {
        request: u32,
        target: Target,
    },
    Open {
        request: u32,
        /// Another one of its kind was asked for; until that is open this one stays in use.
        next: Option<u32>,
    },
    Failed(DeviceError),
}

/// What an opening is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The one that the person has chosen, if any.
    Chosen,
    /// The one that was in use till now.
    Same,
    /// Any, because that one is not there.
    Instead,
}

#[derive(Debug, Default)]
struct One {
    wanted: bool,
    state: State,
    /// The `deviceId` that the person has chosen; `None`: the browser's choice.
    chosen: Option<String>,
    /// The `deviceId` in use, or last in use.
    used: Option<String>,
    /// It was in use and ended by itself; until it is open again or not wanted.
    ended: bool,
}

impl One {
    fn ask(&self, target: Target) -> Ask {
        let exact = match target {
            Target::Chosen => self.chosen.clone(),
            Target::Same => self.used.clone(),
            Target::Instead => None,
        };
        exact.map_or(Ask::Any, Ask::This)
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    fn failure(&self) -> Option<DeviceError> {
        match self.state {
            State::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// Both devices.
#[derive(Debug, Default)]
pub(super) struct Devices {
    camera: One,
    microphone: One,
    requests: u32,
    /// What the browser listed last; `None` before it did.
    list: Option<Vec<DeviceInfo>>,
    /// The person has gone on without what failed.
    dismissed: bool,
}

impl Devices {
    /// Nothing is open; these were chosen in earlier visits.
    pub(super) fn new(preferences: &Preferences) -> Self {
        let one = |chosen: &Option<String>| One { chosen: chosen.clone(), ..One::default() };
        Self { camera: one(&preferences.camera_id), microphone: one(&preferences.microphone_id), ..Self::default() }
    }

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
        let target = |wanted: bool| wanted.then_some(Target::Chosen);
        self.open(target(camera), target(microphone), effects);
    }

    fn open(&mut self, camera: Option<Target>, microphone: Option<Target>, effects: &mut VecDeque<Effect>) {
        if camera.is_none() && microphone.is_none() {
            return;
        }
        self.requests += 1;
        let request = self.requests;
        let ask = |one: &mut One, target: Option<Target>| {
            let target = target?;
            one.state = State::Opening { request, target };
            Some(one.ask(target))
        };
        let (camera, microphone) = (ask(&mut self.camera, camera), ask(&mut self.microphone, microphone));
        effects.push_back(Effect::OpenDevices { request, camera, microphone });
    }

    fn open_one(&mut self, device: Device, target: Target, effects: &mut VecDeque<Effect>) {
        match device {
            Device::Camera => self.open(Some(target), None, effects),
            Device::Microphone => self.open(None, Some(target), effects),
        }
    }

    /// The switch of a device. A microphone that is open stays open, silent; a camera is closed.
    pub(super) fn set(&mut self, device: Device, on: bool, effects: &mut VecDeque<Effect>) {
        let one = self.one_mut(device);
        one.wanted = on;
        match (on, one.state) {
            (true, State::Closed | State::Failed(_)) => {
                self.dismissed = false;
                self.open_one(device, Target::Chosen, effects);
            }
            (false, State::Open { .. }) if device == Device::Camera => {
                one.state = State::Closed;
                if !fault::active(Fault::CameraStaysOpen) {
                    effects.push_back(Effect::CloseDevice(device));
                }
            }
            (false, State::Failed(_)) => {
                one.state = State::Closed;
                one.ended = false;
            }
            _ => {}
        }
    }

    /// Uses this one, now and later. What is in use stays in use until the other is open.
    pub(super) fn choose(&mut self, device: Device, id: String, effects: &mut VecDeque<Effect>) {
        self.requests += 1;
        let request = self.requests;
        let one = self.one_mut(device);
        let same = one.used.as_ref() == Some(&id);
        one.chosen = Some(id);
        match &mut one.state {
            State::Open { next: None, .. } if same => {}
            State::Open { next, .. } => {
                *next = Some(request);
                let ask = Some(one.ask(Target::Chosen));
                let (camera, microphone) = match device {
                    Device::Camera => (ask, None),
                    Device::Microphone => (None, ask),
                };
                effects.push_back(Effect::OpenDevices { request, camera, microphone });
            }
            // Chosen for the next time.
            State::Closed => {}
            State::Opening { .. } | State::Failed(_) => {
                one.wanted = true;
                self.dismissed = false;
                self.open_one(device, Target::Chosen, effects);
            }
        }
    }

    /// Closes a device without a change of what the person wants.
    pub(super) fn release(&mut self, device: Device, effects: &mut VecDeque<Effect>) {
        if self.one(device).is_open() {
            effects.push_back(Effect::CloseDevice(device));
        }
        self.one_mut(device).state = State::Closed;
    }

    /// Tries again what failed.
    pub(super) fn retry(&mut self, effects: &mut VecDeque<Effect>) {
        self.dismissed = false;
        let target = |one: &mut One| {
            let failed = one.failure().is_some();
            one.wanted |= failed;
            failed.then_some(Target::Chosen)
        };
        let (camera, microphone) = (target(&mut self.camera), target(&mut self.microphone));
        self.open(camera, microphone, effects);
    }

    /// Goes on without what failed.
    pub(super) fn dismiss(&mut self) {
        self.dismissed = true;
    }

    /// Tracks have come, from the devices of these ids. Returns what the person should know.
    pub(super) fn opened(
        &mut self,
        request: u32,
        camera: Option<String>,
        microphone: Option<String>,
        effects: &mut VecDeque<Effect>,
    ) -> [Option<NoticeKind>; 2] {
        [(Device::Camera, camera), (Device::Microphone, microphone)].map(|(device, id)| self.came(device, request, id?, effects))
    }

    fn came(&mut self, device: Device, request: u32, id: String, effects: &mut VecDeque<Effect>) -> Option<NoticeKind> {
        let one = self.one_mut(device);
        match one.state {
            State::Opening { request: pending, target } if pending == request && one.wanted => {
                one.state = State::Open { request, next: None };
                one.ended = false;
                one.used = Some(id);
                (target == Target::Instead).then_some(NoticeKind::OtherDevice(device))
            }
            // The engine holds what was asked for last.
            State::Open { request: held, next } if held < request => {
                one.state = State::Open { request, next: next.filter(|next| *next != request) };
                one.used = Some(id);
                None
            }
            State::Open { .. } => None,
            State::Opening { .. } | State::Closed | State::Failed(_) => {
                // Switched off while the prompt was open, or asked for anew since.
                if matches!(one.state, State::Opening { request: pending, .. } if pending == request) {
                    one.state = State::Closed;
                }
                effects.push_back(Effect::CloseDevice(device));
                None
            }
        }
    }

    /// A request failed as a whole. One for both is asked again for each alone: the other may be well. Returns what the person
    /// should know.
    pub(super) fn failed(&mut self, request: u32, error: DeviceError, effects: &mut VecDeque<Effect>) -> Option<NoticeKind> {
        let pending = |one: &One| match one.state {
            State::Opening { request: pending, target } if pending == request => Some(target),
            _ => None,
        };
        let (camera, microphone) = (pending(&self.camera), pending(&self.microphone));
        if camera.is_some() && microphone.is_some() && error != DeviceError::Insecure {
            self.open(camera, None, effects);
            self.open(None, microphone, effects);
            return None;
        }
        for (device, target) in [(Device::Camera, camera), (Device::Microphone, microphone)] {
            if let Some(target) = target {
                self.did_not_open(device, target, error, effects);
            }
        }
        let next = |one: &One| matches!(one.state, State::Open { next: Some(next), .. } if next == request);
        let device = [Device::Camera, Device::Microphone].into_iter().find(|device| next(self.one(*device)))?;
        self.next_did_not_open(device, error, effects)
    }

    fn did_not_open(&mut self, device: Device, target: Target, error: DeviceError, effects: &mut VecDeque<Effect>) {
        let one = self.one_mut(device);
        let gone = matches!(error, DeviceError::Missing | DeviceError::Overconstrained);
        if !one.wanted {
            one.state = State::Closed;
        } else if gone && one.ask(target) != Ask::Any && !(one.ended && device == Device::Camera) {
            // Never another camera than the one that was in use: it may look where nobody expects it to.
            self.open_one(device, Target::Instead, effects);
        } else {
            one.state = State::Failed(if one.ended && gone { DeviceError::Unplugged } else { error });
        }
    }

    /// The one chosen beside the one in use did not open.
    fn next_did_not_open(&mut self, device: Device, error: DeviceError, effects: &mut VecDeque<Effect>) -> Option<NoticeKind> {
        let one = self.one_mut(device);
        if error == DeviceError::Busy && device == Device::Camera {
            // Many phones open one camera at a time.
            effects.push_back(Effect::CloseDevice(device));
            self.open_one(device, Target::Chosen, effects);
            return None;
        }
        if let State::Open { next, .. } = &mut one.state {
            *next = None;
        }
        one.chosen = one.used.clone();
        Some(NoticeKind::DeviceKept(device, error))
    }

    /// An open device ended by itself. Asking for it again tells why: it is gone, or the permission is.
    pub(super) fn ended(&mut self, device: Device, effects: &mut VecDeque<Effect>) {
        let one = self.one_mut(device);
        if one.is_open() {
            one.ended = true;
            self.dismissed = false;
            if self.one(device).wanted {
                self.open_one(device, Target::Same, effects);
            } else {
                self.one_mut(device).state = State::Closed;
            }
        }
    }

    /// What there is now. What was missed and has come is opened.
    pub(super) fn listed(&mut self, list: Vec<DeviceInfo>, effects: &mut VecDeque<Effect>) {
        let before = self.list.replace(list);
        let (Some(before), Some(now)) = (before, self.list.as_deref()) else { return };
        let come = [Device::Camera, Device::Microphone].map(|device| {
            let one = self.one(device);
            let missed = matches!(one.failure(), Some(DeviceError::Missing | DeviceError::Unplugged));
            let has = |list: &[DeviceInfo]| list.iter().any(|info| info.device == device);
            let has_it =
                |list: &[DeviceInfo]| list.iter().any(|info| info.device == device && Some(&info.id) == one.used.as_ref());
            let target = if has_it(now) { Target::Same } else { Target::Chosen };
            (missed && one.wanted && (has(now) && !has(&before) || has_it(now) && !has_it(&before))).then_some(target)
        });
        let [camera, microphone] = come;
        self.open(camera, microphone, effects);
    }

    /// Which opening is held, if the device is open.
    pub(super) fn held(&self, device: Device) -> Option<u32> {
        match self.one(device).state {
            State::Open { request, .. } => Some(request),
            _ => None,
        }
    }

    /// Whether the person wants the device on.
    pub(super) fn wanted(&self, device: Device) -> bool {
        self.one(device).wanted
    }

    /// The `deviceId` that the person has chosen.
    pub(super) fn chosen(&self, device: Device) -> Option<String> {
        self.one(device).chosen.clone()
    }

    /// Whether it was open and went away by itself.
    pub(super) fn lost(&self, device: Device) -> bool {
        let one = self.one(device);
        one.ended && one.wanted && !one.is_open()
    }

    /// As the page shows it.
    pub(super) fn view(&self, device: Device) -> DeviceView {
        let one = self.one(device);
        match one.state {
            State::Closed => DeviceView::Off,
            State::Opening { .. } => DeviceView::Opening,
            State::Open { .. } if one.wanted => DeviceView::On,
            State::Open { .. } => DeviceView::Muted,
            State::Failed(error) => DeviceView::Failed(error),
        }
    }

    /// What there is to choose from. (A browser lists devices without names while the site has no permission.)
    pub(super) fn choices(&self) -> Vec<DeviceChoice> {
        let choice = |info: &DeviceInfo| {
            let one = self.one(info.device);
            let current = if one.is_open() { &one.used } else { &one.chosen };
            DeviceChoice { info: info.clone(), used: current.as_ref() == Some(&info.id) }
        };
        self.list.iter().flatten().filter(|info| !info.id.is_empty()).map(choice).collect()
    }

    /// What the banner says.
    pub(super) fn problem(&self) -> Option<DeviceProblem> {
        let problem = DeviceProblem { camera: self.camera.failure(), microphone: self.microphone.failure() };
        (!self.dismissed && (problem.camera.is_some() || problem.microphone.is_some())).then_some(problem)
    }
}

#[cfg(test)]
mod tests;
