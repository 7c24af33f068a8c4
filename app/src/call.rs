//! What components know of the call: signals that mirror the session's [`View`], and a way to send it a [`Command`].
//!
//! On the server and until the engine runs, the handle is inert. No component knows a peer connection.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{
    client::{
        CallView, ChatItem, Command, Connection, DeviceChoice, DeviceProblem, Entry, Notice, OwnTile, Tile, View, WeakView,
    },
    id::{ParticipantId, RoomCode},
};

macro_rules! view_signals {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)*) => {
        /// One signal a field of [`View`], so that a change repaints only what shows it. Plain `Send` data, owned by the root.
        #[derive(Clone, Copy, Debug)]
        pub struct ViewSignals {
            $($(#[$doc])* pub $field: RwSignal<$type>,)*
            /// The browser refused to play sound before a tap: offer one.
            pub tap_to_play: RwSignal<bool>,
            /// How loud the own microphone is, in steps of the meter, while [`CallHandle::meter`] is on.
            pub level: RwSignal<u8>,
            /// Who speaks, in a call.
            pub speaking: RwSignal<Vec<ParticipantId>>,
        }

        impl ViewSignals {
            /// Signals that show an empty [`View`].
            #[must_use]
            pub fn new() -> Self {
                let view = View::default();
                Self {
                    $($field: RwSignal::new(view.$field),)*
                    tap_to_play: RwSignal::new(false),
                    level: RwSignal::new(0),
                    speaking: RwSignal::new(Vec::new()),
                }
            }

            /// Sets what differs from `view`, and nothing else.
            pub fn apply(&self, view: View) {
                $(if self.$field.with_untracked(|old| *old != view.$field) {
                    self.$field.set(view.$field);
                })*
            }
        }

        impl Default for ViewSignals {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

view_signals! {
    /// How the page stands with the server.
    connection: Connection,
    /// The code to share.
    code: Option<RoomCode>,
    /// One's own code.
    own_code: Option<RoomCode>,
    /// There is something to leave.
    can_leave: bool,
    /// The page was opened by a link to this room.
    link: Option<RoomCode>,
    /// Somebody joined and only one's name is missing.
    ask_name: bool,
    /// The modal's state.
    entry: Entry,
    /// Oneself.
    me: OwnTile,
    /// The others.
    others: Vec<Tile>,
    /// The call.
    call: CallView,
    /// The chat column.
    chat: Vec<Arc<ChatItem>>,
    /// Older messages were dropped.
    chat_truncated: bool,
    /// Unread messages.
    unread: u32,
    /// Cameras and microphones to choose from.
    choices: Vec<DeviceChoice>,
    /// The banner.
    problem: Option<DeviceProblem>,
    /// Notices.
    notices: Vec<Notice>,
    /// The lines of the call.
    weak: WeakView,
}

/// The `data-video` of one's own `<video>`.
pub const OWN_VIDEO: &str = "self";

/// The `data-video` of another's.
#[must_use]
pub fn peer_video(id: ParticipantId) -> String {
    format!("peer-{id}")
}

/// What the engine in the browser does for components. Calls return at once and run in the caller's own turn, so that
/// what needs the person's click has it.
pub trait Engine: Send + Sync {
    /// The person wants something.
    fn command(&self, command: Command);
    /// The `<video data-video=key>` is in the document now: give it its stream. Keys: [`OWN_VIDEO`], [`peer_video`].
    fn video_mounted(&self, key: &str);
    /// The person tapped: play what the browser refused to play.
    fn play(&self);
    /// The person begins or ends looking at the microphone's meter.
    fn meter(&self, on: bool);
}

/// In context at the root: provided by `frontend` in the browser, else inert.
#[derive(Clone)]
pub struct CallHandle {
    /// What to show.
    pub view: ViewSignals,
    engine: Option<Arc<dyn Engine>>,
}

impl CallHandle {
    /// A handle to a running engine.
    #[must_use]
    pub fn new(view: ViewSignals, engine: Arc<dyn Engine>) -> Self {
        Self { view, engine: Some(engine) }
    }

    /// A handle that shows the first, empty view and does nothing: the server's.
    #[must_use]
    pub fn inert() -> Self {
        Self { view: ViewSignals::new(), engine: None }
    }

    /// Sends a command.
    pub fn send(&self, command: Command) {
        if let Some(engine) = &self.engine {
            engine.command(command);
        }
    }

    /// See [`Engine::video_mounted`].
    pub fn video_mounted(&self, key: &str) {
        if let Some(engine) = &self.engine {
            engine.video_mounted(key);
        }
    }

    /// See [`Engine::meter`].
    pub fn meter(&self, on: bool) {
        if let Some(engine) = &self.engine {
            engine.meter(on);
        }
    }

    /// See [`Engine::play`].
    pub fn play(&self) {
        if let Some(engine) = &self.engine {
            engine.play();
        }
    }
}

/// The handle of this page.
///
/// # Panics
/// Outside `App`.
#[must_use]
pub fn use_call() -> CallHandle {
    expect_context::<CallHandle>()
}
