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
mod measured;
mod pair;
mod quality;
mod reach;
mod reconcile;
mod room;
mod session;
mod sharpness;
mod show;
mod steps;
mod view;
mod weak;

pub use effect::{Ask, Device, Effect, Mark, PeerOp, Preferences, Saved, SendMode, Slot, Unsent};
pub use input::{ApiError, Command, ConnectionState, DeviceError, DeviceInfo, FailedOp, Input, PeerEvent, Setup};
pub use loudness::{METER_STEPS, Played, Voice, meter_steps};
pub use measured::{Incoming, Measured, Sent, Told};
pub use quality::{Details, Level};
pub use session::{Counters, Session};
pub use sharpness::{Prefer, Sharpness, Step};
pub use steps::Limit;
pub use view::{
    CallView, ChatItem, ChatKind, Connection, Delivery, DeviceChoice, DeviceProblem, DeviceView, Entry, LinkView, Notice,
    NoticeKind, Offer, OwnTile, Tile, View, WeakView,
};
