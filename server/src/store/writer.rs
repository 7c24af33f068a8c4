//! The thread that writes the journal. The hub never waits for a disk: it hands over what has changed and goes on.
//!
//! A disk that takes nothing (full, unplugged) costs no call and no message: rooms go on in memory. The journal is deleted then,
//! because one that has fallen behind would bring back what has ended; as soon as the disk takes it, all is written anew.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

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
}

impl Journal {
    /// Starts the thread, which ends when nobody can reach it any more.
    pub(crate) fn start(database: Database, clock: Arc<Clock>) -> std::io::Result<Self> {
        let (orders, received) = channel();
        let wants_all = Arc::new(Notify::new());
        let path = database.path().to_owned();
        let writer =
            Writer { path, database: Some(database), clock, wants_all: wants_all.clone(), incomplete: false, erased: false };
        thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&received))?;
        Ok(Self(Some(Reached { orders, wants_all })))
    }

    /// Hands over a step.
    pub(crate) fn write(&self, changes: Vec<Change>) {
        self.order(Order::Write(changes));
    }

    /// Hands over everything: the answer to [`Self::wants_all`].
    pub(crate) fn write_anew(&self, all: Vec<Change>) {
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
                    Order::Write(more) => changes.extend(more),
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
        self.database = None;
        if let Err(error) = Database::erase(&self.path) {
            tracing::error!(%error, "nor can it be deleted: a restart may bring back what has ended");
        }
    }
}
