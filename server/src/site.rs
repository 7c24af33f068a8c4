//! Finds the built front end and says how to serve it: hashed names for ever, other files for a while.
//!
//! Leptos panics while rendering when names are hashed and the list of hashes is not beside the program; here that is decided
//! once, at start, from what is really there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use axum::{
    Router,
    http::{HeaderValue, Response, header},
};
use leptos::config::LeptosOptions;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

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
    root: PathBuf,
    pub(crate) options: LeptosOptions,
}

impl Site {
    /// Looks for the front end in `root`, with the list of hashes beside the running program.
    pub(crate) fn find(root: &Path) -> Result<Self, SiteMissing> {
        let program = std::env::current_exe().unwrap_or_default();
        Self::find_with(root, &program.with_file_name(HASH_FILE))
    }

    fn find_with(root: &Path, list: &Path) -> Result<Self, SiteMissing> {
        let pkg = root.join(PKG_DIR);
        let hashes = fs::read_to_string(list).ok();
        let hashes = hashes.as_deref();
        let hashed = hashes.and_then(hash_of_script).map(|hash| pkg.join(format!("{OUTPUT_NAME}.{hash}.js")));
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
        let options = LeptosOptions::builder()
            .output_name(OUTPUT_NAME)
            .site_root(root.to_string_lossy())
            .site_pkg_dir(PKG_DIR)
            .hash_files(is_hashed)
            .build();
        Ok(Self { root: root.to_owned(), options })
    }

    /// The files under `/pkg`.
    pub(crate) fn pkg<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let cached = if self.options.hash_files { FOR_EVER } else { ASK_FIRST };
        Router::new().fallback_service(files(&self.root.join(PKG_DIR))).layer(caching(cached))
    }

    /// The program of the page `/check`: its names have no hash.
    pub(crate) fn checkup<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new().fallback_service(files(&self.root.join("checkup"))).layer(caching(ASK_FIRST))
    }

    /// All other files, by their names from the root.
    pub(crate) fn public(&self) -> ServeDir {
        files(&self.root)
    }

    /// How long a public file is cached.
    pub(crate) fn public_caching<B>() -> SetResponseHeaderLayer<impl Fn(&Response<B>) -> Option<HeaderValue> + Clone> {
        caching(FOR_A_WHILE)
    }
}

/// Prefers the compressed twins that a release build may have written beside the files.
fn files(folder: &Path) -> ServeDir {
    ServeDir::new(folder).append_index_html_on_directories(false).precompressed_br().precompressed_gzip()
}

/// Only what was found is worth keeping, and what says otherwise is not overruled.
fn caching<B>(value: HeaderValue) -> SetResponseHeaderLayer<impl Fn(&Response<B>) -> Option<HeaderValue> + Clone> {
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, move |response: &Response<B>| {
        let found = response.status().is_success() || response.status() == axum::http::StatusCode::NOT_MODIFIED;
        found.then(|| value.clone())
    })
}

/// Whether a script with any hash in its name is there: then only the list of hashes is missing.
fn has_hashed_script(pkg: &Path) -> bool {
    let is_script = |name: &str| name.starts_with(&format!("{OUTPUT_NAME}.")) && name.ends_with(".js");
    fs::read_dir(pkg).is_ok_and(|files| files.flatten().any(|file| file.file_name().to_str().is_some_and(is_script)))
}

/// The hash in the line `js: …` of cargo-leptos' list.
fn hash_of_script(list: &str) -> Option<&str> {
    list.lines().find_map(|line| line.trim().strip_prefix("js:")).map(str::trim)
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
        Ok(site.options.hash_files)
    }

    #[test]
    fn hashed_names_are_used_where_both_the_list_and_the_files_are() {
        let list = Some("js: AbC-1\nwasm: dEf\ncss: gHi\n");
        assert_eq!(hashed(&["baylanys.AbC-1.js"], list), Ok(true));
        assert_eq!(hashed(&["baylanys.js"], None), Ok(false));
        assert_eq!(hashed(&["baylanys.js"], list), Ok(false), "a list that an earlier build left behind");
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
