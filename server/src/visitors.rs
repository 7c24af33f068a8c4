//! What one address may have at once and how fast it may ask for more, so that nobody alone takes the server from all others: connections,
//! requests, sockets, frames, memory. A school behind one address fits.
//!
//! It counts and refuses; IPv6 hosts are counted as `guard` says. Behind a proxy connections are the proxy's. Of what there is only so much
//! of, nobody may have more than is left for all others: so there is always some left, however many take all they may.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use protocol::Millis;

use crate::{
    clock::Clock,
    config::Limits,
    guard::{Guard, Network, networks},
    metrics::{Counted, Metrics, Rejection},
};

/// Where `baylanys health` asks from.
const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Who is here, by address.
#[derive(Debug)]
pub(crate) struct Visitors {
    limits: Limits,
    /// How many connections there may be of all addresses together.
    connections_max: usize,
    /// Whether connections come from a proxy, which is no visitor.
    behind_proxy: bool,
    clock: Arc<Clock>,
    metrics: Arc<Metrics>,
    connections: AtomicUsize,
    /// What waits in all outboxes, as far as it is counted.
    waiting: AtomicUsize,
    held: Mutex<HashMap<Network, Held>>,
    opened: Mutex<Guard>,
    requests: Mutex<Guard>,
    frames: Mutex<Guard>,
}

/// What an address or a network has.
#[derive(Debug, Default, PartialEq)]
struct Held {
    connections: usize,
    sockets: usize,
    waiting: usize,
}

impl Held {
    const fn of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Connection => &mut self.connections,
            Kind::Socket => &mut self.sockets,
            Kind::Waiting => &mut self.waiting,
        }
    }
}

/// One connection or socket of an address; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    visitors: Arc<Visitors>,
    /// `None`: of nobody in particular.
    from: Option<IpAddr>,
    kind: Kind,
    _counted: Counted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connection,
    Socket,
    /// Bytes.
    Waiting,
}

impl Visitors {
    pub(crate) fn new(
        limits: Limits,
        connections_max: usize,
        behind_proxy: bool,
        clock: Arc<Clock>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            limits,
            connections_max,
            behind_proxy,
            clock,
            metrics,
            connections: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            held: Mutex::default(),
            opened: Mutex::new(Guard::new(limits.opened)),
            requests: Mutex::new(Guard::new(limits.requests)),
            frames: Mutex::new(Guard::new(limits.address_frames)),
        }
    }

    /// A connection has come. `None`: it is too many.
    pub(crate) fn connect(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let from = (!self.behind_proxy).then_some(from);
        let place = self.take_connection(from);
        place.map_err(|reason| self.metrics.reject(reason)).ok()
    }

    fn take_connection(self: &Arc<Self>, from: Option<IpAddr>) -> Result<Place, Rejection> {
        if let Some(from) = from
            && !lock(&self.opened).spend(from, 1.0, self.clock.now())
        {
            return Err(Rejection::ConnectionRate);
        }
        let left = self.left();
        // Whoever asks from this machine whether the server is well shall not hear that it is full.
        if left == 0 && !from.is_some_and(|from| LOCALHOST.contains(&from.to_canonical())) {
            return Err(Rejection::ServerConnections);
        }
        if let Some(from) = from
            && !self.take(from, Kind::Connection, 1, self.limits.connections, left.max(1))
        {
            return Err(Rejection::AddressConnections);
        }
        self.connections.fetch_add(1, Ordering::Relaxed);
        Ok(self.place(from, Kind::Connection, Counted::one(&self.metrics.connections)))
    }

    /// A visitor wants to open a socket. `None`: it is too many.
    pub(crate) fn open_socket(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        if !self.take(from, Kind::Socket, 1, self.limits.sockets, self.left().max(1)) {
            self.metrics.reject(Rejection::AddressSockets);
            return None;
        }
        Some(self.place(Some(from), Kind::Socket, Counted::one(&self.metrics.sockets)))
    }

    /// What waits for a visitor who has opened a socket.
    pub(crate) fn account(self: &Arc<Self>, from: IpAddr) -> Account {
        Account { visitors: self.clone(), from, counted: 0 }
    }

    /// A visitor asks for something that costs as much as so many small files.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(crate) fn ask(&self, from: IpAddr, cost: f64) -> Result<(), u32> {
        let now = self.clock.now();
        let mut requests = lock(&self.requests);
        if requests.spend(from, cost, now) {
            return Ok(());
        }
        self.metrics.reject(Rejection::RequestRate);
        Err(requests.spent(from, now).unwrap_or(1))
    }

    /// A frame of a visitor is taken. How long the socket then rests, because of all that came from this address.
    pub(crate) fn frame(&self, from: IpAddr, cost: f64, now: Millis) -> Option<Duration> {
        let wait = lock(&self.frames).owe(from, cost, now);
        (wait > 0).then(|| Duration::from_millis(wait))
    }

    /// How many more connections there may be.
    fn left(&self) -> usize {
        self.connections_max.saturating_sub(self.connections.load(Ordering::Relaxed))
    }

    /// Counts more of something for an address and for the networks it is in, if each of them may have it: `most` of an address, and of
    /// all that is left nowhere more than that.
    fn take(&self, from: IpAddr, kind: Kind, more: usize, most: usize, left: usize) -> bool {
        let mut all = lock(&self.held);
        let fits = networks(from).all(|(network, holds)| {
            let has = all.get_mut(&network).map_or(0, |held| *held.of(kind)) + more;
            has <= most.saturating_mul(holds.into()).min(left)
        });
        if fits {
            networks(from).for_each(|(network, _)| *all.entry(network).or_default().of(kind) += more);
        }
        fits
    }

    fn give_back(&self, from: IpAddr, kind: Kind, less: usize) {
        let mut all = lock(&self.held);
        for (network, _) in networks(from) {
            let Some(held) = all.get_mut(&network) else { continue };
            let count = held.of(kind);
            *count = count.saturating_sub(less);
            if *held == Held::default() {
                all.remove(&network);
            }
        }
    }

    fn place(self: &Arc<Self>, from: Option<IpAddr>, kind: Kind, counted: Counted) -> Place {
        Place { visitors: self.clone(), from, kind, _counted: counted }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.kind == Kind::Connection {
            self.visitors.connections.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(from) = self.from {
            self.visitors.give_back(from, self.kind, 1);
        }
    }
}

