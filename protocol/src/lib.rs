//! Baylanys' wire messages and the rules of both ends, as pure state machines.
//!
//! No I/O, clock, randomness, async or browser here: time and random numbers are parameters. One module drives each side:
//! [`client`] is what one participant's page does; [`directory`], [`room`] and [`exchange`] are what the server does.
//! What goes on in time has one shape: `handle(input, now)`, then `poll()` until `None`, before the next input.

pub mod budget;
pub mod check;
pub mod client;
pub mod directory;
pub mod exchange;
pub mod fault;
pub mod id;
pub mod message;
mod read;
pub mod room;
pub mod text;

/// The version of the wire. The server speaks this one and the one before.
pub const VERSION: u32 = 1;

/// A moment or a span in milliseconds. The server passes Unix time, the page `performance.now()`; the two are never mixed.
pub type Millis = u64;
