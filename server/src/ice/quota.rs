//! What one participant may take: so many allocations, so many bytes a second each way. Pure; time is a parameter.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use protocol::{
    Millis,
    budget::{Bucket, Rate},
    id::ParticipantId,
};

/// How long an account without allocations is kept, so that giving back and asking again refills nothing.
const KEPT: Millis = 60_000;

/// What each may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// At once.
    pub(crate) allocations: usize,
    /// Bytes, each way.
    pub(crate) rate: Rate,
}

impl Quota {
    pub(crate) fn new(allocations: u16, mbit_per_second: u16) -> Self {
        let per_second = f64::from(mbit_per_second) * 125_000.0;
        // A second's worth at once: a key frame, or what waited for a slow moment, passes.
        Self { allocations: allocations.into(), rate: Rate { burst: per_second, per_second } }
    }
}

/// What one participant has taken.
#[derive(Debug)]
pub(crate) struct Account {
    rate: Rate,
    allocations: usize,
    sent: Bucket,
    received: Bucket,
    used: Millis,
}

/// An account, held by each of its allocations.
pub(crate) type Held = Rc<RefCell<Account>>;

impl Account {
    /// Whether the participant may send so many more bytes.
    pub(crate) fn may_send(&mut self, bytes: usize, now: Millis) -> bool {
        self.sent.take(self.rate, cost(bytes), now)
    }

    /// Whether the participant may receive so many more bytes.
    pub(crate) fn may_receive(&mut self, bytes: usize, now: Millis) -> bool {
        self.received.take(self.rate, cost(bytes), now)
    }

    /// An allocation is gone.
    pub(crate) fn give_back(&mut self, now: Millis) {
        self.allocations = self.allocations.saturating_sub(1);
        self.used = now;
    }
}

#[expect(clippy::cast_precision_loss, reason = "datagrams are far below 2^52 bytes")]
fn cost(bytes: usize) -> f64 {
    bytes as f64
}

/// The accounts of all who have allocations, or had some lately.
#[derive(Debug)]
pub(crate) struct Accounts {
    quota: Quota,
    all: HashMap<ParticipantId, Held>,
}

impl Accounts {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, all: HashMap::new() }
    }

    /// One more allocation for a participant. `None`: there are enough.
    pub(crate) fn take(&mut self, participant: ParticipantId, now: Millis) -> Option<Held> {
        let rate = self.quota.rate;
        let full =
            || Account { rate, allocations: 0, sent: Bucket::full(rate, now), received: Bucket::full(rate, now), used: now };
        let held = self.all.entry(participant).or_insert_with(|| Rc::new(RefCell::new(full())));
        let mut account = held.borrow_mut();
        if account.allocations >= self.quota.allocations {
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

    const ONE: ParticipantId = ParticipantId::new(1);
    const OTHER: ParticipantId = ParticipantId::new(2);

    #[test]
    fn each_has_so_many_allocations_and_can_give_them_back() {
        let mut accounts = Accounts::new(Quota::new(2, 1));
        let first = accounts.take(ONE, 0).expect("room for one");
        assert!(accounts.take(ONE, 0).is_some());
        assert!(accounts.take(ONE, 0).is_none());
        assert!(accounts.take(OTHER, 0).is_some(), "another's quota is another's");
        first.borrow_mut().give_back(0);
        assert!(accounts.take(ONE, 0).is_some());
    }

    #[test]
    fn bytes_pass_at_the_rate_each_way_over_all_allocations() {
        let mut accounts = Accounts::new(Quota::new(2, 1));
        let (one, two) = (accounts.take(ONE, 0).expect("one"), accounts.take(ONE, 0).expect("two"));
        assert!(one.borrow_mut().may_send(125_000, 0));
        assert!(!two.borrow_mut().may_send(1, 0), "the same account");
        assert!(two.borrow_mut().may_receive(125_000, 0), "the other way");
        assert!(one.borrow_mut().may_send(1_250, 10));
        assert!(!one.borrow_mut().may_send(1_250, 11));
    }

    #[test]
    fn giving_back_refills_nothing_and_nobody_is_kept_for_ever() {
        let mut accounts = Accounts::new(Quota::new(1, 1));
        let held = accounts.take(ONE, 0).expect("one");
        assert!(held.borrow_mut().may_send(125_000, 0));
        held.borrow_mut().give_back(0);
        accounts.sweep(1_000);
        assert!(!accounts.take(ONE, 1).expect("one").borrow_mut().may_send(125_000, 1));
        accounts.all[&ONE].borrow_mut().give_back(2_000);
        accounts.sweep(2_000 + KEPT);
        assert!(accounts.all.is_empty());
    }
}
