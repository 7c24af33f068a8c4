//! The page `/check`: carries out what `protocol::check` wants tried, and fills in the page that the server has rendered.
//!
//! No engine runs there, and no call. It decides nothing: which leg has failed, and what that means, is `Check`'s.

mod sheet;
mod way;

use std::{cell::RefCell, collections::BTreeMap};

use app::api;
use protocol::{
    check::{Check, Effect, Input, Leg},
    client::{Ask, DeviceError},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AudioContext, Event, MediaStream, MediaStreamTrack, WebSocket, Window};

use crate::{
    devices,
    listener::Listener,
    meter::Own,
    page,
    panic::{self, Running},
    sound,
    timer::Timer,
};
use sheet::Sheet;
use way::Way;

/// How often it is looked what comes of devices and relay, in milliseconds.
const EVERY: u64 = 200;

thread_local! {
    static RUNNER: RefCell<Option<Runner>> = const { RefCell::new(None) };
}

/// Makes the page live.
pub(crate) fn start() {
    let Some((window, sheet)) = web_sys::window().and_then(|window| Some((window.clone(), Sheet::find(&window)?))) else {
        return;
    };
    RUNNER.set(Some(Runner::new(window, sheet)));
}

/// What is open for a leg. Dropping it closes it.
enum Open {
    Camera { _track: Track },
    Microphone { meter: Own, _track: Track },
    Socket { socket: WebSocket, _listeners: [Listener; 2] },
    Way(Way),
}

/// A device's track, stopped when dropped.
struct Track(MediaStreamTrack);

impl Drop for Track {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Self::Socket { socket, .. } = self {
            let _ = socket.close();
        }
    }
}

struct Runner {
    window: Window,
    sheet: Sheet,
    check: Check,
    open: BTreeMap<&'static str, Open>,
    /// Rises with each beginning: what an earlier one asked for is not wanted any more.
    round: u32,
    pictures: u32,
    seen_at: f64,
    timer: Timer,
}

/// Hands in what happened.
fn input(input: Input) {
    with(|runner| runner.handle(input));
}

fn with(act: impl FnOnce(&mut Runner)) {
    RUNNER.with(|runner| {
        if let Ok(mut runner) = runner.try_borrow_mut()
            && let Some(runner) = runner.as_mut()
        {
            act(runner);
        }
    });
}

/// Hands in an answer, unless the check has begun anew since it was asked for.
fn answer(round: u32, act: impl FnOnce(&mut Runner) + 'static) {
    with(|runner| {
        if runner.round == round {
            act(runner);
        }
    });
}

/// What the person pressed.
fn pressed(what: &str) {
    match what {
        "start" => with(|runner| {
            runner.round += 1;
            runner.pictures = 0;
            runner.handle(Input::Start);
            runner.tick();
        }),
        "play" => with(|runner| {
            if AudioContext::new().and_then(|context| sound::play_once(&context)).is_ok() {
                runner.sheet.played();
            }
        }),
        "heard" => input(Input::Heard(true)),
        "not-heard" => input(Input::Heard(false)),
        _ => {}
    }
}

impl Runner {
    fn new(window: Window, sheet: Sheet) -> Self {
        let timer = Timer::new(&window, || with(Runner::tick));
        Self { window, sheet, check: Check::default(), open: BTreeMap::new(), round: 0, pictures: 0, seen_at: 0.0, timer }
    }

    fn handle(&mut self, input: Input) {
        self.check.handle(input, page::now(&self.window));
        while let Some(effect) = self.check.poll() {
            self.carry_out(effect);
        }
        self.sheet.show(&self.check);
    }

