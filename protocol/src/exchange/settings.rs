//! What an installation decides about rooms and calls.

use crate::{Millis, budget::Rate};

/// What an installation decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How long an unanswered ring lasts.
    pub ring_timeout: Millis,
    /// How long an empty room, and a participant without a connection, is kept.
    pub room_grace: Millis,
    /// After this long without a connection a member's seat may be taken by somebody else.
    pub seat_hold: Millis,
    /// After this long without a connection a member is out of the call.
    pub call_grace: Millis,
    /// How many people fit in a room.
    pub capacity: u32,
    /// How many participants the server keeps at once.
    pub participants_max: usize,
    /// How long a participant is kept whose page has never connected.
    pub first_visit: Millis,
    /// What one member may say: messages.
    pub messages: Rate,
    /// How often one member may make it ring.
    pub rings: Rate,
    /// How much is kept of what is said in all rooms together, as it weighs in memory, in bytes. Above it the fullest rooms forget first.
    pub chat_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ring_timeout: 45_000,
            room_grace: 600_000,
            seat_hold: 10_000,
            call_grace: 120_000,
            capacity: 2,
            participants_max: 100_000,
            first_visit: 120_000,
            messages: Rate { burst: 60.0, per_second: 1.0 },
            rings: Rate { burst: 10.0, per_second: 0.2 },
            chat_max: 128 * 1024 * 1024,
        }
    }
}
