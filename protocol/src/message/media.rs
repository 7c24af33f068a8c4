//! What a participant says of the own media. Said, never inferred from what arrives.

use serde::Serialize;

/// The states of the four sources, under one counter: the higher counter wins, whichever way it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Media {
    /// Rises with each change within a page's incarnation.
    pub counter: u32,
    /// The microphone.
    pub microphone: Source,
    /// The camera.
    pub camera: Source,
    /// The screen.
    pub screen: Source,
    /// The screen's sound.
    pub screen_audio: Source,
}

impl Media {
    /// Whether this was said later than `other`, by the same page.
    #[must_use]
    pub const fn supersedes(&self, other: &Self) -> bool {
        self.counter > other.counter
    }
}

/// One source of media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// What the owner says of it.
    pub state: SourceState,
    /// Its media line's identification (RFC 8843 §4), where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mid: Option<String>,
}

/// What an owner says of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Nothing is sent.
    #[default]
    Off,
    /// It is sent.
    On,
    /// A microphone that sends silence.
    Muted,
    /// It should be sent, but the device went away.
    Lost,
}
