//! The journal's file: SQLite, one row a room and one a message. Written as a whole step or not at all, and on the disk before the
//! next step begins; what is erased is overwritten.

use std::{
    fs::{self, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use protocol::{
    Millis,
    exchange::{Change, RoomFacts},
    id::{MessageId, ParticipantId},
    message::{Body, ChatEntry, ChatOrder},
};
use rusqlite::{Connection, ErrorCode, Transaction, params};

use super::Left;

/// Rises when the tables change. A file of another version is begun anew: rooms live for hours, not for versions.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE room (id INTEGER PRIMARY KEY, facts TEXT NOT NULL) STRICT;
    CREATE TABLE said (
        room INTEGER NOT NULL REFERENCES room ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        sender INTEGER NOT NULL,
        name TEXT NOT NULL,
        message INTEGER NOT NULL,
        text TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (room, epoch, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), seen INTEGER NOT NULL) STRICT;
";

/// Why the file can't be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// Another process has it.
    #[error("in use")]
    InUse,
    /// The system does not give it.
    #[error(transparent)]
    Io(io::Error),
    /// It is no journal, or no longer.
    #[error(transparent)]
    Damaged(rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::DiskFull) => {
                Self::Io(io::Error::other(error))
            }
            Some(ErrorCode::SystemIoFailure) => Self::Io(io::Error::other(error)),
            _ => Self::Damaged(error),
        }
    }
}

/// The file and what SQLite writes beside it.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

