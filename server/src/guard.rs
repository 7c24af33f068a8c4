//! Budgets for client addresses, in bounded memory: against guessing codes, making rooms by the thousand, and floods.
//!
//! It only counts; what a spent budget means is decided where it is asked. For codes only failures are counted, so that a
//! class behind one address is never in the way of itself.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use protocol::{
    Millis,
    budget::{Bucket, Rate},
};

/// How many networks one generation remembers. Two are kept: about 2 MiB a guard at the most.
const GENERATION: usize = 16_384;

/// A budget for each address, and wider ones for the networks it is in.
#[derive(Debug)]
pub(crate) struct Guard {
    rate: Rate,
    size: usize,
    young: HashMap<Network, Bucket>,
    old: HashMap<Network, Bucket>,
}

impl Guard {
    pub(crate) fn new(rate: Rate) -> Self {
        Self::with_size(rate, GENERATION)
    }

    fn with_size(rate: Rate, size: usize) -> Self {
        Self { rate, size, young: HashMap::new(), old: HashMap::new() }
    }

    /// Takes `cost` from the budgets of the address. `false`: that much was not left in one of them, and nothing is taken.
    pub(crate) fn spend(&mut self, from: IpAddr, cost: f64, now: Millis) -> bool {
        let rate = self.rate;
        networks(from).all(|(network, holds)| self.bucket(network, now).holds(rate, cost / f64::from(holds), now))
            && networks(from).all(|(network, holds)| self.bucket(network, now).take(rate, cost / f64::from(holds), now))
    }

    /// Takes `cost`, and on credit what is not left. Gives how long to wait until it is paid back.
    pub(crate) fn owe(&mut self, from: IpAddr, cost: f64, now: Millis) -> Millis {
        let rate = self.rate;
        let waits = networks(from).map(|(network, holds)| self.bucket(network, now).owe(rate, cost / f64::from(holds), now));
        waits.max().unwrap_or_default()
    }

    /// Seconds until the address has something left again; `None` if it has.
    pub(crate) fn spent(&mut self, from: IpAddr, now: Millis) -> Option<u32> {
        let Self { rate, young, old, .. } = self;
        let lacks = |(network, holds)| {
            let bucket = young.get_mut(&network).or_else(|| old.get_mut(&network))?;
            bucket.lacks_for(*rate, 1.0 / f64::from(holds), now)
        };
        networks(from).filter_map(lacks).max()
    }

    /// The bucket of a network, moved to the young generation. A full young generation becomes the old one, and the old is
    /// forgotten: constant work a network, whatever the number of networks.
    fn bucket(&mut self, network: Network, now: Millis) -> &mut Bucket {
        if self.young.len() >= self.size && !self.young.contains_key(&network) {
            let old = std::mem::take(&mut self.young);
            let known = std::mem::replace(&mut self.old, old).get(&network).copied();
            self.young.extend(known.map(|bucket| (network, bucket)));
        }
        let Self { rate, young, old, .. } = self;
        young.entry(network).or_insert_with(|| old.get(&network).copied().unwrap_or(Bucket::full(*rate, now)))
    }
}

/// Addresses that begin with the same so many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    first: IpAddr,
    bits: u8,
}

/// What counts as one address: an IPv4 address, or the /64 an IPv6 host may choose from freely.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => match address.segments() {
            // An IPv4 address gives its owner a whole /48 (RFC 3056 §2).
            [0x2002, high, low, ..] => Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into(),
            _ => masked(address, 64).into(),
        },
    }
}

/// The widest network that may be one customer's: an IPv4 address, or the /48 that an IPv6 tunnel or a rented machine comes with.
pub(crate) fn customer(address: IpAddr) -> Network {
    let one = network(address);
    Network::of(one, if one.is_ipv6() { 48 } else { 32 })
}