/// What one socket's outbox weighs, counted against the reader's address; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Account {
    visitors: Arc<Visitors>,
    from: IpAddr,
    counted: usize,
}

/// What an outbox may weigh uncounted, and in which steps it is counted: most never weigh that much.
const STEP: usize = 16 * 1024;

impl Account {
    /// The outbox weighs so many bytes now. `false`: more than the address may have; then it counts as before.
    pub(crate) fn weighs(&mut self, bytes: usize) -> bool {
        let Self { visitors, from, counted } = self;
        let bytes = if bytes > STEP { bytes.next_multiple_of(STEP) } else { 0 };
        if bytes > *counted {
            let more = bytes - *counted;
            let left = visitors.limits.waiting.saturating_sub(visitors.waiting.load(Ordering::Relaxed));
            if !visitors.take(*from, Kind::Waiting, more, usize::MAX, left) {
                visitors.metrics.reject(Rejection::AddressWaiting);
                return false;
            }
            visitors.waiting.fetch_add(more, Ordering::Relaxed);
        } else if bytes < *counted {
            let less = *counted - bytes;
            visitors.waiting.fetch_sub(less, Ordering::Relaxed);
            visitors.give_back(*from, Kind::Waiting, less);
        }
        *counted = bytes;
        true
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.weighs(0);
    }
}

