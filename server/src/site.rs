//! Finds the built front end and serves its files: hashed names for ever, other files for a while. It lies in a folder, or in the program
//! itself (feature `embedded`).
//!
//! Where the program looks, and how its files are named, is decided once, at start, from what is really there.

#[cfg(feature = "embedded")]
mod embedded;

use std::{
    fs,
    path::{Path, PathBuf},
};

use app::Assets;
use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts},
};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// As in the workspace's `Cargo.toml`.
const OUTPUT_NAME: &str = "baylanys";
const PKG_DIR: &str = "pkg";
const HASH_FILE: &str = "hash.txt";

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_A_WHILE: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// There is no front end to serve.
#[derive(Debug, thiserror::Error)]
#[error("no built front end in {}: `{}` is missing. Build it with `make run`, or name its folder with --site-root", .root.display(), .missing.display())]
pub struct SiteMissing {
    root: PathBuf,
    missing: PathBuf,
}

/// The built front end.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    files: Files,
    /// Whether names have hashes: what has one never changes.
    hashed: bool,
    pub(crate) assets: Assets,
}

#[derive(Clone, Debug)]
enum Files {
    Folder(ServeDir),
    #[cfg(feature = "embedded")]
    Program,
}

impl Site {
    /// The front end in `root`, with the list of hashes beside the running program; without a `root` the one in the program, else the one that
    /// is built here.
    pub(crate) fn find(root: Option<&Path>) -> Result<Self, SiteMissing> {
        #[cfg(feature = "embedded")]
        if root.is_none() {
            return Ok(embedded::site());
        }
        let program = std::env::current_exe().unwrap_or_default();
        Self::find_with(root.unwrap_or(Path::new(BUILT)), &program.with_file_name(HASH_FILE))
    }

    fn find_with(root: &Path, list: &Path) -> Result<Self, SiteMissing> {
        let pkg = root.join(PKG_DIR);
        let hashes = fs::read_to_string(list).ok();
        let hashes = hashes.as_deref();
        let hashed = hashes.and_then(|list| hash_of("js", list)).map(|hash| pkg.join(format!("{OUTPUT_NAME}.{hash}.js")));
        let plain = pkg.join(format!("{OUTPUT_NAME}.js"));
        let is_hashed = match &hashed {
            Some(script) if script.is_file() => true,
            _ if plain.is_file() => false,
            _ => {
                let missing = match hashed {
                    Some(script) => script,
                    None if has_hashed_script(&pkg) => list.to_owned(),
                    None => plain,
                };
                return Err(SiteMissing { root: root.to_owned(), missing });
            }
        };
        // Prefers the compressed twins that a release build may have written beside the files.
        let folder = ServeDir::new(root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
        Ok(Self { files: Files::Folder(folder), hashed: is_hashed, assets: assets(hashes.filter(|_| is_hashed)) })
    }

    /// The file that is asked for; `None`: there is none of that name.
    pub(crate) async fn file(&self, asked: &Parts) -> Option<Response<Body>> {
        if !matches!(asked.method, Method::GET | Method::HEAD) {
            return None;
        }
        let mut response = match &self.files {
            Files::Folder(folder) => {
                let Ok(response) = folder.clone().oneshot(Request::from_parts(asked.clone(), Body::empty())).await;
                response.map(Body::new)
            }
            #[cfg(feature = "embedded")]
            Files::Program => embedded::file(asked)?,
        };
        if response.status() == StatusCode::NOT_FOUND {
            return None;
        }
        // Only what was found is worth keeping.
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            response.headers_mut().insert(header::CACHE_CONTROL, self.caching(asked.uri.path()));
        }
        Some(response)
    }

    /// Whether only files are under this path, never a page.
    pub(crate) fn has_only_files(path: &str) -> bool {
        path.starts_with("/pkg/") || path.starts_with("/checkup/")
    }

    fn caching(&self, path: &str) -> HeaderValue {
        match path {
            _ if path.starts_with("/pkg/") && self.hashed => FOR_EVER,
            _ if Self::has_only_files(path) => ASK_FIRST,
            _ => FOR_A_WHILE,
        }
    }
}

/// Where a front end is built.
const BUILT: &str = "target/site";

/// The names of the files that a page begins with, by cargo-leptos' list of hashes if names have any.
fn assets(list: Option<&str>) -> Assets {
    let name = |kind: &str, otherwise: &str| {
        let hash = list.and_then(|list| hash_of(kind, list)).map(|hash| format!(".{hash}"));
        format!("/{PKG_DIR}/{OUTPUT_NAME}{}", hash.as_deref().unwrap_or(otherwise))
    };
    let wasm = if list.is_some() { "" } else { "_bg" };
    Assets { script: name("js", "") + ".js", program: name("wasm", wasm) + ".wasm", style: name("css", "") + ".css" }
}

/// Whether a script with any hash in its name is there: then only the list of hashes is missing.
fn has_hashed_script(pkg: &Path) -> bool {
    let is_script = |name: &str| name.starts_with(&format!("{OUTPUT_NAME}.")) && name.ends_with(".js");
    fs::read_dir(pkg).is_ok_and(|files| files.flatten().any(|file| file.file_name().to_str().is_some_and(is_script)))
}

/// The hash in the line `kind: …` of cargo-leptos' list.
fn hash_of<'list>(kind: &str, list: &'list str) -> Option<&'list str> {
    list.lines().find_map(|line| line.trim().strip_prefix(kind)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join(PKG_DIR)).expect("a new folder");
        for file in files {
            fs::write(folder.path().join(PKG_DIR).join(file), "").expect("a new file");
        }
        folder
    }

    fn hashed(files: &[&str], hashes: Option<&str>) -> Result<bool, String> {
        let folder = folder(files);
        let list = folder.path().join(HASH_FILE);
        if let Some(hashes) = hashes {
            fs::write(&list, hashes).expect("a new file");
        }
        let site = Site::find_with(folder.path(), &list).map_err(|error| error.to_string())?;
        Ok(site.hashed)
    }

    #[test]
    fn hashed_names_are_used_where_both_the_list_and_the_files_are() {
        let list = Some("js: AbC-1\nwasm: dEf\ncss: gHi\n");
        assert_eq!(hashed(&["baylanys.AbC-1.js"], list), Ok(true));
        assert_eq!(hashed(&["baylanys.js"], None), Ok(false));
        assert_eq!(hashed(&["baylanys.js"], list), Ok(false), "a list that an earlier build left behind");
    }

    #[test]
    fn pages_begin_with_the_files_of_the_list() {
        let Assets { script, program, style } = assets(Some("js: AbC-1\nwasm: dEf\ncss: gHi\n"));
        assert_eq!([&*script, &*program, &*style], ["/pkg/baylanys.AbC-1.js", "/pkg/baylanys.dEf.wasm", "/pkg/baylanys.gHi.css"]);
        let Assets { script, program, style } = assets(None);
        assert_eq!([&*script, &*program, &*style], ["/pkg/baylanys.js", "/pkg/baylanys_bg.wasm", "/pkg/baylanys.css"]);
    }

    #[test]
    fn a_missing_front_end_is_one_clear_line() {
        for (files, list, missing) in [
            (&["baylanys.old.js"][..], Some("js: new"), "baylanys.new.js"),
            (&["baylanys.AbC.js"], None, "hash.txt"),
            (&[], None, "baylanys.js"),
        ] {
            let error = hashed(files, list).expect_err("nothing to serve");
            assert!(error.contains(missing) && error.contains("--site-root") && !error.contains('\n'), "{error}");
        }
    }
}