/// Where an address is counted, and how many addresses each of these counts for: as one address; in IPv6 also as a home's /56, and as its
/// [`customer`], because their owners go from one /64 to the next as they like. The widest first: it is looked at in any case, and so
/// never forgotten while its owner goes on.
pub(crate) fn networks(address: IpAddr) -> impl Iterator<Item = (Network, u16)> {
    let one = network(address);
    let bits: &[(u8, u16)] = if one.is_ipv6() { &[(48, 16), (56, 4), (64, 1)] } else { &[(32, 1)] };
    bits.iter().map(move |(bits, holds)| (Network::of(one, *bits), *holds))
}

impl Network {
    fn of(one: IpAddr, bits: u8) -> Self {
        let first = match one {
            IpAddr::V6(address) => masked(address, bits).into(),
            ipv4 => ipv4,
        };
        Self { first, bits }
    }
}

fn masked(address: Ipv6Addr, bits: u8) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 2.0, per_second: 0.1 };

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_spent_address_waits_and_others_do_not() {
        let mut guard = Guard::new(RATE);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(guard.spent(one, 0), None);
        assert!(guard.spend(one, 1.0, 0) && guard.spend(one, 1.0, 0));
        assert!(!guard.spend(one, 1.0, 0));
        assert_eq!(guard.spent(one, 0), Some(10));
        assert_eq!(guard.spent(other, 0), None);
        assert!(guard.spend(other, 1.0, 0));
        assert_eq!(guard.spent(one, 10_000), None);
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_mapped_one_is_its_ipv4() {
        assert_eq!(network(address("2001:db8:1:2:3::4")), network(address("2001:db8:1:2:ffff::")));
        assert_ne!(network(address("2001:db8:1:2::")), network(address("2001:db8:1:3::")));
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_eq!(network(address("2002:c000:201:7::1")), address("192.0.2.1"), "6to4");
    }

    #[test]
    fn who_goes_through_a_whole_ipv6_prefix_is_a_few_addresses_and_not_thousands() {
        // So many times as an address may: a home line, and all of a tunnel.
        for (prefix, most) in [("2001:db8:1:1200::", 4), ("2001:db8:2::", 16)] {
            let mut guard = Guard::new(RATE);
            let first = address(prefix);
            let IpAddr::V6(first) = first else { panic!("an IPv6 address") };
            let hosts = if most == 4 { 256 } else { 65_536 };
            let host = |number: u128| IpAddr::from(Ipv6Addr::from_bits(first.to_bits() + (number << 64)));
            let passed = (0..hosts).filter(|number| guard.spend(host(*number), 1.0, 0)).count();
            assert_eq!(passed, most * 2, "{prefix}");
            assert!(guard.spent(host(0), 0).is_some() && guard.spent(host(hosts - 1), 0).is_some());
            assert!(guard.owe(host(7), 1.0, 0) > 0);
            assert!(guard.spend(address("2001:db8:3::1"), 1.0, 0), "another's is another's");
        }
    }

    #[test]
    fn who_is_refused_for_the_network_loses_nothing_of_its_own() {
        let mut guard = Guard::new(RATE);
        let mut hosts = (0..).map(|host: u16| address(&format!("2001:db8:1:{host:x}::1")));
        while hosts.next().is_some_and(|host| guard.spend(host, 1.0, 0)) {}
        let late = hosts.next().expect("one more");
        assert!(!guard.spend(late, 1.0, 0));
        // What an address is given each second is given to its /56 four times.
        assert!(guard.spend(late, 1.0, 2_500), "of its own nothing was taken");
    }

    #[test]
    fn memory_is_bounded_and_a_busy_address_is_not_forgotten() {
        let mut guard = Guard::with_size(RATE, 8);
        let busy = address("192.0.2.1");
        while guard.spend(busy, 1.0, 0) {}
        for host in 0..1_000_u32 {
            guard.spend(IpAddr::V4((0x0a00_0000 + host).into()), 1.0, 0);
            guard.spend(busy, 1.0, 0);
            assert!(guard.young.len() <= 8 && guard.old.len() <= 8);
            assert!(guard.spent(busy, 0).is_some());
        }
    }
}
