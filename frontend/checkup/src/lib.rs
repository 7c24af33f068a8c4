//! The program of the page `/check`: carries out what `protocol::check` wants tried, and fills in the page that the server has rendered.
//!
//! A program of its own, a tenth of the other: it is loaded where a line may be weak, and no other page carries it. It decides nothing:
//! which leg has failed, and what that means, is `Check`'s.

mod sheet;
mod way;

use std::cell::RefCell;

use protocol::{
    check::{Check, Effect, Input, Leg},
    client::{Ask, DeviceError},
    message::IceConfig,
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AudioContext, Event, MediaStream, MediaStreamTrack, Request, RequestInit, Response, WebSocket, Window};

use sheet::Sheet;
use way::Way;
use web::{
    capture,
    ear::Ear,
    listener::Listener,
    page,
    timer::Timer,
    tone::{RING, play},
};

/// How often it is looked what comes of devices and relay, in milliseconds.
const EVERY: u64 = 200;

thread_local! {
    static RUNNER: RefCell<Option<Runner>> = const { RefCell::new(None) };
}

/// Makes the page live.
#[wasm_bindgen(start)]
pub fn start() {
    let Some((window, sheet)) = web_sys::window().and_then(|window| Some((window.clone(), Sheet::find(&window)?))) else {
        return;
    };
    sheet.is_alive();
    RUNNER.set(Some(Runner::new(window, sheet)));
}

/// What is open for a leg. Dropping it closes it.
enum Open {
    Camera { _track: Track },
    Microphone { meter: Ear, _track: Track },
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
    open: [Option<Open>; 8],
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
            if AudioContext::new().and_then(|context| play_once(&context)).is_ok() {
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
        Self { window, sheet, check: Check::default(), open: Default::default(), round: 0, pictures: 0, seen_at: 0.0, timer }
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
        if let Some(Open::Microphone { meter, .. }) = self.of(Leg::Microphone) {
            let level = meter.level();
            self.sheet.level(level);
            self.handle(Input::Sound(level));
        }
        if let Some(Open::Way(way)) = self.of(Leg::Media) {
            let round = self.round;
            way.look(move |pictures| answer(round, move |runner| runner.handle(Input::Relayed(pictures))));
        }
        self.handle(Input::Wake);
        let now = page::now(&self.window);
        self.timer.set(self.is_busy().then_some(now + EVERY), now);
    }

    fn is_busy(&self) -> bool {
        self.open.iter().any(Option::is_some) || self.check.verdict() == protocol::check::Verdict::Trying
    }

    fn carry_out(&mut self, effect: Effect) {
        let round = self.round;
        match effect {
            Effect::Open(leg) => {
                let (camera, microphone) =
                    ((leg == Leg::Camera).then_some(&Ask::Any), (leg == Leg::Microphone).then_some(&Ask::Any));
                let asked = capture::get(&self.window, camera, microphone);
                spawn_local(async move {
                    let opened = asked.await;
                    answer(round, move |runner| runner.opened(leg, opened));
                });
            }
            Effect::Connect => self.connect(),
            Effect::FetchIceServers => {
                let window = self.window.clone();
                spawn_local(async move {
                    let ice = ice_servers(&window).await;
                    answer(round, move |runner| runner.handle(Input::IceServers(ice)));
                });
            }
            Effect::Gather { leg, servers, relay_only } => {
                let report =
                    move |found: Option<String>| answer(round, move |runner| runner.handle(Input::Candidate(leg, found)));
                let unknown = move || answer(round, move |runner| runner.handle(Input::Unknown(leg)));
                match Way::gather(&servers, relay_only, report, unknown) {
                    Ok(way) => self.hold(leg, Some(Open::Way(way))),
                    Err(error) => page::warn("no candidates", &error),
                }
            }
            Effect::Relay(servers) => match Way::relay(&servers, &self.sheet.document()) {
                Ok(way) => self.hold(Leg::Media, Some(Open::Way(way))),
                Err(error) => page::warn("no relay", &error),
            },
            Effect::Close(leg) => {
                self.hold(leg, None);
                self.sheet.live(leg, None);
            }
        }
    }

    fn of(&self, leg: Leg) -> Option<&Open> {
        self.open.get(leg as usize)?.as_ref()
    }

    /// What was open for it is closed.
    fn hold(&mut self, leg: Leg, open: Option<Open>) {
        if let Some(place) = self.open.get_mut(leg as usize) {
            *place = open;
        }
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
                Open::Microphone { meter: Ear::new(&track).map_err(|_| DeviceError::Other)?, _track }
            };
            self.hold(leg, Some(open));
            Ok(())
        });
        self.handle(Input::Opened(leg, opened));
    }

    fn connect(&mut self) {
        let round = self.round;
        let report = move |open| answer(round, move |runner| runner.handle(Input::Connected(open)));
        let Ok(socket) = page::socket_address(&self.window).and_then(|address| WebSocket::new(&address)) else {
            return spawn_local(async move { report(false) });
        };
        let listeners = [
            Listener::new::<Event>(&socket, "open", move |_| report(true)),
            Listener::new::<Event>(&socket, "error", move |_| report(false)),
        ];
        self.hold(Leg::Server, Some(Open::Socket { socket, _listeners: listeners }));
    }
}

/// The ways that a participant is told of. Only participants are, so this is one, in a room that nobody enters and that soon ends.
async fn ice_servers(window: &Window) -> Option<IceConfig> {
    let ticket = ask(window, "create_room", "").await?;
    let token = serde_json::from_str::<serde_json::Value>(&ticket).ok()?.get("token")?.as_str()?.to_owned();
    serde_json::from_str(&ask(window, "ice_servers", &format!("token={token}")).await?).ok()
}

/// A server function, asked as a form would. (A token has only letters that a form leaves as they are.)
async fn ask(window: &Window, function: &str, form: &str) -> Option<String> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&form.into());
    let request = Request::new_with_str_and_init(&format!("/api/{function}"), &init).ok()?;
    request.headers().set("Content-Type", "application/x-www-form-urlencoded").ok()?;
    let answer: Response = done(Ok(window.fetch_with_request(&request))).await?.unchecked_into();
    done(answer.text()).await?.as_string().filter(|_| answer.ok())
}

/// The first half of the ring tone, aloud.
fn play_once(context: &AudioContext) -> Result<(), JsValue> {
    let out = context.create_gain()?;
    out.gain().set_value(3.0);
    out.connect_with_audio_node(&context.destination())?;
    RING.iter().take(3).try_for_each(|tone| play(context, &out, tone))
}

/// Waits for what was begun; `None` if it failed.
async fn done(begun: Result<js_sys::Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(begun.ok()?).await.ok()
}
