//! What one participant's page does: connecting and resuming, presence, ringing, negotiation, chat, devices, and what is shown.
//!
//! [`Session`] is driven by the engine in the browser and by the simulation: `handle(input, now)`, then `poll()` until `None`.
//! After that `view()` is what the page shows, and `next_deadline()` when to wake the session at the latest.

mod call;
mod chat;
mod command;
mod devices;
mod effect;
mod input;
mod letters;
mod line;
mod loudness;
mod pair;
mod reach;
mod reconcile;
mod room;
mod session;
mod sharpness;
mod show;
mod view;

pub use effect::{Ask, Device, Effect, Mark, PeerOp, Preferences, Saved, SendMode, Slot, Unsent};
pub use input::{ApiError, Command, ConnectionState, DeviceError, DeviceInfo, FailedOp, Input, PeerEvent, Setup};
pub use loudness::{METER_STEPS, Played, Voice, meter_steps};
pub use session::{Counters, Session};
pub use sharpness::{Prefer, Sent, Sharpness, Step};
pub use view::{
    CallView, ChatItem, ChatKind, Connection, Delivery, DeviceChoice, DeviceProblem, DeviceView, Entry, Notice, NoticeKind,
    OwnTile, Tile, View,
};
