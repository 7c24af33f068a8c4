//! Thousands of stories: real sessions and one real exchange over a seeded, hostile network, in virtual time.
//!
//! `SEED=… cargo test -p protocol --test simulation` replays one story and prints what happened in it.

mod simulation {
    mod coverage;
    #[cfg(feature = "faults")]
    mod faults;
    mod model;
    mod people;
    mod random;
    mod referee;
    mod scripts;
    mod stories;
    mod world;
}
