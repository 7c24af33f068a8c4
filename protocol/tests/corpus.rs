//! Every input that the fuzzer has kept (`fuzz/corpus`), and every one that it broke something with (`fuzz/found`), once more.

use std::{fs, path::Path};

mod fuzzing {
    pub(crate) mod bytes;
    pub(crate) mod exchange;
    pub(crate) mod frames;
    pub(crate) mod holds;
    pub(crate) mod parts;
    pub(crate) mod room;
}

/// The files of a folder, by name.
fn files(folder: &str, target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder).join(target);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = paths
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))))
        .collect();
    files.sort();
    files
}

fn replay(target: &str, run: fn(&[u8])) {
    let corpus = files("corpus", target);
    assert!(!corpus.is_empty(), "fuzz/corpus/{target} is missing: `make fuzz KEEP=1` makes one");
    for (name, bytes) in corpus.iter().chain(&files("found", target)) {
        // Seen only if it fails.
        println!("{name}");
        run(bytes);
    }
}

#[test]
fn frames() {
    replay("frames", fuzzing::frames::run);
}

#[test]
fn room() {
    replay("room", fuzzing::room::run);
}

#[test]
fn exchange() {
    replay("exchange", fuzzing::exchange::run);
}

/// A corpus that notices nothing is none: some rules broken on purpose are met by it.
#[cfg(feature = "faults")]
#[test]
fn broken_rules_are_noticed() {
    use protocol::fault::{self, Fault};

    let noticed = |fault, target, run: fn(&[u8])| {
        fault::set(Some(fault));
        let noticed = files("corpus", target).iter().any(|(_, bytes)| std::panic::catch_unwind(|| run(bytes)).is_err());
        fault::set(None);
        noticed
    };
    for fault in [
        Fault::NoChatDedupe,
        Fault::StaleLinkAccepted,
        Fault::MediaCounterIgnored,
        Fault::RingTimeoutIgnored,
        Fault::HangUpLost,
        Fault::GoneNotTold,
        Fault::SeatNeverGiven,
    ] {
        assert!(noticed(fault, "room", fuzzing::room::run), "{fault:?}");
    }
    for fault in [Fault::OldIncarnationServed, Fault::MoveNotKept, Fault::EndNotKept] {
        assert!(noticed(fault, "exchange", fuzzing::exchange::run), "{fault:?}");
    }
}
