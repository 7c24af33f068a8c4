//! What outlives a page: the session over a reload, the choices until the next visit. Blocked storage is no error.

use protocol::client::{Preferences, Saved};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::{Storage, Window};

/// The one key, in both storages.
const KEY: &str = "baylanys";

fn session(window: &Window) -> Option<Storage> {
    window.session_storage().ok()?
}

fn local(window: &Window) -> Option<Storage> {
    window.local_storage().ok()?
}

fn read<T: DeserializeOwned>(storage: Option<Storage>) -> Option<T> {
    serde_json::from_str(&storage?.get_item(KEY).ok()??).ok()
}

fn write<T: Serialize>(storage: Option<Storage>, value: &T) {
    if let (Some(storage), Ok(text)) = (storage, serde_json::to_string(value)) {
        let _ = storage.set_item(KEY, &text);
    }
}

/// What an earlier page in this tab left.
pub(crate) fn saved(window: &Window) -> Option<Saved> {
    read(session(window))
}

/// Keeps the session for a reload.
pub(crate) fn save(window: &Window, saved: &Saved) {
    write(session(window), saved);
}

/// What the person chose in earlier visits.
pub(crate) fn preferences(window: &Window) -> Preferences {
    read(local(window)).unwrap_or_default()
}

/// Keeps the person's choices.
pub(crate) fn remember(window: &Window, preferences: &Preferences) {
    write(local(window), preferences);
}
