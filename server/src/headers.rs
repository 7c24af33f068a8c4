//! The security headers of every answer. The pages' own content security policy, with its nonce, is written by the page.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// What a page of ours may ask a browser for; what nothing here needs is off, for an injected script too.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), \
    picture-in-picture=(self), screen-wake-lock=(self), clipboard-write=(self), clipboard-read=(), geolocation=(), payment=(), \
    usb=(), serial=(), hid=(), midi=(), accelerometer=(), gyroscope=(), magnetometer=(), xr-spatial-tracking=(), \
    idle-detection=(), publickey-credentials-get=()";

/// For answers that are no page: nothing may be loaded or run from them.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    // A code is in the path: no other site may learn it.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds them.
pub(crate) async fn secure(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    response
}
