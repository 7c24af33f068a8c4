//! The thread that writes the journal. The hub never waits for a disk: it hands over what has changed and goes on.
//!
//! A disk that takes nothing (full, unplugged) costs no call and no message: rooms go on in memory. The journal is deleted then,
//! because one that has fallen behind would bring back what has ended; as soon as the disk takes it, all is written anew. A disk that is
//! only too slow is treated the same: what waits for it takes memory.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use prometheus_client::metrics::gauge::Gauge;
use protocol::exchange::Change;
use tokio::sync::{Notify, oneshot};

use super::database::Database;
use crate::clock::Clock;

/// How often a server without news notes that it is alive, and tidies up.
const BEAT: Duration = Duration::from_secs(60);
/// When a disk that took nothing is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// Steps written together, at the most.
const TOGETHER: usize = 1_000;
/// How many changes may wait for the disk; some 100 MB, where all of them are long messages.
const WAITING: usize = 20_000;

enum Order {
    Write(Vec<Change>),
    WriteAnew(Vec<Change>),
    Close(oneshot::Sender<()>),
}

/// How to reach the writer; nothing, if nothing is kept.
#[derive(Clone, Default)]
pub(crate) struct Journal(Option<Reached>);

#[derive(Clone)]
struct Reached {
    orders: Sender<Order>,
    wants_all: Arc<Notify>,
    queue: Arc<Queue>,
}

/// What waits for the disk.
#[derive(Default)]
struct Queue {
    /// Changes.
    waiting: AtomicUsize,
    /// Some were dropped, because too many waited; so are all that come, until everything is handed over.
    behind: AtomicBool,
}

impl Journal {
    /// Starts the thread, which ends when nobody can reach it any more.
    pub(crate) fn start(database: Database, clock: Arc<Clock>, failing: Gauge) -> std::io::Result<Self> {
        let (orders, received) = channel();
        let (wants_all, queue) = (Arc::new(Notify::new()), Arc::new(Queue::default()));
        let path = database.path().to_owned();
        let writer = Writer {
            path,
            database: Some(database),
            clock,
            wants_all: wants_all.clone(),
            queue: queue.clone(),
            failing,
            incomplete: false,
            erased: false,
        };
        thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&received))?;
        Ok(Self(Some(Reached { orders, wants_all, queue })))
    }

    /// Hands over a step. If too many wait already, it is dropped and the journal will want all.
    pub(crate) fn write(&self, changes: Vec<Change>) {
        let Some(Reached { queue, .. }) = &self.0 else { return };
        if queue.waiting.load(Ordering::Acquire) + changes.len() > WAITING {
            queue.behind.store(true, Ordering::Release);
        }
        if !queue.behind.load(Ordering::Acquire) {
            queue.waiting.fetch_add(changes.len(), Ordering::AcqRel);
            self.order(Order::Write(changes));
        }
    }

    /// Hands over everything: the answer to [`Self::wants_all`].
    pub(crate) fn write_anew(&self, all: Vec<Change>) {
        if let Some(Reached { queue, .. }) = &self.0 {
            queue.behind.store(false, Ordering::Release);
        }
        self.order(Order::WriteAnew(all));
    }

    /// Waits until the journal wants all that there is; for ever, mostly.
    pub(crate) async fn wants_all(&self) {
        match &self.0 {
            Some(reached) => reached.wants_all.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Waits until all is on the disk and the file is closed.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        self.order(Order::Close(done));
        // A thread that is gone has nothing left to write.
        _ = closed.await;
    }

    fn order(&self, order: Order) {
        if let Some(reached) = &self.0 {
            _ = reached.orders.send(order);
        }
    }
}

