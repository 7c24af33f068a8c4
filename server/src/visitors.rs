//! What one address may have at once and how fast it may ask for more, so that nobody alone takes the server from all others: connections,
//! requests, sockets, frames. A school behind one address fits.
//!
//! It counts and refuses; IPv6 hosts are told apart by their /64, in which they choose freely. Behind a proxy connections are the proxy's.

use std::{
    collections::HashMap,
    net::IpAddr,
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
    guard::{Guard, network},
    metrics::{Counted, Metrics, Rejection},
};

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
    held: Mutex<HashMap<IpAddr, Held>>,
    opened: Mutex<Guard>,
    requests: Mutex<Guard>,
    frames: Mutex<Guard>,
}

/// What an address has.
#[derive(Debug, Default)]
struct Held {
    connections: usize,
    sockets: usize,
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
            limits,
            connections_max,
            behind_proxy,
            clock,
            metrics,
            connections: AtomicUsize::new(0),
            held: Mutex::default(),
            opened: Mutex::new(Guard::new(limits.opened)),
            requests: Mutex::new(Guard::new(limits.requests)),
            frames: Mutex::new(Guard::new(limits.address_frames)),
        }
    }

    /// A connection has come. `None`: it is too many.
    pub(crate) fn connect(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let from = (!self.behind_proxy).then(|| network(from));
        let place = self.take_connection(from);
        place.map_err(|reason| self.metrics.reject(reason)).ok()
    }

    fn take_connection(self: &Arc<Self>, from: Option<IpAddr>) -> Result<Place, Rejection> {
        if let Some(from) = from
            && !lock(&self.opened).spend(from, 1.0, self.clock.now())
        {
            return Err(Rejection::ConnectionRate);
        }
        if self.connections.load(Ordering::Relaxed) >= self.connections_max {
            return Err(Rejection::ServerConnections);
        }
        if let Some(from) = from {
            self.take(from, |held| &mut held.connections, self.limits.connections).ok_or(Rejection::AddressConnections)?;
        }
        self.connections.fetch_add(1, Ordering::Relaxed);
        Ok(self.place(from, Kind::Connection, Counted::one(&self.metrics.connections)))
    }

    /// A visitor wants to open a socket. `None`: it is too many.
    pub(crate) fn open_socket(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let from = network(from);
        if self.take(from, |held| &mut held.sockets, self.limits.sockets).is_none() {
            self.metrics.reject(Rejection::AddressSockets);
            return None;
        }
        Some(self.place(Some(from), Kind::Socket, Counted::one(&self.metrics.sockets)))
    }

    /// A visitor asks for something.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(crate) fn ask(&self, from: IpAddr) -> Result<(), u32> {
        let now = self.clock.now();
        let mut requests = lock(&self.requests);
        if requests.spend(from, 1.0, now) {
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

    fn take(&self, from: IpAddr, of: impl Fn(&mut Held) -> &mut usize, most: usize) -> Option<()> {
        let mut held = lock(&self.held);
        let count = of(held.entry(from).or_default());
        (*count < most).then(|| *count += 1)
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
        let Some(from) = self.from else { return };
        let mut all = lock(&self.visitors.held);
        let Some(held) = all.get_mut(&from) else { return };
        let count = if self.kind == Kind::Connection { &mut held.connections } else { &mut held.sockets };
        *count = count.saturating_sub(1);
        if held.connections + held.sockets == 0 {
            all.remove(&from);
        }
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
        assert_eq!([visitors.ask(one), visitors.ask(one), visitors.ask(one)], [Ok(()), Ok(()), Err(10)]);
        assert_eq!(visitors.ask(address("192.0.2.2")), Ok(()));
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
