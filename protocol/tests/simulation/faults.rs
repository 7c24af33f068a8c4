//! The simulation is proved itself: each deliberate bug must be caught, within a number of stories that is printed.

use protocol::fault::{self, Fault};

use super::stories::play;

/// In how many stories a bug must show.
const STORIES: u64 = 10_000;

#[test]
fn every_deliberate_bug_is_caught() {
    let mut missed = Vec::new();
    for fault in Fault::ALL {
        fault::set(Some(fault));
        let found = (1..=STORIES).find_map(|seed| Some((seed, play(seed, false).violation?)));
        fault::set(None);
        match found {
            Some((seed, violation)) => println!("{fault:?}: caught by story {seed}, {violation}"),
            None => {
                println!("{fault:?}: NOT caught by {STORIES} stories");
                missed.push(fault);
            }
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
