//! Who has how many of what there is only so much of: nobody may have more than is left for all others. Pure.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
};

use crate::guard::network;

/// What counts as one network here: an IPv4 address, or the /48 in IPv6 that a home, a school or a tunnel is given at the most.
pub(crate) fn site(address: IpAddr) -> IpAddr {
    match network(address) {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).into(),
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    of_address: usize,
    all: usize,
    addresses: Counts,
    sites: Counts,
}

impl Shares {
    /// Of so many in all, and so many for what a guard counts as one address.
    pub(crate) fn new(most: usize, of_address: usize) -> Self {
        Self { most, of_address, all: 0, addresses: Counts::default(), sites: Counts::default() }
    }

    /// One more. `false`: there are enough.
    pub(crate) fn take(&mut self, from: IpAddr) -> bool {
        let (address, site) = (network(from), site(from));
        let left = self.most.saturating_sub(self.all);
        let fits = self.sites.of(site) < left && self.addresses.of(address) < self.of_address;
        if fits {
            self.all += 1;
            self.addresses.add(address);
            self.sites.add(site);
        }
        fits
    }

    /// One that was taken is free again.
    pub(crate) fn give_back(&mut self, from: IpAddr) {
        self.all = self.all.saturating_sub(1);
        self.addresses.subtract(network(from));
        self.sites.subtract(site(from));
    }
}

/// Of those who have any.
#[derive(Debug, Default)]
struct Counts(HashMap<IpAddr, usize>);

impl Counts {
    fn of(&self, whom: IpAddr) -> usize {
        self.0.get(&whom).copied().unwrap_or(0)
    }

    fn add(&mut self, whom: IpAddr) {
        *self.0.entry(whom).or_default() += 1;
    }

    fn subtract(&mut self, whom: IpAddr) {
        let Some(count) = self.0.get_mut(&whom) else { return };
        *count -= 1;
        if *count == 0 {
            self.0.remove(&whom);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(shares: &mut Shares, from: impl Fn(u16) -> String) -> usize {
        (0..100).filter(|n| shares.take(from(*n).parse().expect("an address"))).count()
    }

    #[test]
    fn nobody_has_more_than_is_left_for_all_others() {
        let mut shares = Shares::new(32, 99);
        assert_eq!(taken(&mut shares, |_| "198.51.100.7".to_owned()), 16);
        assert_eq!(taken(&mut shares, |n| format!("2001:db8:1:{n}::7")), 8, "a /48");
        assert_eq!(taken(&mut shares, |n| format!("2001:db8:2::{n}")), 4);
        assert_eq!(taken(&mut shares, |n| format!("192.0.2.{n}")), 4, "one each");
        assert_eq!(taken(&mut shares, |_| "192.0.2.200".to_owned()), 0, "none is left");
    }

    #[test]
    fn an_address_has_so_many_and_all_can_be_given_back() {
        let mut shares = Shares::new(99, 3);
        let [one, same] = ["2001:db8:1:2::3", "2001:db8:1:2::4"].map(|text| text.parse().expect("an address"));
        assert!(shares.take(one) && shares.take(same) && shares.take(one));
        assert!(!shares.take(same));
        assert_eq!(taken(&mut shares, |_| "2001:db8:1:3::3".to_owned()), 3);
        shares.give_back(one);
        assert!(shares.take(same));
        (0..3).for_each(|_| shares.give_back(one));
        (0..3).for_each(|_| shares.give_back("2001:db8:1:3::3".parse().expect("an address")));
        assert!(shares.all == 0 && shares.addresses.0.is_empty() && shares.sites.0.is_empty());
    }
}
