//! Whose the relays are, by what others are told of them. Pure.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Relays {
    allocations: HashMap<SocketAddr, usize>,
    /// How many there are at each address, which is asked more often than all of them could be looked through.
    at: HashMap<IpAddr, usize>,
}

impl Relays {
    /// The allocation that has this one.
    pub(super) fn get(&self, told: SocketAddr) -> Option<usize> {
        self.allocations.get(&told).copied()
    }

    /// Whether there is one at this address, of whatever port.
    pub(super) fn any_at(&self, told: IpAddr) -> bool {
        self.at.contains_key(&told)
    }

    pub(super) fn insert(&mut self, told: SocketAddr, allocation: usize) {
        if self.allocations.insert(told, allocation).is_none() {
            *self.at.entry(told.ip()).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, told: SocketAddr) {
        let known = self.allocations.remove(&told).and_then(|_| self.at.get_mut(&told.ip()));
        let Some(count) = known else { return };
        *count -= 1;
        if *count == 0 {
            self.at.remove(&told.ip());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_relays_until_the_last_of_them_has_ended() {
        let mut relays = Relays::default();
        let [one, two] = [1, 2].map(|port| SocketAddr::from(([203, 0, 113, 5], port)));
        relays.insert(one, 7);
        relays.insert(one, 8);
        relays.insert(two, 9);
        assert_eq!((relays.get(one), relays.get(two)), (Some(8), Some(9)));
        relays.remove(one);
        relays.remove(one);
        assert!(relays.any_at(two.ip()) && relays.get(one).is_none());
        assert!(!relays.any_at(IpAddr::from([203, 0, 113, 6])));
        relays.remove(two);
        assert!(!relays.any_at(two.ip()));
    }
}
