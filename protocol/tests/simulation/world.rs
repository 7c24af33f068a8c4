//! A world in virtual time: one exchange, the pages of several people, and a network between them that only the seed decides.
//!
//! Everything that happens is an event in one queue. Nothing here sleeps or looks at a clock.

mod checks;
mod ending;
mod ice;
mod journal;
mod letters;
mod network;
mod page;
mod peer;
mod server;

use std::{cmp::Reverse, collections::BTreeMap, collections::BinaryHeap};

use protocol::{
    client::{self, Ask, Preferences, Saved},
    exchange::{Exchange, Settings},
    id::{CODE_ALPHABET, ParticipantId, RoomCode},
    message::{ClientMessage, IceConfig, IceServer, ServerMessage},
};

use super::{coverage::Coverage, model::Engine, people::Person, random::Random, referee::Referee};

pub(crate) use journal::Journal;
pub(crate) use network::{Path, Socket};
pub(crate) use page::{Page, Situation};
pub(crate) use peer::Peer;

/// Virtual milliseconds since the story began.
pub(crate) type Time = u64;

/// What the server's clock shows when a story begins: Unix milliseconds.
const EPOCH: u64 = 1_800_000_000_000;
/// More events than any sound story has.
const EVENTS_MAX: u64 = 400_000;

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A person does something.
    Person(usize),
    /// A person does just this, if it is still possible.
    Act(usize, Box<client::Command>),
    /// A browser reports to a page.
    Input(usize, Box<client::Input>),
    /// A person loads the page anew.
    Reload(usize),
    /// A page's timer.
    Wake(usize),
    /// A frozen page goes on.
    Thaw(usize),
    /// `getUserMedia` is answered.
    Devices { page: usize, request: u32, camera: Option<Ask>, microphone: Option<Ask> },
    /// Once a second while a page is in a call.
    Tick(usize),
    /// The server's timer.
    ServerWake,
    /// A socket is through, or not.
    Opened(usize),
    /// A frame arrives at the server.
    ToServer { socket: usize, frame: Box<ClientMessage>, seen: u64 },
    /// A frame arrives at a page.
    ToPage { socket: usize, frame: Box<ServerMessage>, call: u64 },
    /// A page learns that its socket is gone.
    ClosedAtPage(usize, u16),
    /// The server learns it.
    ClosedAtServer(usize),
    /// The next operation of a peer connection's chain is done.
    Chain(usize),
    /// A peer connection looks whether it is connected.
    Ice(usize),
    /// A letter arrives over a data channel.
    Letter(usize),
    /// The network changes for the worse, then for the better.
    Trouble,
    /// A tab's way to the server is there again.
    SocketUp(usize),
    /// Two tabs' way to each other is there again.
    PathUp(usize, usize),
    /// The referee looks at everybody.
    Inspect,
}

struct Entry {
    at: Time,
    number: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A browser tab: what survives a reload.
#[derive(Clone, Debug)]
pub(crate) struct Tab {
    /// `sessionStorage`.
    pub(crate) saved: Option<Saved>,
    /// `localStorage`.
    pub(crate) preferences: Preferences,
    /// The address bar.
    pub(crate) link: Option<RoomCode>,
    /// The page shown, if the tab is open.
    pub(crate) page: Option<usize>,
    /// The browser.
    pub(crate) engine: Engine,
    /// What `getUserMedia` meets.
    pub(crate) camera: Situation,
    /// Likewise.
    pub(crate) microphone: Situation,
    /// Whether the way to the server is cut.
    pub(crate) offline: bool,
    /// Whether the person has hung up, in this only tab, and has neither rung nor accepted since.
    pub(crate) hung_up: bool,
    /// The tab it was duplicated from, or itself.
    pub(crate) origin: usize,
}

/// How hostile a story is, in percent of chances.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// How often per half-minute something is cut.
    pub(crate) cuts: u64,
    /// Letters that the network brings twice.
    pub(crate) doubles: u64,
    /// Promises of peer connections that fail without cause.
    pub(crate) failures: u64,
    /// The longest delay of one frame.
    pub(crate) delay: u64,
}

/// The whole world.
pub(crate) struct World {
    pub(crate) now: Time,
    queue: BinaryHeap<Reverse<Entry>>,
    numbers: u64,
    handled: u64,
    pub(crate) random: Random,
    pub(crate) settings: Settings,
    pub(crate) weather: Weather,
    /// What `ice_servers` answers.
    pub(crate) ice: IceConfig,
    pub(crate) exchange: Exchange,
    /// The server's disk, if it writes to one.
    pub(crate) journal: Option<Journal>,
    server_wake: Option<Time>,
    pub(crate) participants: u64,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) people: Vec<Person>,
    pub(crate) pages: Vec<Page>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) paths: BTreeMap<(usize, usize), Path>,
    pub(crate) referee: Referee,
    /// Since when the server has had no connection to somebody.
    absent: BTreeMap<ParticipantId, Time>,
    pub(crate) seen: Coverage,
    /// After this nobody acts and nothing breaks.
    pub(crate) quiet_from: Time,
    /// Whether people bring every story to a call at its end.
    pub(crate) finale: bool,
    pub(crate) tracing: bool,
    /// What went wrong first.
    pub(crate) violation: Option<String>,
}