    /// Looks what comes of what is open.
    fn tick(&mut self) {
        let film = self.sheet.video_time();
        if film > self.seen_at {
            self.pictures += 1;
        }
        self.seen_at = film;
        self.handle(Input::Pictures(self.pictures));
        if let Some(Open::Microphone { meter, .. }) = self.open.get(Leg::Microphone.name()) {
            let level = meter.level();
            self.sheet.level(level);
            self.handle(Input::Sound(level));
        }
        if let Some(Open::Way(way)) = self.open.get(Leg::Media.name()) {
            let round = self.round;
            way.look(move |pictures| answer(round, move |runner| runner.handle(Input::Relayed(pictures))));
        }
        self.handle(Input::Wake);
        let now = page::now(&self.window);
        self.timer.set(self.is_busy().then_some(now + EVERY), now);
    }

    fn is_busy(&self) -> bool {
        !self.open.is_empty() || self.check.verdict() == protocol::check::Verdict::Trying
    }

    fn carry_out(&mut self, effect: Effect) {
        let round = self.round;
        match effect {
            Effect::Open(leg) => {
                let (camera, microphone) =
                    ((leg == Leg::Camera).then_some(&Ask::Any), (leg == Leg::Microphone).then_some(&Ask::Any));
                let asked = devices::get(&self.window, camera, microphone);
                spawn_local(async move {
                    let opened = asked.await;
                    opened.iter().for_each(panic::watch_opened);
                    answer(round, move |runner| runner.opened(leg, opened));
                });
            }
            Effect::Connect => self.connect(),
            Effect::FetchIceServers => spawn_local(async move {
                let ice = api::ice_servers().await.ok();
                answer(round, move |runner| runner.handle(Input::IceServers(ice)));
            }),
            Effect::Gather { leg, servers, relay_only } => {
                let report =
                    move |found: Option<String>| answer(round, move |runner| runner.handle(Input::Candidate(leg, found)));
                let unknown = move || answer(round, move |runner| runner.handle(Input::Unknown(leg)));
                match Way::gather(&servers, relay_only, report, unknown) {
                    Ok(way) => self.hold(leg, Open::Way(way)),
                    Err(error) => page::warn("no candidates", &error),
                }
            }
            Effect::Relay(servers) => match Way::relay(&servers, &self.sheet.document()) {
                Ok(way) => self.hold(Leg::Media, Open::Way(way)),
                Err(error) => page::warn("no relay", &error),
            },
            Effect::Close(leg) => {
                self.open.remove(leg.name());
                self.sheet.live(leg, None);
            }
        }
    }

    fn hold(&mut self, leg: Leg, open: Open) {
        self.open.insert(leg.name(), open);
    }

    fn opened(&mut self, leg: Leg, opened: Result<MediaStream, DeviceError>) {
        let opened = opened.and_then(|stream| {
            let track = stream.get_tracks().get(0).dyn_into::<MediaStreamTrack>().map_err(|_| DeviceError::Other)?;
            self.sheet.live(leg, Some(&stream));
            // The handle, not the browser's `clone()`.
            let _track = Track(Clone::clone(&track));
            let open = if leg == Leg::Camera {
                Open::Camera { _track }
            } else {
                Open::Microphone { meter: Own::new(&track).map_err(|_| DeviceError::Other)?, _track }
            };
            self.hold(leg, open);
            Ok(())
        });
        self.handle(Input::Opened(leg, opened));
    }

    fn connect(&mut self) {
        let round = self.round;
        let report = move |open| answer(round, move |runner| runner.handle(Input::Connected(open)));
        let Ok(socket) = crate::socket::address(&self.window).and_then(|address| WebSocket::new(&address)) else {
            return spawn_local(async move { report(false) });
        };
        panic::watch(Running::Socket(socket.clone()));
        let listeners = [
            Listener::new::<Event>(&socket, "open", move |_| report(true)),
            Listener::new::<Event>(&socket, "error", move |_| report(false)),
        ];
        self.hold(Leg::Server, Open::Socket { socket, _listeners: listeners });
    }
}

/// Waits for what was begun; `None` if it failed.
async fn done(begun: Result<js_sys::Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(begun.ok()?).await.ok()
}
