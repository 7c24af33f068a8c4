//! A token bucket: so much at once, so much a second after that. Pure; time is a parameter.

use crate::Millis;

/// How many seconds of the rate may be owed at the most: behind one address there are others than who owes.
const DEBT: f64 = 5.0;

/// How much is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// At once.
    pub burst: f64,
    /// For good, each second.
    pub per_second: f64,
}

/// What is left of a [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    level: f64,
    at: Millis,
}

impl Bucket {
    /// Nothing is taken yet.
    #[must_use]
    pub const fn full(rate: Rate, now: Millis) -> Self {
        Self { level: rate.burst, at: now }
    }

    /// Whether `cost` is there.
    pub fn holds(&mut self, rate: Rate, cost: f64, now: Millis) -> bool {
        self.refill(rate, now);
        self.level >= cost
    }

    /// Takes `cost`, if that much is there.
    pub fn take(&mut self, rate: Rate, cost: f64, now: Millis) -> bool {
        let enough = self.holds(rate, cost, now);
        if enough {
            self.level -= cost;
        }
        enough
    }

    /// Takes `cost`, and on credit what is not there. Gives how long the taker has to wait until all is paid back: five seconds at the most,
    /// and what would be owed beyond that is forgiven.
    pub fn owe(&mut self, rate: Rate, cost: f64, now: Millis) -> Millis {
        self.refill(rate, now);
        self.level = (self.level - cost).max(-DEBT * rate.per_second);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is right here")]
        let wait = (-self.level / rate.per_second * 1000.0).max(0.0).ceil() as Millis;
        wait
    }

    /// Whole seconds, at least one, until `cost` is there; `None` if it is there now.
    pub fn lacks_for(&mut self, rate: Rate, cost: f64, now: Millis) -> Option<u32> {
        let enough = self.holds(rate, cost, now);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is right here")]
        (!enough).then(|| (((cost - self.level) / rate.per_second).ceil() as u32).max(1))
    }

    fn refill(&mut self, rate: Rate, now: Millis) {
        #[expect(clippy::cast_precision_loss, reason = "spans here are far below 2^52 ms")]
        let seconds = now.saturating_sub(self.at) as f64 / 1000.0;
        self.level = (self.level + seconds * rate.per_second).min(rate.burst);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let rate = Rate { burst: 3.0, per_second: 0.5 };
        let mut bucket = Bucket::full(rate, 1_000);
        assert_eq!(bucket.lacks_for(rate, 1.0, 1_000), None);
        for _ in 0..3 {
            assert!(bucket.take(rate, 1.0, 1_000));
        }
        assert!(!bucket.take(rate, 1.0, 1_000));
        assert_eq!(bucket.lacks_for(rate, 1.0, 1_000), Some(2));
        assert!(!bucket.take(rate, 1.0, 2_999));
        assert_eq!(bucket.lacks_for(rate, 1.0, 2_999), Some(1));
        assert!(bucket.take(rate, 1.0, 3_000));
        assert!(!bucket.take(rate, 1.0, 2_000), "time does not run backwards");
        assert!(bucket.take(rate, 3.0, 60_000), "never more than the burst");
        assert!(!bucket.take(rate, 1.0, 60_000));
    }

    #[test]
    fn what_is_taken_on_credit_is_waited_for() {
        let rate = Rate { burst: 3.0, per_second: 2.0 };
        let mut bucket = Bucket::full(rate, 0);
        assert_eq!(bucket.owe(rate, 3.0, 0), 0);
        assert_eq!(bucket.owe(rate, 1.0, 0), 500);
        assert_eq!(bucket.owe(rate, 1.0, 0), 1_000, "behind the one before");
        assert_eq!(bucket.owe(rate, 1.0, 1_500), 0);
        assert_eq!(bucket.owe(rate, 1_000.0, 1_500), 5_000, "others behind the same address do not wait for minutes");
        assert_eq!(bucket.owe(rate, 1.0, 6_500), 500);
    }
}
