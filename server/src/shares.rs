//! Who has how many of what there is only so much of. No address has more than is its due, and nobody gets more than is left for all
//! others: so there is always some left, however many take all they may. Pure.

use std::{collections::HashMap, net::IpAddr};

use crate::guard::{Network, networks};

/// See the module.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    of_address: usize,
    all: usize,
    held: HashMap<Network, usize>,
}

/// Whose share is too small for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// Nothing is left for anybody.
    All,
    /// The address, or a network it is in, has enough.
    Address,
}

impl Shares {
    /// So many in all, and so many for what `guard` counts as one address.
    pub(crate) fn new(most: usize, of_address: usize) -> Self {
        Self { most, of_address, all: 0, held: HashMap::new() }
    }

    /// More for an address, or for nobody in particular, who is only counted.
    ///
    /// # Errors
    /// [`Lack`]; nothing is taken then.
    pub(crate) fn take(&mut self, from: Option<IpAddr>, more: usize) -> Result<(), Lack> {
        let left = self.most.saturating_sub(self.all);
        if left == 0 {
            return Err(Lack::All);
        }
        let due = |holds: u16| self.of_address.saturating_mul(holds.into()).min(left);
        let fits = |(network, holds)| self.held.get(&network).copied().unwrap_or(0).saturating_add(more) <= due(holds);
        if !from.into_iter().flat_map(networks).all(fits) {
            return Err(Lack::Address);
        }
        self.add(from, more);
        Ok(())
    }

    /// One for an address that has none, though nothing may be left.
    pub(crate) fn take_last(&mut self, from: IpAddr) -> Result<(), Lack> {
        if networks(from).any(|(network, _)| self.held.contains_key(&network)) {
            return Err(Lack::Address);
        }
        self.add(Some(from), 1);
        Ok(())
    }

    fn add(&mut self, from: Option<IpAddr>, more: usize) {
        self.all += more;
        for (network, _) in from.into_iter().flat_map(networks) {
            *self.held.entry(network).or_default() += more;
        }
    }

    /// What was taken is free again.
    pub(crate) fn give_back(&mut self, from: Option<IpAddr>, less: usize) {
        self.all = self.all.saturating_sub(less);
        for (network, _) in from.into_iter().flat_map(networks) {
            let Some(count) = self.held.get_mut(&network) else { continue };
            *count = count.saturating_sub(less);
            if *count == 0 {
                self.held.remove(&network);
            }
        }
    }

    /// Whether nobody has any.
    #[cfg(test)]
    pub(crate) fn is_unused(&self) -> bool {
        self.all == 0 && self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    /// How many of a hundred are given, each asked for from the address of its number.
    fn taken(shares: &mut Shares, from: impl Fn(u16) -> String) -> usize {
        (0..100).filter(|n| shares.take(address(&from(*n)), 1).is_ok()).count()
    }

    #[test]
    fn nobody_has_more_than_is_left_for_all_others() {
        let mut shares = Shares::new(32, 99);
        assert_eq!(taken(&mut shares, |_| "198.51.100.7".to_owned()), 16);
        assert_eq!(taken(&mut shares, |n| format!("2001:db8:1:{n}::7")), 8, "a /48");
        assert_eq!(taken(&mut shares, |_| "2001:db8:2::1".to_owned()), 4);
        assert_eq!(shares.take(address("198.51.100.7"), 1), Err(Lack::Address));
        assert_eq!(taken(&mut shares, |n| format!("192.0.2.{n}")), 4, "one each");
        assert_eq!(shares.take(address("192.0.2.200"), 1), Err(Lack::All));
    }

    #[test]
    fn an_address_has_its_due_and_an_ipv6_prefix_that_of_a_few() {
        let mut shares = Shares::new(9_999, 3);
        let [one, same] = ["2001:db8:1:2::3", "2001:db8:1:2::4"].map(address);
        assert!([one, same, one].iter().all(|from| shares.take(*from, 1).is_ok()));
        assert_eq!(shares.take(same, 1), Err(Lack::Address));
        assert_eq!(taken(&mut shares, |n| format!("2001:db8:1:{n:x}::3")), 9, "the rest of its /56");
        assert_eq!(taken(&mut shares, |n| format!("2001:db8:1:{n:x}00::3")), 36, "the rest of its /48");
        shares.give_back(one, 1);
        assert!(shares.take(same, 1).is_ok());
    }

    #[test]
    fn all_can_be_given_back_and_nothing_is_remembered() {
        let mut shares = Shares::new(10, 10);
        let one = address("192.0.2.1");
        assert!(shares.take(one, 4).is_ok() && shares.take(None, 2).is_ok() && shares.take(one, 1) == Err(Lack::Address));
        shares.give_back(None, 2);
        shares.give_back(one, 4);
        assert!(shares.is_unused());
    }

    #[test]
    fn who_has_none_may_have_the_last() {
        let mut shares = Shares::new(1, 10);
        let here = IpAddr::from([127, 0, 0, 1]);
        assert!(shares.take(None, 1).is_ok());
        assert_eq!(shares.take(Some(here), 1), Err(Lack::All));
        assert_eq!([shares.take_last(here), shares.take_last(here)], [Ok(()), Err(Lack::Address)]);
    }
}
