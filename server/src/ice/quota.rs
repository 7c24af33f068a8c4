//! What one participant, and all people of one network together, may take: so many allocations, so many bytes a second each way.
//! Participants are free to whoever asks, networks are not. Pure; time is a parameter.

use std::{cell::RefCell, collections::HashMap, hash::Hash, rc::Rc};

use protocol::{
    Millis,
    budget::{Bucket, Rate},
};

/// How long an account without allocations is kept, so that giving back and asking again refills nothing.
const KEPT: Millis = 60_000;
/// A network's rate in those of a participant: of a class behind one address not everybody is relayed at full rate.
const CLASS: f64 = 10.0;

/// What each may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// Of a participant, at once.
    pub(crate) allocations: usize,
    /// Bytes of a participant, each way.
    pub(crate) rate: Rate,
    /// Bytes of a network, each way.
    pub(crate) network: Rate,
}

impl Quota {
    pub(crate) fn new(allocations: u16, mbit_per_second: u16) -> Self {
        let per_second = f64::from(mbit_per_second) * 125_000.0;
        // A second's worth at once: a key frame, or what waited for a slow moment, passes.
        let rate = |people| Rate { burst: per_second * people, per_second: per_second * people };
        Self { allocations: allocations.into(), rate: rate(1.0), network: rate(CLASS) }
    }
}

/// What one has taken.
#[derive(Debug)]
pub(crate) struct Account {
    rate: Rate,
    allocations: usize,
    sent: Bucket,
    received: Bucket,
    used: Millis,
}

impl Account {
    /// An allocation is gone.
    pub(crate) fn give_back(&mut self, now: Millis) {
        self.allocations = self.allocations.saturating_sub(1);
        self.used = now;
    }
}

/// An account, held by each of its allocations.
pub(crate) type Held = Rc<RefCell<Account>>;

/// The two accounts that an allocation is charged to.
#[derive(Debug)]
pub(crate) struct Charged {
    pub(crate) participant: Held,
    /// Of all who come from one [`crate::guard::customer`].
    pub(crate) network: Held,
}

impl Charged {
    /// Whether so many more bytes may be sent.
    pub(crate) fn may_send(&self, bytes: usize, now: Millis) -> bool {
        self.take(|account| &mut account.sent, bytes, now)
    }

    /// Whether so many more bytes may be received.
    pub(crate) fn may_receive(&self, bytes: usize, now: Millis) -> bool {
        self.take(|account| &mut account.received, bytes, now)
    }

    /// The participant's first: what is above that costs the others of the network nothing.
    fn take(&self, way: impl Fn(&mut Account) -> &mut Bucket, bytes: usize, now: Millis) -> bool {
        [&self.participant, &self.network].into_iter().all(|held| {
            let mut account = held.borrow_mut();
            let rate = account.rate;
            way(&mut account).take(rate, cost(bytes), now)
        })
    }

    /// The allocation is gone.
    pub(crate) fn give_back(&self, now: Millis) {
        self.participant.borrow_mut().give_back(now);
        self.network.borrow_mut().give_back(now);
    }
}

#[expect(clippy::cast_precision_loss, reason = "datagrams are far below 2^52 bytes")]
fn cost(bytes: usize) -> f64 {
    bytes as f64
}

/// The accounts of all who have allocations, or had some lately.
#[derive(Debug)]
pub(crate) struct Accounts<Of> {
    rate: Rate,
    all: HashMap<Of, Held>,
}

impl<Of: Eq + Hash> Accounts<Of> {
    /// Of this rate each.
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, all: HashMap::new() }
    }

    /// One more allocation, of so many at the most. `None`: there are enough.
    pub(crate) fn take(&mut self, of: Of, most: usize, now: Millis) -> Option<Held> {
        let rate = self.rate;
        let full =
            || Account { rate, allocations: 0, sent: Bucket::full(rate, now), received: Bucket::full(rate, now), used: now };
        let held = self.all.entry(of).or_insert_with(|| Rc::new(RefCell::new(full())));
        let mut account = held.borrow_mut();
        if account.allocations >= most {
            return None;
        }
        account.allocations += 1;
        Some(held.clone())
    }

    /// Forgets who has none, and has had none for a while.
    pub(crate) fn sweep(&mut self, now: Millis) {
        self.all.retain(|_, held| {
            let account = held.borrow();
            account.allocations > 0 || now < account.used + KEPT
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 125_000.0, per_second: 125_000.0 };

    fn charged(accounts: &mut Accounts<u8>, participant: u8) -> Charged {
        let mut take = |of, most| accounts.take(of, most, 0).expect("room for one");
        Charged { participant: take(participant, 2), network: take(9, 99) }
    }

    #[test]
    fn each_has_so_many_allocations_and_can_give_them_back() {
        let mut accounts = Accounts::new(RATE);
        let first = accounts.take(1, 2, 0).expect("room for one");
        assert!(accounts.take(1, 2, 0).is_some());
        assert!(accounts.take(1, 2, 0).is_none());
        assert!(accounts.take(2, 2, 0).is_some(), "another's quota is another's");
        first.borrow_mut().give_back(0);
        assert!(accounts.take(1, 2, 0).is_some());
    }

    #[test]
    fn bytes_pass_at_the_rate_each_way_over_all_allocations() {
        let mut accounts = Accounts::new(RATE);
        let (one, two) = (charged(&mut accounts, 1), charged(&mut accounts, 1));
        assert!(one.may_send(125_000, 0));
        assert!(!two.may_send(1, 0), "the same account");
        assert!(two.may_receive(125_000, 0), "the other way");
        assert!(one.may_send(1_250, 10));
        assert!(!one.may_send(1_250, 11));
    }

    #[test]
    fn what_is_above_a_participants_rate_costs_the_network_nothing() {
        let mut accounts = Accounts::new(RATE);
        let (one, two) = (charged(&mut accounts, 1), charged(&mut accounts, 2));
        assert!(!one.may_send(125_001, 0));
        assert!(one.may_send(100_000, 0));
        assert!(!two.may_send(25_001, 0), "the same network");
        assert!(two.may_receive(125_000, 0), "the other way");
    }

    #[test]
    fn giving_back_refills_nothing_and_nobody_is_kept_for_ever() {
        let mut accounts = Accounts::new(RATE);
        let held = charged(&mut accounts, 1);
        assert!(held.may_send(125_000, 0));
        held.give_back(0);
        accounts.sweep(1_000);
        let again = charged(&mut accounts, 1);
        assert!(!again.may_send(125_000, 1));
        again.give_back(2_000);
        accounts.sweep(2_000 + KEPT);
        assert!(accounts.all.is_empty());
    }
}
