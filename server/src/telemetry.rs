//! The log. It never holds codes, tokens, names, messages, SDP or candidates: paths are logged by their kind, and other
//! crates, which know no such promise, may only warn.

use std::{
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use axum::http::{Request, Response};
use tracing::{Level, Span, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::filter_fn, layer::SubscriberExt as _, registry, util::SubscriberInitExt as _,
};

use crate::config::LogForm;

/// Starts the log. `RUST_LOG` chooses how much of it; without it, what an operator should know.
pub fn start(form: LogForm) {
    let chosen = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let ours = filter_fn(|metadata| match metadata.target() {
        target if target.starts_with(env!("CARGO_CRATE_NAME")) => true,
        // It warns of every malformed packet, and anybody may send one.
        target if target.starts_with("stun_types") => false,
        _ => *metadata.level() <= Level::WARN,
    });
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let lines = match form {
        LogForm::Pretty => lines.boxed(),
        LogForm::Json => lines.json().boxed(),
    };
    // A second start, by a test, changes nothing.
    _ = registry().with(chosen).with(lines.with_filter(ours)).try_init();
}

/// What the log says of a request: never its path, which may be a code.
pub(crate) fn span<B>(request: &Request<B>) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = kind(request.uri().path()))
}

/// Logs how a request ended.
pub(crate) fn answered<B>(response: &Response<B>, latency: Duration, _span: &Span) {
    tracing::debug!(status = response.status().as_u16(), ?latency, "answered");
}

/// Paths that are the same for everybody.
const PATHS: [&str; 9] = ["/", "/ws", "/healthz", "/readyz", "/check", "/ca", "/ca.crt", "/ca.pem", "/ca.mobileconfig"];

/// What may be said of a path.
pub(crate) fn kind(path: &str) -> &'static str {
    match PATHS.into_iter().find(|known| *known == path) {
        Some(known) => known,
        None if path.starts_with("/api/") => "/api/:function",
        None if path.starts_with("/pkg/") => "/pkg/:file",
        None => "/:code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_in_the_kind_of_a_path() {
        for path in ["/k7m2-9xqd-4tza", "/K7M29XQD4TZA", "/ws/k7m2-9xqd-4tza", "//k7m2-9xqd-4tza", "/%6b7m2-9xqd-4tza"] {
            assert_eq!(kind(path), "/:code");
        }
        assert_eq!(kind("/api/k7m2-9xqd-4tza"), "/api/:function");
        assert_eq!(kind("/pkg/k7m2-9xqd-4tza"), "/pkg/:file");
    }
}
