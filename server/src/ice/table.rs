//! All allocations: who has which, where what comes in goes on to, and what ends when. Pure; time and ports are parameters.
//!
//! `request` (what clients ask for) and the driver work on it, from one thread: nothing here is locked.

mod relays;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use protocol::{Millis, budget::Rate, id::ParticipantId};
use slab::Slab;

use self::relays::Relays;
use super::{
    allocation::{Allocation, Client, Relay, Via},
    credentials::Credentials,
    nonce::Nonces,
    peers::{self, Asker, Interface},
    quota::{Accounts, Charged, Quota},
};
use crate::{
    guard::{Guard, Network, customer},
    shares::{Lack, Shares},
};

/// Answers to those who have not shown a credential, by address. A class behind one address asks some hundred times at once.
const UNKNOWN: Rate = Rate { burst: 600.0, per_second: 60.0 };

/// The time, twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Milliseconds of a clock that nobody sets: for what lasts.
    pub(crate) running: Millis,
    /// Unix milliseconds: for credentials.
    pub(crate) wall: Millis,
}

/// Opens the ports of relays. A port dropped is closed.
pub(crate) trait Ports {
    /// An open port.
    type Port;
    /// A new one at an own address, for an allocation by its number, of an even number if wanted. `None`: there is none left, or
    /// the address is not ours.
    fn open(&mut self, allocation: usize, local: IpAddr, even: bool) -> Option<(u16, Self::Port)>;
}

/// What the table is set up with.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) quota: Quota,
    /// Allocations at the most.
    pub(crate) most: usize,
    /// What to tell others instead of own addresses, by family.
    pub(crate) public: Vec<IpAddr>,
    /// Of this run.
    pub(crate) nonce_key: [u8; 32],
}

/// Where a client's or a peer's bytes go on to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Way<'a, P> {
    /// Out of a relay's port.
    Out { port: &'a P, to: SocketAddr },
    /// To a client: from whom, and over which channel, else in a Data indication.
    In { client: Client, from: SocketAddr, channel: Option<u16> },
}

/// Where a client wants its bytes to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Channel(u16),
    Peer(SocketAddr),
}

/// See the module.
pub(crate) struct Table<P> {
    pub(super) setup: Setup,
    pub(super) credentials: Credentials,
    pub(super) nonces: Nonces,
    /// What each participant has.
    participants: Accounts<ParticipantId>,
    /// What each network has, by [`customer`].
    networks: Accounts<Network>,
    /// Whose the allocations are.
    shares: Shares,
    unknown: Guard,
    /// The same over TCP, where who asks is where it says: datagrams that only pretend to be from an address cost it nothing here.
    unknown_connected: Guard,
    pub(super) interfaces: Vec<Interface>,
    pub(super) all: Slab<Allocation<P>>,
    pub(super) by_client: HashMap<Client, usize>,
    /// By what others are told.
    by_relay: Relays,
}

impl<P> Table<P> {
    pub(crate) fn new(setup: Setup, credentials: Credentials, interfaces: Vec<Interface>) -> Self {
        Self {
            nonces: Nonces::new(&setup.nonce_key),
            participants: Accounts::new(setup.quota.rate),
            networks: Accounts::new(setup.quota.network),
            shares: Shares::new(setup.most, usize::MAX),
            unknown: Guard::new(UNKNOWN),
            unknown_connected: Guard::new(UNKNOWN),
            setup,
            credentials,
            interfaces,
            all: Slab::new(),
            by_client: HashMap::new(),
            by_relay: Relays::default(),
        }
    }

    /// The machine's addresses, as they are now.
    pub(crate) fn set_interfaces(&mut self, interfaces: Vec<Interface>) {
        self.interfaces = interfaces;
    }

    /// What others are told of an own address.
    pub(super) fn told(&self, local: IpAddr) -> IpAddr {
        self.setup.public.iter().copied().find(|public| public.is_ipv4() == local.is_ipv4()).unwrap_or(local)
    }

    /// One more allocation for a participant at an address.
    ///
    /// # Errors
    /// What there is too little of.
    pub(super) fn charge(&mut self, participant: ParticipantId, from: IpAddr, now: Millis) -> Result<Charged, Lack> {
        self.shares.take(Some(from), 1)?;
        let participant = self.participants.take(participant, self.setup.quota.allocations, now);
        // Of a network only what it sends and gets is bounded here.
        let charged = participant
            .and_then(|participant| Some(Charged { participant, network: self.networks.take(customer(from), usize::MAX, now)? }));
        if charged.is_none() {
            self.shares.give_back(Some(from), 1);
        }
        charged.ok_or(Lack::Address)
    }

    /// Gives an allocation a relay at an own address. `false`: no port was to be had.
    pub(super) fn add_relay(&mut self, ports: &mut impl Ports<Port = P>, allocation: usize, local: IpAddr, even: bool) -> bool {
        let told = self.told(local);
        // Two own addresses may share one that others are told, so a port that is free at one may be known of the other.
        for _ in 0..8 {
            let Some((number, port)) = ports.open(allocation, local, even) else { return false };
            let told = SocketAddr::new(told, number);
            if let (false, Some(found)) = (self.by_relay.get(told).is_some(), self.all.get_mut(allocation)) {
                found.relays.push(Relay { told, local, port });
                self.by_relay.insert(told, allocation);
                return true;
            }
        }
        false
    }

