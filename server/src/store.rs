//! What the server keeps in its data folder: the secret that sessions are signed with, and the journal of rooms. It owns no rules:
//! what is kept, and what a restart makes of it, is [`protocol::exchange`]'s.

mod database;
mod writer;

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use protocol::{Millis, exchange::RoomFacts, message::ChatEntry};

use database::{Database, OpenError};
pub(crate) use writer::Journal;

const SECRET_FILE: &str = "secret";
const DATABASE_FILE: &str = "rooms.sqlite3";

/// Why nothing can be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder can't be made, or a file in it not read or written.
    #[error("cannot keep data in {0}: {1}; choose another folder with --data-dir, or keep nothing with --memory-only")]
    Folder(PathBuf, io::Error),
    /// Another server is running with it.
    #[error("another Baylanys is running with the data folder {0}; end it, or choose another folder with --data-dir")]
    InUse(PathBuf),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// What the journal holds: each room with its chat, oldest first, and when it was last written.
#[derive(Default)]
struct Left {
    rooms: Vec<(RoomFacts, Vec<ChatEntry>)>,
    seen: Option<Millis>,
}

/// What a server begins with.
pub(crate) struct Found {
    /// What sessions are signed with.
    pub(crate) secret: Vec<u8>,
    /// Each room with its chat, oldest first.
    pub(crate) rooms: Vec<(RoomFacts, Vec<ChatEntry>)>,
    /// When an earlier life was last alive, in Unix milliseconds.
    pub(crate) seen: Option<Millis>,
    /// Where to go on writing.
    pub(crate) database: Option<Database>,
}

/// What a server begins with that keeps nothing. `given`: the secret, if it is configured.
pub(crate) fn nothing(given: Option<Vec<u8>>) -> Result<Found, StoreError> {
    Ok(Found { secret: given.map_or_else(drawn, Ok)?, rooms: Vec::new(), seen: None, database: None })
}

/// What is in the folder, which is made if it is not there.
pub(crate) fn find(folder: &Path, given: Option<Vec<u8>>) -> Result<Found, StoreError> {
    make_folder(folder)?;
    // Opened first: two servers in one folder must not both draw a secret.
    let (Left { rooms, seen }, database) = open(folder)?;
    let secret = given.map_or_else(|| secret(folder), Ok)?;
    Ok(Found { secret, rooms, seen, database: Some(database) })
}

fn drawn() -> Result<Vec<u8>, StoreError> {
    let mut secret = vec![0; 32];
    getrandom::fill(&mut secret).map_err(StoreError::Random)?;
    Ok(secret)
}

/// Makes the folder, for this user only.
fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StoreError::Folder(folder.to_owned(), error))
}

/// Reads the folder's secret, or draws one for it.
fn secret(folder: &Path) -> Result<Vec<u8>, StoreError> {
    let path = folder.join(SECRET_FILE);
    let failed = |error| StoreError::Folder(folder.to_owned(), error);
    let mut secret = Vec::new();
    match fs::File::open(&path) {
        Ok(mut file) => {
            file.read_to_end(&mut secret).map_err(failed)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    // A file cut short by a power cut is no secret.
    if secret.len() < 32 {
        secret = drawn()?;
        replace(&path, &secret).map_err(failed)?;
    }
    Ok(secret)
}

/// Writes a file that only this user can read, whole or not at all.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

/// Opens the journal in the folder, and reads it. A damaged one is begun anew.
fn open(folder: &Path) -> Result<(Left, Database), StoreError> {
    let path = folder.join(DATABASE_FILE);
    let attempt = || {
        let database = Database::open(&path)?;
        let left = database.read()?;
        Ok((left, database))
    };
    let opened = attempt().or_else(|error: OpenError| match error {
        OpenError::Damaged(error) => {
            tracing::error!(%error, "the journal of rooms is damaged; it is begun anew");
            Database::erase(&path).map_err(OpenError::Io)?;
            attempt()
        }
        other => Err(other),
    });
    opened.map_err(|error| match error {
        OpenError::InUse => StoreError::InUse(folder.to_owned()),
        OpenError::Io(error) => StoreError::Folder(folder.to_owned(), error),
        OpenError::Damaged(error) => StoreError::Folder(folder.to_owned(), io::Error::other(error)),
    })
}
