//! The server's clock: Unix milliseconds that never run backwards and never stand still.
//!
//! A wall clock set back (no network time, a battery-less board) must not stop the timers; one set forward is followed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use protocol::Millis;

/// See the module. Shared by all who need a `now`.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    /// What to add to the time since `start`.
    offset: AtomicU64,
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
        Self { start: Instant::now(), offset: AtomicU64::new(wall().max(seen)) }
    }

    /// Unix time in milliseconds.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.read(millis(self.start.elapsed().as_millis()), wall())
    }

    fn read(&self, elapsed: Millis, wall: Millis) -> Millis {
        let ahead = wall.saturating_sub(elapsed);
        elapsed + self.offset.fetch_max(ahead, Ordering::Relaxed).max(ahead)
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
        let clock = Clock { start: Instant::now(), offset: AtomicU64::new(1_000_000) };
        assert_eq!(clock.read(10, 1_000_010), 1_000_010);
        assert_eq!(clock.read(20, 5_000), 1_000_020, "set back: the old offset counts on");
        assert_eq!(clock.read(30, 2_000_000), 2_000_000, "set forward: followed");
        assert_eq!(clock.read(40, 1_000_000), 2_000_010);
    }
}
