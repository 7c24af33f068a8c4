//! The bodies of the targets. They stand among the tests of `protocol`, which replay with them what was found here.

#[path = "../../tests/fuzzing"]
mod fuzzing {
    pub(crate) mod bytes;
    pub(crate) mod exchange;
    pub(crate) mod frames;
    pub(crate) mod holds;
    pub(crate) mod parts;
    pub(crate) mod room;
}

/// Everything that is read from outside.
pub fn frames(bytes: &[u8]) {
    fuzzing::frames::run(bytes);
}

/// One room.
pub fn room(bytes: &[u8]) {
    fuzzing::room::run(bytes);
}

/// The whole server.
pub fn exchange(bytes: &[u8]) {
    fuzzing::exchange::run(bytes);
}
