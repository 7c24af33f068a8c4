//! What the server counts, in the words of Prometheus. Numbers only: no address, name, code or token is ever in them.
//!
//! Who counts holds these and does so where it happens; what is asked of the hub is filled in when somebody looks.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use protocol::{exchange::Dropped, message::CloseCode};

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Rejection {
    /// The server has all the connections it can keep.
    ServerConnections,
    /// The address has as many connections as it may.
    AddressConnections,
    /// The address opens connections too fast.
    ConnectionRate,
    /// The address asks too fast.
    RequestRate,
    /// The address has as many sockets as it may.
    AddressSockets,
    /// More waits for the slow readers of the address than it may have.
    AddressWaiting,
    /// A page of another site.
    Origin,
    /// The server stops.
    Stopping,
    /// The address has tried too many wrong codes.
    Codes,
    /// The address makes participants too fast.
    Participants,
    /// The server has all the participants it may.
    Full,
}

/// How many there are of [`Rejection`].
const REASONS: usize = Rejection::Full as usize + 1;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Because {
    reason: Rejection,
}

/// A word that is known when the program is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct To {
    to: &'static str,
}

/// What the TURN server counts.
#[derive(Clone, Debug)]
pub(crate) struct Relayed {
    /// Bytes of participants' data that went on to a client of this server.
    pub(crate) to_clients: Counter,
    /// Bytes that went out to somebody who is none.
    pub(crate) to_peers: Counter,
    /// Allocations there are.
    pub(crate) allocations: Gauge,
}

/// What is known only by looking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Census {
    pub(crate) participants: usize,
    pub(crate) connected: usize,
    pub(crate) rooms: usize,
    pub(crate) calls: usize,
    pub(crate) chat_bytes: usize,
    /// Not passed on, since the last census.
    pub(crate) dropped: Dropped,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Open TCP connections.
    pub(crate) connections: Gauge,
    /// Open WebSockets.
    pub(crate) sockets: Gauge,
    /// Frames that were read as messages.
    pub(crate) messages: Counter,
    /// Pages that came back to their place.
    pub(crate) resumes: Counter,
    /// 1: the journal of rooms can't be written.
    pub(crate) journal_failing: Gauge,
    pub(crate) relayed: Relayed,
    rejections: Family<Because, Counter>,
    /// When the log last said that somebody is turned away for a reason, in minutes since `begun`, counted from one.
    said: [AtomicU64; REASONS],
    begun: Instant,
    closes: Family<Code, Counter>,
    dropped: Family<Reason, Counter>,
    requests: Family<Route, Histogram, fn() -> Histogram>,
    signaling: Histogram,
    participants: Gauge,
    connected: Gauge,
    rooms: Gauge,
    calls: Gauge,
    chat: Gauge,
    memory: Gauge,
    files: Gauge,
}

/// From a tenth of a millisecond to 13 seconds.
fn slow() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 18))
}

