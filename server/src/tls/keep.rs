//! Files that only the server reads: keys, and what belongs to them. Whole or not at all, also when the power goes.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::tls::TlsError;

const ONLY_OURS: u32 = 0o600;

/// What a file holds; `None` if there is none. One that others could read is closed to them.
pub(super) fn read(path: &Path) -> Result<Option<String>, TlsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, error)),
    };
    let mode = fs::metadata(path).map_err(|error| failed(path, error))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "a key could be read by others of this machine: closed to them now");
        fs::set_permissions(path, Permissions::from_mode(ONLY_OURS)).map_err(|error| failed(path, error))?;
    }
    Ok(Some(text))
}

/// Writes a file, in place of what was there, and the folder above it if it is missing.
pub(super) fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let beside = PathBuf::from(format!("{}.new", path.display()));
    let written = || {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // Left behind by a write that did not end.
        _ = fs::remove_file(&beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(ONLY_OURS).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    written().map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> TlsError {
    TlsError::File { path: path.to_owned(), error }
}
