//! What is tried after which failure, and which device is in use.

use super::*;

fn run<T>(act: impl FnOnce(&mut Devices, &mut VecDeque<Effect>) -> T, devices: &mut Devices) -> Vec<Effect> {
    let mut effects = VecDeque::new();
    act(devices, &mut effects);
    effects.into()
}

fn ask(request: u32, camera: bool, microphone: bool) -> Effect {
    Effect::OpenDevices { request, camera: camera.then_some(Ask::Any), microphone: microphone.then_some(Ask::Any) }
}

fn ask_for(request: u32, device: Device, id: &str) -> Effect {
    let this = |kind| (kind == device).then(|| Ask::This(id.to_owned()));
    Effect::OpenDevices { request, camera: this(Device::Camera), microphone: this(Device::Microphone) }
}

fn id(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn camera(id: &str) -> DeviceInfo {
    DeviceInfo { device: Device::Camera, id: id.to_owned(), label: format!("Camera {id}") }
}

/// Camera "one" and a microphone are open.
fn both_open() -> Devices {
    let mut devices = Devices::default();
    run(|d, e| d.start(true, true, e), &mut devices);
    run(|d, e| d.opened(1, id("one"), id("mic"), e), &mut devices);
    devices
}

#[test]
fn a_missing_camera_does_not_cost_the_microphone() {
    let mut devices = Devices::default();
    assert_eq!(run(|d, e| d.start(true, true, e), &mut devices), [ask(1, true, true)]);
    assert_eq!(run(|d, e| d.failed(1, DeviceError::Missing, e), &mut devices), [ask(2, true, false), ask(3, false, true)]);
    assert_eq!(run(|d, e| d.failed(2, DeviceError::Missing, e), &mut devices), []);
    assert_eq!(run(|d, e| d.opened(3, None, id("mic"), e), &mut devices), []);
    assert_eq!(devices.view(Device::Microphone), DeviceView::On);
    assert_eq!(devices.problem(), Some(DeviceProblem { camera: Some(DeviceError::Missing), microphone: None }));
    devices.dismiss();
    assert_eq!(devices.problem(), None);
    assert_eq!(run(Devices::retry, &mut devices), [ask(4, true, false)]);
}

#[test]
fn off_means_off_for_a_camera_and_silence_for_a_microphone() {
    let mut devices = both_open();
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
    assert_eq!(run(|d, e| d.opened(1, id("one"), id("mic"), e), &mut devices), [Effect::CloseDevice(Device::Camera)]);
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
fn an_unplugged_camera_is_said_to_be_lost_and_comes_back_when_it_is_plugged_in() {
    let mut devices = both_open();
    run(|d, e| d.listed(vec![camera("one"), camera("two")], e), &mut devices);
    // Asking for the same one again tells whether it is gone or forbidden; another camera is never taken instead.
    assert_eq!(run(|d, e| d.ended(Device::Camera, e), &mut devices), [ask_for(2, Device::Camera, "one")]);
    assert!(devices.lost(Device::Camera));
    assert_eq!(run(|d, e| d.failed(2, DeviceError::Overconstrained, e), &mut devices), []);
    assert_eq!(devices.view(Device::Camera), DeviceView::Failed(DeviceError::Unplugged));
    assert_eq!(devices.problem(), Some(DeviceProblem { camera: Some(DeviceError::Unplugged), microphone: None }));
    assert_eq!(run(|d, e| d.listed(vec![camera("two")], e), &mut devices), []);
    assert_eq!(run(|d, e| d.listed(vec![camera("two"), camera("one")], e), &mut devices), [ask_for(3, Device::Camera, "one")]);
    run(|d, e| d.opened(3, id("one"), None, e), &mut devices);
    assert_eq!((devices.view(Device::Camera), devices.problem()), (DeviceView::On, None));
    assert!(!devices.lost(Device::Camera));
}

#[test]
fn a_permission_taken_back_is_told_from_an_unplugged_device() {
    let mut devices = both_open();
    run(|d, e| d.ended(Device::Camera, e), &mut devices);
    run(|d, e| d.failed(2, DeviceError::Denied, e), &mut devices);
    assert_eq!(devices.view(Device::Camera), DeviceView::Failed(DeviceError::Denied));
}

#[test]
fn another_microphone_takes_over_from_an_unplugged_one_and_the_person_is_told() {
    let mut devices = both_open();
    assert_eq!(run(|d, e| d.ended(Device::Microphone, e), &mut devices), [ask_for(2, Device::Microphone, "mic")]);
    assert_eq!(run(|d, e| d.failed(2, DeviceError::Missing, e), &mut devices), [ask(3, false, true)]);
    let notices = devices.opened(3, None, id("built-in"), &mut VecDeque::new());
    assert_eq!(notices, [None, Some(NoticeKind::OtherDevice(Device::Microphone))]);
    assert_eq!(devices.view(Device::Microphone), DeviceView::On);
}

#[test]
fn a_camera_that_was_missing_is_opened_when_it_comes() {
    let mut devices = Devices::default();
    run(|d, e| d.start(true, false, e), &mut devices);
    run(|d, e| d.failed(1, DeviceError::Missing, e), &mut devices);
    assert_eq!(run(|d, e| d.listed(vec![], e), &mut devices), []);
    assert_eq!(run(|d, e| d.listed(vec![camera("")], e), &mut devices), [ask(2, true, false)]);
    // What was refused is not asked for again by itself.
    run(|d, e| d.failed(2, DeviceError::Denied, e), &mut devices);
    run(|d, e| d.listed(vec![], e), &mut devices);
    assert_eq!(run(|d, e| d.listed(vec![camera("")], e), &mut devices), []);
}

#[test]
fn the_chosen_camera_is_asked_for_and_another_taken_only_if_it_is_gone() {
    let mut devices = Devices::new(&Preferences { camera_id: id("two"), ..Preferences::default() });
    assert_eq!(run(|d, e| d.start(true, false, e), &mut devices), [ask_for(1, Device::Camera, "two")]);
    assert_eq!(run(|d, e| d.failed(1, DeviceError::Overconstrained, e), &mut devices), [ask(2, true, false)]);
    let notices = devices.opened(2, id("one"), None, &mut VecDeque::new());
    assert_eq!(notices, [Some(NoticeKind::OtherDevice(Device::Camera)), None]);
    // It is still the chosen one when it is back another day.
    assert_eq!(devices.chosen(Device::Camera), id("two"));
}

#[test]
fn constraints_that_no_camera_meets_are_a_failure_of_their_own() {
    let mut devices = Devices::default();
    run(|d, e| d.start(true, false, e), &mut devices);
    assert_eq!(run(|d, e| d.failed(1, DeviceError::Overconstrained, e), &mut devices), []);
    assert_eq!(devices.view(Device::Camera), DeviceView::Failed(DeviceError::Overconstrained));
}

#[test]
fn another_camera_is_opened_before_the_one_in_use_is_closed() {
    let mut devices = both_open();
    run(|d, e| d.listed(vec![camera("one"), camera("two")], e), &mut devices);
    let used = |devices: &Devices| devices.choices().iter().find(|choice| choice.used).map(|choice| choice.info.id.clone());
    assert_eq!(used(&devices), id("one"));
    assert_eq!(run(|d, e| d.choose(Device::Camera, "two".to_owned(), e), &mut devices), [ask_for(2, Device::Camera, "two")]);
    assert_eq!((devices.view(Device::Camera), devices.held(Device::Camera)), (DeviceView::On, Some(1)));
    assert_eq!(run(|d, e| d.opened(2, id("two"), None, e), &mut devices), []);
    assert_eq!((devices.held(Device::Camera), used(&devices)), (Some(2), id("two")));
    assert_eq!(devices.chosen(Device::Camera), id("two"));
}

#[test]
fn a_phone_that_opens_one_camera_at_a_time_changes_it_all_the_same() {
    let mut devices = both_open();
    run(|d, e| d.choose(Device::Camera, "two".to_owned(), e), &mut devices);
    assert_eq!(
        run(|d, e| d.failed(2, DeviceError::Busy, e), &mut devices),
        [Effect::CloseDevice(Device::Camera), ask_for(3, Device::Camera, "two")]
    );
    run(|d, e| d.opened(3, id("two"), None, e), &mut devices);
    assert_eq!(devices.view(Device::Camera), DeviceView::On);
}

#[test]
fn a_choice_that_does_not_open_leaves_what_is_in_use() {
    let mut devices = both_open();
    run(|d, e| d.choose(Device::Microphone, "broken".to_owned(), e), &mut devices);
    let notice = devices.failed(2, DeviceError::Busy, &mut VecDeque::new());
    assert_eq!(notice, Some(NoticeKind::DeviceKept(Device::Microphone, DeviceError::Busy)));
    assert_eq!((devices.view(Device::Microphone), devices.held(Device::Microphone)), (DeviceView::On, Some(1)));
    assert_eq!(devices.chosen(Device::Microphone), id("mic"));
}

#[test]
fn of_two_quick_choices_the_last_counts() {
    let mut devices = both_open();
    run(|d, e| d.choose(Device::Camera, "two".to_owned(), e), &mut devices);
    assert_eq!(run(|d, e| d.choose(Device::Camera, "one".to_owned(), e), &mut devices), [ask_for(3, Device::Camera, "one")]);
    run(|d, e| d.opened(2, id("two"), None, e), &mut devices);
    run(|d, e| d.opened(3, id("one"), None, e), &mut devices);
    assert_eq!(devices.held(Device::Camera), Some(3));
}