impl World {
    /// The world of this seed, with nobody in it.
    pub(crate) fn new(seed: u64, tracing: bool) -> Self {
        let mut random = Random::new(seed);
        let settings = Settings {
            ring_timeout: random.between(2_000, 25_000),
            room_grace: random.between(60_000, 200_000),
            seat_hold: random.between(2_000, 10_000),
            call_grace: random.between(5_000, 30_000),
            capacity: if random.chance(20) { 3 } else { 2 },
            participants_max: 1_000,
            ..Settings::default()
        };
        let calm = random.chance(20);
        let weather = Weather {
            cuts: if calm { 0 } else { random.between(10, 90) },
            doubles: if calm { 0 } else { random.between(0, 8) },
            failures: if random.chance(15) { 2 } else { 0 },
            delay: if random.chance(70) { random.between(5, 120) } else { random.between(100, 900) },
        };
        let servers = if random.chance(60) { vec![turn()] } else { Vec::new() };
        let mut ice = IceConfig { servers, hide_addresses: random.chance(15), good_for: None };
        let journal = random.chance(70).then(Journal::default);
        let quiet_from = random.between(15_000, 60_000);
        ice.good_for = (ice.relays() && quiet_from.is_multiple_of(2)).then_some(20);
        let finale = random.chance(50);
        Self {
            now: 0,
            queue: BinaryHeap::new(),
            numbers: 0,
            handled: 0,
            exchange: Exchange::new(settings, EPOCH),
            random,
            settings,
            weather,
            ice,
            journal,
            server_wake: None,
            participants: 0,
            tabs: Vec::new(),
            people: Vec::new(),
            pages: Vec::new(),
            sockets: Vec::new(),
            peers: Vec::new(),
            paths: BTreeMap::new(),
            referee: Referee::default(),
            absent: BTreeMap::new(),
            seen: Coverage::default(),
            quiet_from,
            finale,
            tracing,
            violation: None,
        }
    }

    /// What the server's clock shows.
    pub(crate) fn server_time(&self) -> u64 {
        EPOCH + self.now
    }

    /// Lets `event` happen after `delay`.
    pub(crate) fn later(&mut self, delay: Time, event: Event) {
        self.at(self.now + delay, event);
    }

    /// Lets `event` happen at `at`.
    pub(crate) fn at(&mut self, at: Time, event: Event) {
        self.numbers += 1;
        self.queue.push(Reverse(Entry { at: at.max(self.now), number: self.numbers, event }));
    }

    /// Lets time go on to `until`, or to the first violation.
    pub(crate) fn run(&mut self, until: Time) {
        while self.violation.is_none() {
            if self.queue.peek().is_none_or(|Reverse(entry)| entry.at > until) {
                break;
            }
            let Some(Reverse(entry)) = self.queue.pop() else { break };
            self.now = entry.at;
            self.handled += 1;
            if self.handled > EVENTS_MAX {
                self.fail("the story never comes to rest");
                break;
            }
            self.happen(entry.event);
        }
        self.now = self.now.max(until);
    }

    /// Notes what must never be.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.trace(|_| format!("VIOLATION: {what}"));
        if self.violation.is_none() {
            self.violation = Some(format!("at {} ms: {what}", self.now));
        }
    }

    /// Prints, when a story is replayed.
    pub(crate) fn trace(&self, what: impl FnOnce(&Self) -> String) {
        if self.tracing {
            println!("{:>7} {}", self.now, what(self));
        }
    }

    /// Whether nobody acts and nothing breaks any more.
    pub(crate) fn quiet(&self) -> bool {
        self.now >= self.quiet_from
    }

    /// A code nobody has.
    pub(crate) fn fresh_code(&mut self) -> RoomCode {
        let letters: String = (0..12).map(|_| char::from(*self.random.pick(CODE_ALPHABET).expect("31 letters"))).collect();
        RoomCode::parse(&letters).expect("of the alphabet")
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Person(person) => self.person_acts(person),
            Event::Act(tab, command) => self.act(tab, *command),
            Event::Input(page, input) => self.deliver(page, *input),
            Event::Reload(tab) => self.reload(tab),
            Event::Wake(page) => self.page_wakes(page),
            Event::Thaw(page) => self.thaw(page),
            Event::Devices { page, request, camera, microphone } => self.devices_answer(page, request, camera, microphone),
            Event::Tick(page) => self.tick(page),
            Event::ServerWake => self.server_wakes(),
            Event::Opened(socket) => self.socket_opened(socket),
            Event::ToServer { socket, frame, seen } => self.arrive_at_server(socket, *frame, seen),
            Event::ToPage { socket, frame, call } => self.arrive_at_page(socket, *frame, call),
            Event::ClosedAtPage(socket, code) => self.closed_at_page(socket, code),
            Event::ClosedAtServer(socket) => self.closed_at_server(socket),
            Event::Chain(peer) => self.chain_step(peer),
            Event::Ice(peer) => self.ice(peer),
            Event::Letter(peer) => self.letter_arrives(peer),
            Event::Trouble => self.trouble(),
            Event::SocketUp(tab) => self.socket_up(tab),
            Event::PathUp(one, other) => self.path_up(one, other),
            Event::Inspect => self.inspect(),
        }
    }
}

fn turn() -> IceServer {
    IceServer { urls: vec!["turn:192.0.2.9".to_owned()], username: None, credential: None }
}
