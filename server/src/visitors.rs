//! What one address may have at once and how fast it may ask for more, so that nobody alone takes the server from all others: connections,
//! requests, sockets, frames, memory. A school behind one address fits.
//!
//! It counts and refuses; what is one address `guard` says. Behind a proxy connections are the proxy's.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::Millis;

use crate::{
    clock::Clock,
    config::Limits,
    guard::Guard,
    metrics::{Counted, Metrics, Rejection},
    shares::{Lack, Shares},
};

/// Where `baylanys health` asks from.
const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Who is here, by address.
#[derive(Debug)]
pub(crate) struct Visitors {
    /// Whether connections come from a proxy, which is no visitor.
    behind_proxy: bool,
    clock: Arc<Clock>,
    metrics: Arc<Metrics>,
    connections: Mutex<Shares>,
    /// Each is a connection, or behind a proxy at least one.
    sockets: Mutex<Shares>,
    /// Bytes in outboxes, as far as they are counted.
    waiting: Mutex<Shares>,
    opened: Mutex<Guard>,
    requests: Mutex<Guard>,
    frames: Mutex<Guard>,
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
            behind_proxy,
            clock,
            metrics,
            connections: Mutex::new(Shares::new(connections_max, limits.connections)),
            sockets: Mutex::new(Shares::new(connections_max, limits.sockets)),
            waiting: Mutex::new(Shares::new(limits.waiting, usize::MAX)),
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
        let mut connections = lock(&self.connections);
        let taken = match (connections.take(from, 1), from.map(|from| from.to_canonical())) {
            // Whoever asks from this machine whether the server is well shall not hear that it is full.
            (Err(Lack::All), Some(here)) if LOCALHOST.contains(&here) => connections.take_last(here).map_err(|_| Lack::All),
            (taken, _) => taken,
        };
        taken.map_err(|lack| match lack {
            Lack::All => Rejection::ServerConnections,
            Lack::Address => Rejection::AddressConnections,
        })?;
        Ok(self.place(from, Kind::Connection, Counted::one(&self.metrics.connections)))
    }

    /// A visitor wants to open a socket. `None`: it is too many.
    pub(crate) fn open_socket(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        if lock(&self.sockets).take(Some(from), 1).is_err() {
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

    fn place(self: &Arc<Self>, from: Option<IpAddr>, kind: Kind, counted: Counted) -> Place {
        Place { visitors: self.clone(), from, kind, _counted: counted }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let shares = match self.kind {
            Kind::Connection => &self.visitors.connections,
            Kind::Socket => &self.visitors.sockets,
        };
        lock(shares).give_back(self.from, 1);
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
            if lock(&visitors.waiting).take(Some(*from), bytes - *counted).is_err() {
                visitors.metrics.reject(Rejection::AddressWaiting);
                return false;
            }
        } else if bytes < *counted {
            lock(&visitors.waiting).give_back(Some(*from), *counted - bytes);
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
        assert!(lock(&visitors.connections).is_unused() && lock(&visitors.sockets).is_unused());
        assert_eq!(visitors.metrics.connections.get(), 0);
    }

    #[test]
    fn all_together_have_so_many_and_no_more() {
        let visitors = visitors(Limits::default(), 1, false);
        let _first = visitors.connect(address("192.0.2.1")).expect("a first");
        assert!(visitors.connect(address("192.0.2.2")).is_none());
        assert!(visitors.connect(address("127.0.0.1")).is_some(), "this machine asks whether the server is well");
    }

    #[test]
    fn nobody_has_more_connections_or_sockets_than_are_left_for_all_others() {
        let direct = visitors(Limits::default(), 20, false);
        let connections: Vec<_> = std::iter::from_fn(|| direct.connect(address("192.0.2.1"))).take(100).collect();
        assert_eq!(connections.len(), 10);
        assert!(direct.connect(address("192.0.2.2")).is_some());
        let visitors = visitors(Limits::default(), 20, true);
        let sockets: Vec<_> = std::iter::from_fn(|| visitors.open_socket(address("192.0.2.1"))).take(100).collect();
        assert_eq!(sockets.len(), 10);
        assert!(visitors.open_socket(address("192.0.2.2")).is_some());
    }

    #[test]
    fn what_waits_for_the_slow_readers_of_an_address_leaves_as_much_to_others() {
        let visitors = visitors(Limits { waiting: 10 * STEP, ..Limits::default() }, 100, false);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let (mut first, mut second, mut third) = (visitors.account(one), visitors.account(one), visitors.account(other));
        assert!(first.weighs(STEP) && second.weighs(STEP) && third.weighs(STEP), "that much is everybody's");
        assert!(lock(&visitors.waiting).is_unused());
        assert!(first.weighs(3 * STEP) && second.weighs(2 * STEP));
        assert!(!second.weighs(4 * STEP), "more than half of all");
        assert!(third.weighs(2 * STEP + 1));
        assert!(first.weighs(0) && second.weighs(4 * STEP), "what was read is free again");
        drop((first, second, third));
        assert!(lock(&visitors.waiting).is_unused());
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
