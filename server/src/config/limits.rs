//! What is not for an operator to choose: limits of a socket and of an address, and spans.

use protocol::budget::Rate;

/// What `hello`, `enter`, `leave` and `name` cost of frames: the answer may be a whole history, and the journal writes each.
pub const ROOM_COST: f64 = 20.0;

/// Limits of a socket and of an address, and spans; other than the default only in tests and benchmarks. Spans are in
/// milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections an address may have at once, and how fast it may open them. (A browser has six, and one for its socket.)
    pub connections: usize,
    /// See `connections`.
    pub opened: Rate,
    /// Sockets an address may have at once.
    pub sockets: usize,
    /// Requests an address may make. A rendered page counts as ten.
    pub requests: Rate,
    /// Frames all sockets of an address may send together; more is taken later. Counted like `frames`.
    pub address_frames: Rate,
    /// Frames a page may send. One more is counted for each 4 KiB of a frame, and for what makes the server answer with a whole room
    /// [`ROOM_COST`](crate::config::ROOM_COST), of an address also one for each 4 KiB that is written to it at once.
    pub frames: Rate,
    /// Wrong codes an address may try before it is told to wait.
    pub wrong_codes: Rate,
    /// Participants an address may have made.
    pub participants: Rate,
    /// Frames that may wait for a slow reader.
    pub outbox_frames: usize,
    /// Bytes that may wait for all slow readers together, and for those of one address never more than is left for others.
    pub waiting: usize,
    /// How long a connection may be without a whole request head.
    pub head_within: u64,
    /// How long a server function, its arguments' arrival included, may take.
    pub function_within: u64,
    /// How long a connection may take nothing of what is written to it.
    pub stalled_after: u64,
    /// Until when after connecting `hello` must have come.
    pub hello_within: u64,
    /// How often a silent socket is pinged.
    pub ping_every: u64,
    /// After this long without a frame a socket is closed.
    pub silent_after: u64,
    /// How long a stopping server waits for its sockets and requests.
    pub drain_within: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_000,
            opened: Rate { burst: 4_000.0, per_second: 100.0 },
            sockets: 2_000,
            requests: Rate { burst: 6_000.0, per_second: 200.0 },
            address_frames: Rate { burst: 30_000.0, per_second: 3_000.0 },
            frames: Rate { burst: 300.0, per_second: 60.0 },
            wrong_codes: Rate { burst: 60.0, per_second: 1.0 },
            participants: Rate { burst: 600.0, per_second: 5.0 },
            outbox_frames: 256,
            waiting: 256 << 20,
            head_within: 30_000,
            function_within: 30_000,
            stalled_after: 30_000,
            hello_within: 10_000,
            ping_every: 20_000,
            silent_after: 45_000,
            drain_within: 5_000,
        }
    }
}