/// From ten microseconds to five seconds.
fn fast() -> Histogram {
    Histogram::new(exponential_buckets(0.00001, 2.0, 20))
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("baylanys");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which program this is", version);
        let relay_bytes = Family::<To, Counter>::default();
        let [to_clients, to_peers] = ["client", "peer"].map(|to| relay_bytes.get_or_create(&To { to }).clone());
        let metrics = Self {
            connections: gauge(&mut registry, "connections", "Open TCP connections"),
            sockets: gauge(&mut registry, "sockets", "Open WebSockets"),
            messages: counter(&mut registry, "messages", "Frames of pages that were read as messages"),
            resumes: counter(&mut registry, "resumes", "Pages that came back to their place"),
            journal_failing: gauge(&mut registry, "journal_failing", "1 while the journal of rooms can't be written"),
            relayed: Relayed { to_clients, to_peers, allocations: gauge(&mut registry, "relay_allocations", "TURN allocations") },
            rejections: Family::default(),
            said: [const { AtomicU64::new(0) }; REASONS],
            begun: Instant::now(),
            closes: Family::default(),
            dropped: Family::default(),
            requests: Family::new_with_constructor(slow as fn() -> Histogram),
            signaling: fast(),
            participants: gauge(&mut registry, "participants", "People with a place in a room, connected or not"),
            connected: gauge(&mut registry, "connected_participants", "People whose page is connected"),
            rooms: gauge(&mut registry, "rooms", "Rooms, empty ones included"),
            calls: gauge(&mut registry, "calls", "Rooms in which a call is on"),
            chat: gauge_in(&mut registry, "chat", "What is kept of chats in memory", Unit::Bytes),
            memory: gauge_in(&mut registry, "resident_memory", "Memory of this process", Unit::Bytes),
            files: gauge(&mut registry, "open_files", "Open files of this process, connections among them"),
            registry: Registry::default(),
        };
        registry.register_with_unit("relay", "Data relayed by TURN, by where it went", Unit::Bytes, relay_bytes);
        registry.register("rejections", "Who was turned away, by reason", metrics.rejections.clone());
        registry.register("socket_closes", "WebSockets closed by the server, by close code", metrics.closes.clone());
        registry.register("dropped_messages", "Messages not passed on, by reason", metrics.dropped.clone());
        registry.register_with_unit("http_request", "How long answers took", Unit::Seconds, metrics.requests.clone());
        let signaling = metrics.signaling.clone();
        registry.register_with_unit("signaling", "From a message read to its effects done", Unit::Seconds, signaling);
        Self { registry, ..metrics }
    }

    /// Somebody is turned away. The log says it of each reason once a minute, however many there are.
    pub(crate) fn reject(&self, reason: Rejection) {
        let minute = self.begun.elapsed().as_secs() / 60 + 1;
        if self.said[reason as usize].swap(minute, Ordering::Relaxed) != minute {
            tracing::warn!(?reason, "visitors are turned away");
        }
        self.rejections.get_or_create(&Because { reason }).inc();
    }

    pub(crate) fn closed(&self, code: CloseCode) {
        self.closes.get_or_create(&Code { code: code.number().into() }).inc();
    }

    /// A message took so long from being read to its last effect.
    pub(crate) fn signaled(&self, took: Duration) {
        self.signaling.observe(took.as_secs_f64());
    }

    /// An answer of this kind of path took so long.
    pub(crate) fn answered(&self, route: &'static str, took: Duration) {
        self.requests.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    /// All of it as text (OpenMetrics).
    pub(crate) fn text(&self, census: Census) -> String {
        let Census { participants, connected, rooms, calls, chat_bytes, dropped } = census;
        set(&self.participants, participants);
        set(&self.connected, connected);
        set(&self.rooms, rooms);
        set(&self.calls, calls);
        set(&self.chat, chat_bytes);
        let Dropped { forged, no_receiver, stale, too_large, unknown, unserved } = dropped;
        for (reason, more) in [
            ("forged", forged),
            ("no_receiver", no_receiver),
            ("stale", stale),
            ("too_large", too_large),
            ("unknown", unknown),
            ("unserved", unserved),
        ] {
            self.dropped.get_or_create(&Reason { reason }).inc_by(more);
        }
        let (memory, files) = process();
        set(&self.memory, memory);
        set(&self.files, files);
        let mut out = String::new();
        if text::encode(&mut out, &self.registry).is_err() {
            tracing::error!("the figures have no text form");
        }
        out
    }
}

fn set(gauge: &Gauge, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

fn gauge_in(registry: &mut Registry, name: &str, help: &str, unit: Unit) -> Gauge {
    let gauge = Gauge::default();
    registry.register_with_unit(name, help, unit, gauge.clone());
    gauge
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

/// Resident memory in bytes, and how many files are open, as Linux says; zeros where it does not.
fn process() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    (resident.unwrap_or_default() * 1024, files)
}

/// One more of something, as long as this lives.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    pub(crate) fn one(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
