//! The front end as part of the program, put there when it is built with the feature `embedded` from the folder in `BAYLANYS_SITE`.

use axum::{
    body::Body,
    http::{Method, Response, StatusCode, header, request::Parts},
};
use rust_embed::{Embed, EmbeddedFile};

use super::{Files, HASH_FILE, Site, assets};

#[derive(Embed)]
#[folder = "$BAYLANYS_SITE"]
struct Content;

/// It.
pub(super) fn site() -> Site {
    let list = Content::get(HASH_FILE).map(|file| String::from_utf8_lossy(&file.data).into_owned());
    Site { files: Files::Program, hashed: list.is_some(), assets: assets(list.as_deref()) }
}

/// The file that is asked for, in the smallest form that the browser takes.
pub(super) fn file(asked: &Parts) -> Option<Response<Body>> {
    let name = asked.uri.path().trim_start_matches('/');
    let plain = Content::get(name).filter(|_| name != HASH_FILE)?;
    let accepted = |coding: &str| {
        let offers = asked.headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        offers.flat_map(|offers| offers.split(',')).any(|offer| is_offer(offer, coding))
    };
    let twin = |coding: &'static str, suffix: &str| Some((Content::get(&format!("{name}.{suffix}"))?, Some(coding)));
    let compressed =
        accepted("br").then(|| twin("br", "br")).flatten().or_else(|| accepted("gzip").then(|| twin("gzip", "gz"))?);
    let kind = plain.metadata.mimetype().to_owned();
    let (file, coding) = compressed.unwrap_or((plain, None));
    let tag = tag(&file);
    let known = asked.headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
    let mut response = Response::builder().header(header::ETAG, tag).header(header::VARY, "accept-encoding");
    if is_known {
        return response.status(StatusCode::NOT_MODIFIED).body(Body::empty()).ok();
    }
    response = response.header(header::CONTENT_TYPE, kind).header(header::CONTENT_LENGTH, file.data.len());
    if let Some(coding) = coding {
        response = response.header(header::CONTENT_ENCODING, coding);
    }
    response.body(if asked.method == Method::HEAD { Body::empty() } else { Body::from(file.data) }).ok()
}

/// Whether `offer`, of an `Accept-Encoding` (RFC 9110 §12.5.3), takes this coding.
fn is_offer(offer: &str, coding: &str) -> bool {
    let mut parts = offer.split(';').map(str::trim);
    // `x-gzip` means the same (RFC 9110 §8.4.1.3).
    let is = |name: &str, coding: &str| name.eq_ignore_ascii_case(coding);
    let is_named = parts.next().is_some_and(|name| is(name, coding) || is(coding, "gzip") && is(name, "x-gzip"));
    is_named && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
}

/// Another for another content (RFC 9110 §8.8.3).
fn tag(file: &EmbeddedFile) -> String {
    let bytes = &file.metadata.sha256_hash()[..16];
    bytes.iter().fold(String::from("\""), |tag, byte| tag + &format!("{byte:02x}")) + "\""
}