struct Writer {
    path: PathBuf,
    /// `None`: the disk took nothing, and what has come since is not in the journal.
    database: Option<Database>,
    clock: Arc<Clock>,
    wants_all: Arc<Notify>,
    queue: Arc<Queue>,
    failing: Gauge,
    /// The file is open again, but waits for all that there is: a step alone would be written onto nothing.
    incomplete: bool,
    /// Something was erased that the write-ahead log may still hold.
    erased: bool,
}

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut beaten = Instant::now();
        loop {
            let due = beaten + if self.database.is_some() { BEAT } else { AGAIN };
            let first = match orders.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return self.tidy(),
            };
            // A busy server beats too.
            if Instant::now() >= due {
                self.beat();
                beaten = Instant::now();
            }
            // What waits already is written with it.
            let mut changes = Vec::new();
            for order in first.into_iter().chain(orders.try_iter().take(TOGETHER)) {
                match order {
                    Order::Write(more) => {
                        self.queue.waiting.fetch_sub(more.len(), Ordering::AcqRel);
                        changes.extend(more);
                    }
                    Order::WriteAnew(all) => {
                        changes.clear();
                        self.begin_anew(&all);
                    }
                    Order::Close(done) => {
                        self.write(&changes);
                        self.tidy();
                        drop(self.database.take());
                        _ = done.send(());
                        return;
                    }
                }
            }
            self.write(&changes);
            if self.queue.behind.load(Ordering::Acquire) && self.database.is_some() && !self.incomplete {
                tracing::error!("the disk is too slow for the journal of rooms: rooms go on, but a restart would end them");
                self.erase();
            }
        }
    }

    fn write(&mut self, changes: &[Change]) {
        let Some(database) = self.database.as_mut().filter(|_| !self.incomplete && !changes.is_empty()) else { return };
        self.erased = true;
        if let Err(error) = database.write(changes, self.clock.now()) {
            self.give_up(&error);
        }
    }

    fn begin_anew(&mut self, all: &[Change]) {
        let Some(database) = &mut self.database else { return };
        match database.write_anew(all, self.clock.now()) {
            Ok(()) => {
                self.incomplete = false;
                self.failing.set(0);
                tracing::info!("the journal of rooms is written again");
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// Nothing happened for a while.
    fn beat(&mut self) {
        match &mut self.database {
            Some(database) if !self.incomplete => {
                if let Err(error) = database.write(&[], self.clock.now()) {
                    return self.give_up(&error);
                }
                self.tidy();
            }
            Some(_) => {}
            None => {
                if let Ok(database) = Database::open(&self.path) {
                    self.database = Some(database);
                    self.incomplete = true;
                    self.wants_all.notify_one();
                }
            }
        }
    }

    fn tidy(&mut self) {
        if std::mem::take(&mut self.erased)
            && let Some(Err(error)) = self.database.as_ref().map(Database::tidy)
        {
            tracing::warn!(%error, "the journal of rooms can't be tidied up");
        }
    }

    fn give_up(&mut self, error: &rusqlite::Error) {
        tracing::error!(%error, "the journal of rooms can't be written: rooms go on, but a restart would end them");
        self.erase();
    }

    fn erase(&mut self) {
        self.failing.set(1);
        self.database = None;
        if let Err(error) = Database::erase(&self.path) {
            tracing::error!(%error, "nor can it be deleted: a restart may bring back what has ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{exchange::RoomFacts, id::RoomId, room::Speakers};

    use super::*;

    fn facts(room: u64) -> Change {
        let (people, codes) = (Vec::new(), Vec::new());
        Change::Room(RoomFacts { room: RoomId::new(room), people, codes, call: None, speakers: Speakers::Nobody })
    }

    #[tokio::test]
    async fn a_disk_that_is_too_slow_is_given_everything_anew_when_it_has_time() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("rooms.sqlite");
        let (orders, received) = channel();
        let (wants_all, queue) = (Arc::new(Notify::new()), Arc::new(Queue::default()));
        let journal = Journal(Some(Reached { orders, wants_all: wants_all.clone(), queue: queue.clone() }));
        for room in 0..2 * WAITING as u64 {
            journal.write(vec![facts(room)]);
        }
        assert_eq!(queue.waiting.load(Ordering::Acquire), WAITING, "memory is bounded");
        let writer = Writer {
            path: path.clone(),
            database: Some(Database::open(&path).expect("a fresh file")),
            clock: Arc::new(Clock::default()),
            wants_all,
            queue,
            failing: Gauge::default(),
            incomplete: false,
            erased: false,
        };
        let failing = writer.failing.clone();
        let thread = thread::spawn(move || writer.run(&received));
        journal.wants_all().await;
        assert_eq!(failing.get(), 1);
        journal.write_anew(vec![facts(7)]);
        journal.write(vec![facts(8)]);
        journal.close().await;
        thread.join().expect("no panic");
        assert_eq!(failing.get(), 0);
        let left = Database::open(&path).expect("the same file").read().expect("readable");
        let rooms: Vec<_> = left.rooms.iter().map(|(facts, _)| facts.room.get()).collect();
        assert_eq!(rooms, [7, 8]);
    }
}
