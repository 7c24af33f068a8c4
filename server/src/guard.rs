//! Budgets for client addresses, in bounded memory: against guessing codes, making rooms by the thousand, and floods.
//!
//! It only counts; what a spent budget means is decided where it is asked. For codes only failures are counted, so that a
//! class behind one address is never in the way of itself.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
};

use protocol::{
    Millis,
    budget::{Bucket, Rate},
};

/// How many addresses one generation remembers. Two are kept: about 2 MiB a guard at the most.
const GENERATION: usize = 16_384;

/// A budget for each address.
#[derive(Debug)]
pub(crate) struct Guard {
    rate: Rate,
    size: usize,
    young: HashMap<IpAddr, Bucket>,
    old: HashMap<IpAddr, Bucket>,
}

impl Guard {
    pub(crate) fn new(rate: Rate) -> Self {
        Self::with_size(rate, GENERATION)
    }

    fn with_size(rate: Rate, size: usize) -> Self {
        Self { rate, size, young: HashMap::new(), old: HashMap::new() }
    }

    /// Takes `cost` from the address' budget. `false`: that much was not left.
    pub(crate) fn spend(&mut self, from: IpAddr, cost: f64, now: Millis) -> bool {
        let rate = self.rate;
        self.bucket(from, now).take(rate, cost, now)
    }

    /// Takes `cost`, and on credit what is not left. Gives how long to wait until it is paid back.
    pub(crate) fn owe(&mut self, from: IpAddr, cost: f64, now: Millis) -> Millis {
        let rate = self.rate;
        self.bucket(from, now).owe(rate, cost, now)
    }

    /// Seconds until the address has something left again; `None` if it has.
    pub(crate) fn spent(&mut self, from: IpAddr, now: Millis) -> Option<u32> {
        let rate = self.rate;
        let from = network(from);
        let bucket = self.young.get_mut(&from).or_else(|| self.old.get_mut(&from))?;
        bucket.empty_for(rate, now)
    }

    /// The bucket of an address, moved to the young generation. A full young generation becomes the old one, and the old is
    /// forgotten: constant work an address, whatever the number of addresses.
    fn bucket(&mut self, from: IpAddr, now: Millis) -> &mut Bucket {
        let from = network(from);
        if self.young.len() >= self.size && !self.young.contains_key(&from) {
            let old = std::mem::take(&mut self.young);
            let known = std::mem::replace(&mut self.old, old).get(&from).copied();
            self.young.extend(known.map(|bucket| (from, bucket)));
        }
        let Self { rate, young, old, .. } = self;
        young.entry(from).or_insert_with(|| old.get(&from).copied().unwrap_or(Bucket::full(*rate, now)))
    }
}

/// What counts as one address: an IPv4 address, or the /64 an IPv6 host may choose from freely.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
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