/// No panic happens while these are held, and counting goes on after one elsewhere.
fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use protocol::budget::Rate;

    use super::*;

    fn visitors(limits: Limits, connections_max: usize, behind_proxy: bool) -> Arc<Visitors> {
        Arc::new(Visitors::new(limits, connections_max, behind_proxy, Arc::new(Clock::default()), Arc::new(Metrics::new())))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_has_so_many_connections_and_gives_them_back() {
        let visitors = visitors(Limits { connections: 2, ..Limits::default() }, 100, false);
        let (one, other) = (address("2001:db8::1"), address("2001:db8:0:1::1"));
        let first = visitors.connect(one).expect("a first");
        let _second = visitors.connect(address("2001:db8::2")).expect("a second of the same network");
        assert!(visitors.connect(one).is_none());
        assert!(visitors.connect(other).is_some(), "another's are another's");
        drop(first);
        assert!(visitors.connect(one).is_some());
    }

    #[test]
    fn nothing_is_remembered_of_who_has_gone() {
        let visitors = visitors(Limits::default(), 100, false);
        let one = address("192.0.2.1");
        drop((visitors.connect(one), visitors.open_socket(one)));
        assert!(lock(&visitors.held).is_empty());
        assert_eq!((visitors.connections.load(Ordering::Relaxed), visitors.metrics.connections.get()), (0, 0));
    }

    #[test]
    fn all_together_have_so_many_and_no_more() {
        let visitors = visitors(Limits::default(), 1, false);
        let _first = visitors.connect(address("192.0.2.1")).expect("a first");
        assert!(visitors.connect(address("192.0.2.2")).is_none());
        assert!(visitors.connect(address("127.0.0.1")).is_some(), "this machine asks whether the server is well");
    }

    #[test]
    fn nobody_has_more_than_is_left_for_all_others() {
        let visitors = visitors(Limits::default(), 100, false);
        let all_of = |from: IpAddr| std::iter::from_fn(|| visitors.connect(from)).collect::<Vec<_>>();
        let mut held = Vec::new();
        let greedy: Vec<_> = (1..=4).map(|host| IpAddr::from([192, 0, 2, host])).collect();
        for (from, has) in greedy.iter().zip([50, 25, 13, 6]) {
            held.push(all_of(*from));
            assert_eq!(held.last().map(Vec::len), Some(has), "{from}");
        }
        assert!(greedy.iter().all(|from| visitors.connect(*from).is_none()));
        assert!(visitors.connect(address("198.51.100.1")).is_some(), "some is left for who comes last");
        held.remove(0);
        assert!(visitors.connect(greedy[3]).is_some(), "what is given back is for all");
    }

    #[test]
    fn behind_a_proxy_nobody_has_more_sockets_than_there_may_be_more_connections() {
        let visitors = visitors(Limits::default(), 20, true);
        let _of_the_proxy: Vec<_> = (0..10).map(|_| visitors.connect(address("10.0.0.1")).expect("a connection")).collect();
        let sockets: Vec<_> = std::iter::from_fn(|| visitors.open_socket(address("192.0.2.1"))).take(100).collect();
        assert_eq!(sockets.len(), 10);
        assert!(visitors.open_socket(address("192.0.2.2")).is_some());
    }

    #[test]
    fn a_whole_ipv6_prefix_has_what_a_few_addresses_have() {
        let visitors = visitors(Limits { sockets: 1, ..Limits::default() }, 1_000, false);
        let sockets: Vec<_> =
            (0..256).filter_map(|net| visitors.open_socket(address(&format!("2001:db8:0:12{net:02x}::1")))).collect();
        assert_eq!(sockets.len(), 4);
        assert!(visitors.open_socket(address("2001:db8:1::1")).is_some());
        drop(sockets);
        assert!(visitors.open_socket(address("2001:db8:0:1277::1")).is_some());
    }

    #[test]
    fn what_waits_for_the_slow_readers_of_an_address_leaves_as_much_to_others() {
        let visitors = visitors(Limits { waiting: 10 * STEP, ..Limits::default() }, 100, false);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let (mut first, mut second, mut third) = (visitors.account(one), visitors.account(one), visitors.account(other));
        assert!(first.weighs(STEP) && second.weighs(STEP) && third.weighs(STEP), "that much is everybody's");
        assert_eq!(visitors.waiting.load(Ordering::Relaxed), 0);
        assert!(first.weighs(3 * STEP) && second.weighs(2 * STEP));
        assert!(!second.weighs(4 * STEP), "more than half of all");
        assert!(third.weighs(2 * STEP + 1));
        assert!(first.weighs(0) && second.weighs(4 * STEP), "what was read is free again");
        drop((first, second, third));
        assert!(lock(&visitors.held).is_empty() && visitors.waiting.load(Ordering::Relaxed) == 0);
    }

    #[test]
    fn connections_come_at_a_rate() {
        let visitors = visitors(Limits { opened: Rate { burst: 2.0, per_second: 0.001 }, ..Limits::default() }, 100, false);
        let one = address("192.0.2.1");
        assert!(visitors.connect(one).is_some() && visitors.connect(one).is_some());
        assert!(visitors.connect(one).is_none());
        assert!(visitors.connect(address("192.0.2.2")).is_some());
    }

    #[test]
    fn a_proxy_is_no_visitor_but_those_behind_it_are() {
        let limits = Limits { connections: 1, sockets: 1, opened: Rate { burst: 1.0, per_second: 0.001 }, ..Limits::default() };
        let visitors = visitors(limits, 100, true);
        let proxy = address("10.0.0.1");
        let _held: Vec<_> = (0..5).map(|_| visitors.connect(proxy).expect("a connection of the proxy")).collect();
        let one = address("192.0.2.1");
        let _socket = visitors.open_socket(one).expect("a first");
        assert!(visitors.open_socket(one).is_none());
        assert!(visitors.open_socket(address("192.0.2.2")).is_some());
    }

    #[test]
    fn who_asks_too_fast_is_told_for_how_long_to_wait() {
        let limits = Limits { requests: Rate { burst: 2.0, per_second: 0.1 }, ..Limits::default() };
        let visitors = visitors(limits, 100, false);
        let one = address("192.0.2.1");
        assert_eq!([visitors.ask(one, 1.0), visitors.ask(one, 1.0), visitors.ask(one, 1.0)], [Ok(()), Ok(()), Err(10)]);
        assert_eq!(visitors.ask(address("192.0.2.2"), 1.0), Ok(()));
    }

    #[test]
    fn sockets_of_an_address_rest_when_they_say_too_much_together() {
        let limits = Limits { address_frames: Rate { burst: 2.0, per_second: 1.0 }, ..Limits::default() };
        let visitors = visitors(limits, 100, false);
        let one = address("192.0.2.1");
        assert_eq!(visitors.frame(one, 2.0, 0), None);
        assert_eq!(visitors.frame(one, 3.0, 0), Some(Duration::from_secs(3)));
        assert_eq!(visitors.frame(address("192.0.2.2"), 1.0, 0), None);
    }
}
