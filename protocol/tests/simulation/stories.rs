//! Stories: a seed decides everything that happens; afterwards everything must hold.

use std::{
    num::NonZero,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use protocol::client::{CallView, Command, Connection};

use super::{
    coverage::{Coverage, Seen},
    world::{Event, Time, World},
};

/// What became of a story.
pub(crate) struct Outcome {
    /// What did not hold.
    pub(crate) violation: Option<String>,
    /// What occurred.
    pub(crate) seen: Coverage,
}

/// Plays the story of this seed.
pub(crate) fn play(seed: u64, tracing: bool) -> Outcome {
    let mut world = World::new(seed, tracing);
    world.trace(|world| format!("{:?} {:?}", world.settings, world.weather));
    world.begin();
    world.run(world.quiet_from);
    world.heal();
    let settings = world.settings;
    let rest = settings.ring_timeout + settings.call_grace + settings.seat_hold + 60_000;
    world.run(world.quiet_from + rest);
    if world.finale {
        world.meet();
        world.run(world.now + 60_000);
    }
    if world.violation.is_none() {
        world.check_end();
    }
    if world.violation.is_none() && world.random.chance(25) {
        world.empty();
    }
    world.account();
    Outcome { violation: world.violation, seen: world.seen }
}

impl World {
    /// A call at the end: everybody comes to one room, one rings, the other accepts, and something is switched.
    fn meet(&mut self) {
        let online = |world: &Self, tab: usize| {
            world.tabs[tab].page.filter(|page| world.pages[*page].view.connection == Connection::Online)
        };
        let Some(host) = (0..self.tabs.len()).find(|tab| online(self, *tab).is_some()) else { return };
        let Some(host_page) = online(self, host) else { return };
        for tab in 0..self.tabs.len() {
            self.soon(0, tab, Command::HangUp);
        }
        let code = self.pages[host_page].view.code.map(|code| code.to_string()).unwrap_or_default();
        for tab in 0..self.tabs.len() {
            if tab != host {
                self.soon(2_000, tab, Command::Connect { name: "Соңғы".to_owned(), code: code.clone() });
            }
        }
        self.run(self.now + 22_000);
        let rings = |world: &Self, tab: usize| {
            online(world, tab).is_some_and(|page| {
                let view = &world.pages[page].view;
                view.call == CallView::None && !view.others.is_empty()
            })
        };
        let Some(caller) = (0..self.tabs.len()).find(|tab| rings(self, *tab)) else { return };
        self.act(caller, Command::Ring);
        self.run(self.now + 1_900);
        for tab in 0..self.tabs.len() {
            self.soon(0, tab, Command::Accept { camera: true });
        }
        self.run(self.now + 3_000);
        for tab in 0..self.tabs.len() {
            let on = self.random.chance(60);
            self.soon(0, tab, Command::SetCamera(on));
            let on = self.random.chance(60);
            self.soon(300, tab, Command::SetMicrophone(on));
        }
    }

    fn soon(&mut self, after: Time, tab: usize, command: Command) {
        let delay = self.random.between(0, 200);
        self.later(after + delay, Event::Act(tab, Box::new(command)));
    }

    /// Everybody goes; after every grace nothing is kept.
    fn empty(&mut self) {
        for tab in 0..self.tabs.len() {
            self.unload(tab);
        }
        self.run(self.now + 40_000 + 2 * self.settings.room_grace);
        if self.violation.is_none() {
            self.check_empty();
        }
    }

    /// Adds what sessions and server counted themselves.
    fn account(&mut self) {
        let open: Vec<usize> = self.tabs.iter().filter_map(|tab| tab.page).collect();
        for page in open {
            let counters = self.pages[page].session.counters();
            self.seen.add_counters(counters);
        }
        let stale = self.exchange.dropped().stale;
        self.seen.add(Seen::StaleAtServer, stale);
    }
}

fn number_of(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn stories_hold() {
    if let Some(seed) = number_of("SEED") {
        let outcome = play(seed, true);
        assert_eq!(outcome.violation, None, "seed {seed}");
        return;
    }
    let first = number_of("FROM").unwrap_or(1);
    let until = number_of("MINUTES").map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let stories = number_of("STORIES").unwrap_or(if cfg!(debug_assertions) { 1_000 } else { 10_000 });
    let due = |told: u64| until.map_or(told < stories, |until| Instant::now() < until);
    let started = Instant::now();
    let told = AtomicU64::new(0);
    let tell = || {
        let (mut seen, mut failed) = (Coverage::default(), Vec::new());
        loop {
            let number = told.fetch_add(1, Ordering::Relaxed);
            if !due(number) {
                return (seen, failed);
            }
            let outcome = play(first + number, false);
            seen.merge(&outcome.seen);
            if let Some(violation) = outcome.violation {
                println!("seed {}: {violation}", first + number);
                failed.push(first + number);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut seen = Coverage::default();
    let mut failed = Vec::new();
    std::thread::scope(|scope| {
        let tellers: Vec<_> = (0..threads).map(|_| scope.spawn(tell)).collect();
        for teller in tellers {
            let (saw, found) = teller.join().expect("a story panicked");
            seen.merge(&saw);
            failed.extend(found);
        }
    });
    // Every thread has taken one number too many.
    let stories = told.into_inner() - threads as u64;
    println!(
        "{stories} stories from seed {first} on, {threads} at a time, in {:.1} s; what occurred:\n{}",
        started.elapsed().as_secs_f64(),
        seen.table()
    );
    assert!(
        failed.is_empty(),
        "{} stories failed; SEED={} cargo test -p protocol --test simulation -- --nocapture replays the first",
        failed.len(),
        failed[0]
    );
    if stories >= 1_000 {
        let missing = seen.missing();
        assert!(missing.is_empty(), "never occurred, so not tested: {missing:?}");
    }
}
