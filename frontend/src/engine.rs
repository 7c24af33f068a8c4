//! Drives the session: the only place where inputs are handed in and effects carried out.
//!
//! Everything that happens in the browser is an [`Event`] given to [`dispatch`]. What is reported while the engine is at work waits in
//! the queue; what is reported otherwise is handled in the reporter's own turn, so that a person's click counts as theirs.

mod peers;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use app::{
    api, browser,
    call::{self, ViewSignals},
};
use leptos::prelude::{GetUntracked, Set};
use protocol::{
    client::{ApiError, CallView, Command, Device, Effect, Input, PeerEvent, PeerOp, SendMode, Session, Setup, Slot},
    id::PageId,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Window};

use crate::{
    devices::{self, Devices},
    event::Event,
    first_frame::Watches,
    listener::Listener,
    meter::Meter,
    page, panic,
    peer_connection::{Peer, PeerKey},
    socket::{Socket, SocketEvent},
    sound::Sound,
    stats, storage,
    streams::Streams,
    timer::Timer,
};

thread_local! {
    static QUEUE: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// What components hold. It has no state, so it may go where a `Send` value is asked for.
pub(crate) struct Handle;

impl call::Engine for Handle {
    fn command(&self, command: Command) {
        input(Input::Command(command));
    }

    fn video_mounted(&self, key: &str) {
        dispatch(Event::Mounted(key.to_owned()));
    }

    fn play(&self) {
        dispatch(Event::Play);
    }

    fn meter(&self, on: bool) {
        dispatch(Event::Meter(on));
    }
}

/// Reports an input.
pub(crate) fn input(input: Input) {
    dispatch(Event::Input(input));
}

/// Reports an event, and handles it at once if the engine is not at work already.
pub(crate) fn dispatch(event: Event) {
    if panic::stopped() {
        return;
    }
    QUEUE.with_borrow_mut(|queue| queue.push_back(event));
    drain();
}

/// Starts the engine, once. What was reported before comes after the session's start.
pub(crate) fn start(signals: ViewSignals) {
    let Some(window) = web_sys::window() else { return };
    let Some(document) = window.document() else { return };
    ENGINE.with_borrow_mut(|engine| *engine = Some(Engine::new(window, document, signals)));
    QUEUE.with_borrow_mut(|queue| queue.push_front(Event::Input(Input::Start)));
    drain();
}

fn drain() {
    ENGINE.with(|engine| {
        // Borrowed: the engine is at work further up this stack and will come to the queue's end itself. Or never.
        let Ok(mut engine) = engine.try_borrow_mut() else { return ask_whether_it_comes_back() };
        let Some(engine) = engine.as_mut() else { return };
        while let Some(event) = QUEUE.with_borrow_mut(VecDeque::pop_front) {
            engine.handle(event);
            if QUEUE.with_borrow(VecDeque::is_empty) {
                engine.show();
            }
        }
    });
}

/// An exception of the browser's that goes through the engine leaves it borrowed for good. A later task can tell: no engine is at work
/// under it.
fn ask_whether_it_comes_back() {
    let Some(window) = web_sys::window().filter(|_| !ASKED.replace(true)) else { return };
    let ask = Closure::once_into_js(|| {
        ASKED.set(false);
        if ENGINE.with(|engine| engine.try_borrow_mut().is_err()) {
            panic::stop("an exception has gone through the engine");
        }
    });
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(ask.unchecked_ref(), 0);
}

struct Engine {
    window: Window,
    document: Document,
    signals: ViewSignals,
    session: Session,
    /// Something may have changed since the page was last brought up to date.
    changed: bool,
    socket: Option<Socket>,
    sockets: u32,
    peers: Vec<Peer>,
    /// What is to be done at connections once they may open.
    held: VecDeque<(PeerKey, PeerOp)>,
    opening: Timer,
    devices: Devices,
    streams: Streams,
    watches: Watches,
    sound: Sound,
    meter: Meter,
    wake: Timer,
    stats: Timer,
    /// How often it was due.
    asked: u32,
    in_call: bool,
    play_refused: bool,
    played_while_capturing: bool,
    _listeners: Vec<Listener>,
}

impl Engine {
    fn new(window: Window, document: Document, signals: ViewSignals) -> Self {
        let link = page::link(&window);
        if link.is_some() {
            // However its letters were written.
            page::show_link(&window, link);
        }
        let setup = Setup {
            page: PageId::new(page::random(&window)),
            seed: page::random(&window),
            saved: storage::saved(&window),
            preferences: storage::preferences(&window),
            link,
        };
        Self {
            session: Session::new(setup),
            changed: false,
            socket: None,
            sockets: 0,
            peers: Vec::new(),
            held: VecDeque::new(),
            opening: Timer::new(&window, || dispatch(Event::Open)),
            devices: Devices::new(&window),
            meter: Meter::new(&window),
            streams: Streams::new(document.clone()),
            watches: Watches::default(),
            sound: Sound::new(&window),
            wake: Timer::new(&window, || input(Input::Wake)),
            stats: Timer::new(&window, || dispatch(Event::Stats)),
            asked: 0,
            in_call: false,
            play_refused: false,
            played_while_capturing: false,
            _listeners: page::listen(&window),
            window,
            document,
            signals,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Input(input) => {
                // A track that ended by itself would leave its last picture standing.
                if let Input::DeviceEnded(device) = input {
                    self.close_device(device);
                }
                self.feed(input);
            }
            Event::Peer(key, event) => {
                if let Some(peer) = self.peers.iter_mut().find(|peer| peer.key == key) {
                    if let PeerEvent::Measured(measured) = &event {
                        peer.look_at(measured.sent);
                    }
                    self.feed_peer(key, event);
                }
            }
            Event::Socket { number, event } => {
                if number == self.sockets && self.socket.is_some() {
                    self.feed_socket(event);
                }
            }
            Event::Devices { request, answer } => match answer {
                Ok(stream) => {
                    let (camera, microphone) = self.devices.opened(request, &stream);
                    self.streams.show_own(self.devices.track(Device::Camera));
                    self.feed(Input::DevicesOpened { request, camera, microphone });
                    // A page that captures may play sound without a touch.
                    self.play_again_if_refused();
                    // Only now are their names told.
                    devices::list(&self.window);
                }
                Err(error) => self.feed(Input::DevicesFailed { request, error }),
            },
            Event::Mounted(key) => {
                self.streams.mounted(&key);
                self.changed = true;
            }
            Event::Play => self.play(),
            Event::PlayRefused => {
                self.play_refused = true;
                self.changed = true;
                // The refusal may have been decided before a device was open.
                let capturing = self.devices.track(Device::Microphone).or(self.devices.track(Device::Camera)).is_some();
                if capturing && !std::mem::replace(&mut self.played_while_capturing, true) {
                    self.play_again_if_refused();
                }
            }
            Event::Touched => {
                self.play_again_if_refused();
                self.sound.touched();
            }
            Event::Stats => {
                if self.in_call {
                    self.asked = self.asked.wrapping_add(1);
                    let measure = self.asked.is_multiple_of(stats::MEASURED_EVERY);
                    self.peers.iter().for_each(|peer| stats::ask(peer, measure));
                    self.ask_stats_later();
                }
            }
            Event::Meter(on) => {
                self.meter.watch(on);
                self.changed = true;
            }
            Event::Measure => self.meter.measure(&self.peers, self.devices.track(Device::Microphone), &self.signals),
            Event::RingAgain => self.sound.ring(),
            Event::Open => self.open_held(),
            Event::Frame(id) => {
                let found = self.watches.found(id);
                let key = self.peers.iter().find(|peer| peer.key.peer == id).map(|peer| peer.key);
                if let (true, Some(key)) = (found, key) {
                    self.feed_peer(key, PeerEvent::FirstFrame);
                }
            }
        }
    }

    fn feed_socket(&mut self, event: SocketEvent) {
        let input = match event {
            SocketEvent::Open => Input::SocketOpen,
            SocketEvent::Message(message) => Input::SocketMessage(message),
            SocketEvent::Closed(code) => {
                self.socket = None;
                Input::SocketClosed { code }
            }
        };
        self.feed(input);
    }

    fn feed_peer(&mut self, PeerKey { peer, generation }: PeerKey, event: PeerEvent) {
        if let PeerEvent::Failed { op, message } = &event {
            page::warn(&format!("{op:?} failed"), &JsValue::from_str(message));
        }
        self.feed(Input::Peer { peer, generation, event });
    }

    /// The one place where the session is given something.
    fn feed(&mut self, input: Input) {
        self.changed = true;
        self.session.handle(input, page::now(&self.window));
        while let Some(effect) = self.session.poll() {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::CreateRoom => spawn_local(async {
                let answer = match api::create_room().await {
                    Ok(ticket) => ticket.ok_or(ApiError::Full),
                    Err(_) => Err(ApiError::Unreachable),
                };
                input(Input::RoomCreated(answer));
            }),
            Effect::FetchIceServers { token } => spawn_local(async {
                input(Input::IceServers(api::ice_servers(token).await.map_err(|_| ApiError::Unreachable)));
            }),
            Effect::Connect => self.connect(),
            Effect::Disconnect => self.socket = None,
            Effect::Send(message) => {
                if let Some(socket) = &self.socket {
                    socket.send(&message);
                }
            }
            Effect::OpenDevices { request, camera, microphone } => {
                devices::open(&self.window, request, camera.as_ref(), microphone.as_ref());
            }
            Effect::CloseDevice(device) => self.close_device(device),
            Effect::Peer { peer, generation, op } => self.carry_out_or_hold(PeerKey { peer, generation }, op),
            Effect::Save(saved) => storage::save(&self.window, &saved),
            Effect::Remember(preferences) => storage::remember(&self.window, &preferences),
            Effect::Location(code) => page::show_link(&self.window, code),
            Effect::Mark(mark) => browser::mark(mark.name()),
            Effect::Reload => {
                let _ = self.window.location().reload();
            }
        }
    }

    fn connect(&mut self) {
        self.sockets = self.sockets.wrapping_add(1);
        self.socket = match Socket::open(&self.window, self.sockets) {
            Ok(socket) => Some(socket),
            Err(error) => {
                page::warn("no socket", &error);
                input(Input::SocketClosed { code: 1006 });
                None
            }
        };
    }

    fn close_device(&mut self, device: Device) {
        self.devices.close(device);
        let slot = match device {
            Device::Camera => {
                self.streams.show_own(None);
                Slot::Camera
            }
            Device::Microphone => Slot::Microphone,
        };
        // Off means off: no clone may keep the device's light on, whatever is said of the slots afterwards.
        self.peers.iter_mut().for_each(|peer| peer.send(slot, SendMode::Nothing, None));
    }

    fn play_again_if_refused(&mut self) {
        if self.play_refused {
            self.play();
        }
    }

    fn play(&mut self) {
        self.play_refused = false;
        self.changed = true;
        self.streams.play_all();
    }

    fn ask_stats_later(&mut self) {
        let now = page::now(&self.window);
        self.stats.set(Some(now + stats::EVERY), now);
    }

    /// Brings the page up to date with the session.
    fn show(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let view = self.session.view();
        self.sound.follow(&view.call);
        self.meter.follow(&view, &self.signals);
        let in_call = matches!(view.call, CallView::Active { .. });
        if in_call != self.in_call {
            self.in_call = in_call;
            if in_call {
                self.ask_stats_later();
                self.open_held();
            } else {
                self.stats.clear();
            }
        }
        self.watches.follow(&view, &self.streams, &self.document);
        let tap = in_call && self.play_refused;
        if self.signals.tap_to_play.get_untracked() != tap {
            self.signals.tap_to_play.set(tap);
        }
        self.signals.apply(view);
        self.wake.set(self.session.next_deadline(), page::now(&self.window));
    }
}