    /// Ends relays of an allocation, and the allocation with the last of them.
    pub(super) fn end(&mut self, allocation: usize, ends: impl Fn(&Relay<P>) -> bool, now: Millis) {
        let Some(found) = self.all.get_mut(allocation) else { return };
        let by_relay = &mut self.by_relay;
        found.relays.retain(|relay| {
            let ends = ends(relay);
            if ends {
                by_relay.remove(relay.told);
            }
            !ends
        });
        if found.relays.is_empty() {
            let gone = self.all.remove(allocation);
            self.by_client.remove(&gone.client);
            self.shares.give_back(Some(gone.client.remote.ip()), 1);
            gone.account.give_back(now);
        }
    }

    /// A client's connection is closed: its allocation ends with it (RFC 8656 §7).
    pub(crate) fn closed(&mut self, client: &Client, now: Millis) {
        if let Some(allocation) = self.by_client.get(client) {
            self.end(*allocation, |_| true, now);
        }
    }

    /// Whether a client has an allocation.
    pub(crate) fn knows(&self, client: &Client) -> bool {
        self.by_client.contains_key(client)
    }

    /// How many allocations there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Ends what was not refreshed. From time to time.
    pub(crate) fn sweep(&mut self, now: Millis) {
        let ended: Vec<_> = self.all.iter().filter(|(_, it)| it.until <= now).map(|(number, _)| number).collect();
        for allocation in ended {
            self.end(allocation, |_| true, now);
        }
        self.participants.sweep(now);
        self.networks.sweep(now);
    }

    /// Whether an allocation may send to a peer: `Some(true)`: one out there, `Some(false)`: a relay of this server.
    /// Port 0: any. `None`: it is refused.
    pub(super) fn judge(&self, allocation: &Allocation<P>, peer: SocketAddr) -> Option<bool> {
        let relay = allocation.relay(peer.ip())?;
        // Some browsers ask for permissions without a port.
        let any = || peer.port() == 0 && self.by_relay.any_at(peer.ip());
        if self.by_relay.get(peer).is_some() || any() {
            return Some(false);
        }
        let asker = Asker { client: allocation.client.remote.ip(), told: relay.told.ip(), local: relay.local };
        peers::may_send(&self.interfaces, asker, peer.ip()).then_some(true)
    }

    /// Where a client's bytes go on to: out, or to another client, without touching the network. `None`: nowhere.
    pub(crate) fn send(&self, client: &Client, target: Target, bytes: usize, now: Millis) -> Option<Way<'_, P>> {
        let sender = self.all.get(*self.by_client.get(client)?)?;
        let peer = match target {
            Target::Channel(number) => sender.peer(number, now)?,
            Target::Peer(peer) => peer,
        };
        let outside = sender.permits(peer.ip(), now)?;
        let relay = sender.relay(peer.ip())?;
        if now >= sender.until || !sender.account.may_send(bytes, now) {
            return None;
        }
        match self.by_relay.get(peer) {
            Some(other) => {
                let receiver = self.all.get(other)?;
                receiver.permits(relay.told.ip(), now)?;
                Self::into(receiver, relay.told, bytes, now)
            }
            None if outside => Some(Way::Out { port: &relay.port, to: peer }),
            None => None,
        }
    }

    /// Where bytes that came to an allocation's relay from a peer go on to. `None`: nowhere.
    pub(crate) fn receive(&self, allocation: usize, from: SocketAddr, bytes: usize, now: Millis) -> Option<Way<'_, P>> {
        let receiver = self.all.get(allocation)?;
        // Of this server's own address only its relays are heard, and those do not come by way of the network.
        if receiver.permits(from.ip(), now)? { Self::into(receiver, from, bytes, now) } else { None }
    }

    fn into(receiver: &Allocation<P>, from: SocketAddr, bytes: usize, now: Millis) -> Option<Way<'_, P>> {
        if now >= receiver.until || !receiver.account.may_receive(bytes, now) {
            return None;
        }
        Some(Way::In { client: receiver.client, from, channel: receiver.channel(from, now) })
    }

    /// Whether somebody without a credential is answered once more.
    pub(super) fn may_answer(&mut self, client: &Client, now: Now) -> bool {
        self.unknown(client).spend(client.remote.ip(), 1.0, now.running)
    }

    /// Whether [`Self::may_answer`] would say yes.
    pub(super) fn might_answer(&mut self, client: &Client, now: Now) -> bool {
        self.unknown(client).spent(client.remote.ip(), now.running).is_none()
    }

    fn unknown(&mut self, client: &Client) -> &mut Guard {
        match client.via {
            Via::Udp(_) => &mut self.unknown,
            Via::Tcp(_) => &mut self.unknown_connected,
        }
    }
}
