//! The server's clock: Unix milliseconds that never run backwards and never stand still.
//!
//! A wall clock set back (no network time, a battery-less board) must not stop the timers; one set forward is followed soon.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use protocol::Millis;

/// How often the wall clock is looked at, in milliseconds: each message asks for the time, several times.
const LOOK_EVERY: Millis = 100;

/// See the module. Shared by all who need a `now`.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    /// What to add to the time since `start`.
    offset: AtomicU64,
    /// How long after `start` to look at the wall clock again.
    look_at: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self::not_before(0)
    }
}

impl Clock {
    /// A clock that begins at `seen`, Unix milliseconds, or at the wall clock's time if that is later: a machine without a battery may
    /// wake up in the past, and what has expired must not come back with it.
    #[must_use]
    pub fn not_before(seen: Millis) -> Self {
        Self { start: Instant::now(), offset: AtomicU64::new(wall().max(seen)), look_at: AtomicU64::new(LOOK_EVERY) }
    }

    /// Unix time in milliseconds.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.read(millis(self.start.elapsed().as_millis()), wall)
    }

    fn read(&self, elapsed: Millis, wall: impl FnOnce() -> Millis) -> Millis {
        if elapsed >= self.look_at.load(Ordering::Relaxed) {
            self.offset.fetch_max(wall().saturating_sub(elapsed), Ordering::Relaxed);
            self.look_at.store(elapsed + LOOK_EVERY, Ordering::Relaxed);
        }
        elapsed + self.offset.load(Ordering::Relaxed)
    }
}

fn wall() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| millis(since.as_millis()))
}

fn millis(value: u128) -> Millis {
    Millis::try_from(value).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_goes_on_and_one_set_forward_is_followed() {
        let clock = Clock { start: Instant::now(), offset: AtomicU64::new(1_000_000), look_at: AtomicU64::new(0) };
        let read = |elapsed, wall| clock.read(elapsed, || wall);
        assert_eq!(read(10, 1_000_010), 1_000_010);
        assert_eq!(read(110, 5_000), 1_000_110, "set back: the old offset counts on");
        assert_eq!(read(150, 2_000_000), 1_000_150, "not looked at yet");
        assert_eq!(read(210, 2_000_000), 2_000_000, "set forward: followed");
        assert_eq!(read(310, 1_000_000), 2_000_100);
    }
}