/// SQLite would make a file that others may read, if they may look into the folder. What it makes beside it is as this one. A file
/// that is there is never opened for this: closing it again would give up the locks on it.
fn close_to_others(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    for name in files(path) {
        match fs::metadata(&name) {
            Ok(known) if known.permissions().mode() & 0o077 != 0 => fs::set_permissions(&name, Permissions::from_mode(0o600))?,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The server that has the file may be just ending.
fn wait_for_another(times: i32) -> bool {
    if times == 0 {
        tracing::info!("the data folder is in use; waiting five seconds for it");
    }
    thread::sleep(Duration::from_millis(50));
    times < 100
}

/// The open file, which no other process can open meanwhile.
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
}

impl Database {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        close_to_others(path).map_err(OpenError::Io)?;
        let mut connection = Connection::open(path)?;
        connection.busy_handler(Some(wait_for_another))?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version != VERSION {
            if version != 0 {
                drop(connection);
                Self::erase(path).map_err(OpenError::Io)?;
                return Self::open(path);
            }
            connection.execute_batch(&format!("BEGIN EXCLUSIVE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        }
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Deletes the file and what belongs to it.
    pub(super) fn erase(path: &Path) -> io::Result<()> {
        for name in files(path) {
            match fs::remove_file(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// All that is kept.
    pub(super) fn read(&self) -> Result<Left, OpenError> {
        let mut said = self
            .connection
            .prepare("SELECT epoch, seq, sender, name, message, text, at FROM said WHERE room = ? ORDER BY epoch, seq")?;
        let mut rooms = self.connection.prepare("SELECT id, facts FROM room ORDER BY id")?;
        let rows = rooms.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut left = Left::default();
        for row in rows {
            let (id, facts) = row?;
            let facts: RoomFacts = match serde_json::from_str(&facts) {
                Ok(facts) => facts,
                Err(error) => {
                    tracing::error!(%error, "a room of the journal can't be read; it is left out");
                    continue;
                }
            };
            let history = said.query_map([id], entry)?.collect::<Result<_, _>>()?;
            left.rooms.push((facts, history));
        }
        let seen = self.connection.query_row("SELECT max(seen) FROM life", [], |row| row.get::<_, Option<i64>>(0))?;
        left.seen = seen.map(unsigned);
        Ok(left)
    }

    /// Writes one step.
    pub(super) fn write(&mut self, changes: &[Change], now: Millis) -> rusqlite::Result<()> {
        let step = self.connection.transaction()?;
        apply(&step, changes)?;
        see(&step, now)?;
        step.commit()
    }

    /// Replaces everything.
    pub(super) fn write_anew(&mut self, all: &[Change], now: Millis) -> rusqlite::Result<()> {
        let step = self.connection.transaction()?;
        step.execute("DELETE FROM room", [])?;
        apply(&step, all)?;
        see(&step, now)?;
        step.commit()
    }

    /// Takes what is erased out of the write-ahead log too.
    pub(super) fn tidy(&self) -> rusqlite::Result<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

/// What was said before a place.
const FORGET: &str = "DELETE FROM said WHERE room = ? AND (epoch, seq) < (?, ?)";

fn apply(step: &Transaction<'_>, changes: &[Change]) -> rusqlite::Result<()> {
    for change in changes {
        match change {
            Change::Room(facts) => {
                let text = serde_json::to_string(facts).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                let insert = "INSERT INTO room (id, facts) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET facts = excluded.facts";
                step.prepare_cached(insert)?.execute(params![signed(facts.room.get()), text])?;
            }
            Change::Said { room, entry, oldest } => {
                let Body::Plain { text } = &entry.body else { continue };
                let room = signed(room.get());
                let ChatOrder { epoch, seq } = entry.order;
                step.prepare_cached(
                    "INSERT OR REPLACE INTO said (room, epoch, seq, sender, name, message, text, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    room,
                    signed(epoch),
                    signed(seq),
                    signed(entry.from.get()),
                    entry.name,
                    signed(entry.id.get()),
                    text,
                    signed(entry.at)
                ])?;
                step.prepare_cached(FORGET)?.execute(params![room, signed(oldest.epoch), signed(oldest.seq)])?;
            }
            Change::Forgot { room, oldest } => {
                let ChatOrder { epoch, seq } = oldest.unwrap_or(ChatOrder { epoch: u64::MAX >> 1, seq: 0 });
                step.prepare_cached(FORGET)?.execute(params![signed(room.get()), signed(epoch), signed(seq)])?;
            }
            Change::Ended(room) => {
                step.prepare_cached("DELETE FROM room WHERE id = ?")?.execute([signed(room.get())])?;
            }
        }
    }
    Ok(())
}

fn see(step: &Transaction<'_>, now: Millis) -> rusqlite::Result<()> {
    let insert = "INSERT INTO life (one, seen) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seen = max(seen, excluded.seen)";
    step.prepare_cached(insert)?.execute([signed(now)]).map(|_| ())
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<ChatEntry> {
    Ok(ChatEntry {
        order: ChatOrder { epoch: unsigned(row.get(0)?), seq: unsigned(row.get(1)?) },
        from: ParticipantId::new(unsigned(row.get(2)?)),
        name: row.get(3)?,
        id: MessageId::new(unsigned(row.get(4)?)),
        body: Body::Plain { text: row.get(5)? },
        at: unsigned(row.get(6)?),
    })
}

/// SQLite's integers have a sign; ids are all 64 bits.
const fn signed(value: u64) -> i64 {
    value.cast_signed()
}

const fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}

#[cfg(test)]
mod tests {
    use protocol::id::RoomId;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_has_ended_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rooms.sqlite3");
        let facts = |room: u64| RoomFacts {
            room: RoomId::new(room),
            people: Vec::new(),
            codes: Vec::new(),
            call: None,
            speakers: protocol::room::Speakers::Several,
        };
        let said = |seq, oldest| Change::Said {
            room: RoomId::new(u64::MAX),
            entry: ChatEntry {
                order: ChatOrder { epoch: 7, seq },
                from: ParticipantId::new(u64::MAX - 1),
                name: "Айгүл".to_owned(),
                id: MessageId::new(seq),
                body: Body::Plain { text: format!("сөз {seq}") },
                at: 5,
            },
            oldest: ChatOrder { epoch: 7, seq: oldest },
        };
        let mut database = Database::open(&path).expect("a fresh file");
        let changes = [Change::Room(facts(u64::MAX)), said(1, 1), said(2, 1), said(3, 2), Change::Room(facts(4))];
        database.write(&changes, 100).expect("written");
        // The chat outlives a change of its room.
        database.write(&[Change::Room(facts(u64::MAX)), Change::Ended(RoomId::new(4))], 90).expect("written");
        assert!(matches!(Database::open(&path), Err(OpenError::InUse)), "one server a folder");
        drop(database);

        let database = Database::open(&path).expect("the same file");
        let left = database.read().expect("readable");
        assert_eq!(left.seen, Some(100));
        let [(room, history)] = &left.rooms[..] else { panic!("one room is left") };
        assert_eq!(*room, facts(u64::MAX));
        let [Change::Said { entry: two, .. }, Change::Said { entry: three, .. }] = [said(2, 1), said(3, 2)] else { return };
        assert_eq!(*history, [two, three]);
    }
}
