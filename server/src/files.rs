//! How many files, and with them connections, the program may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// How many files the program may have open; `None`: as many as it likes.
pub(crate) fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Raises the soft limit to the hard one. Many systems begin with 1024, for the sake of programs that are older than `poll`; each
/// person's socket and each relay takes one.
pub fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays low");
    }
}
