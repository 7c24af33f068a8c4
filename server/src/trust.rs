//! The authority of `--tls lan` as files, in the form each system takes. What to do with them is said on the page `/ca`.

use app::{i18n::trust::texts, locale::Locale};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::AppState;

/// The three forms.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/ca.crt", get(der)).route("/ca.pem", get(pem)).route("/ca.mobileconfig", get(profile))
}

/// DER: Android, Windows, macOS, Firefox.
async fn der(State(state): State<AppState>) -> Response {
    file(&state, "application/x-x509-ca-cert", "baylanys-ca.crt", |authority| authority.der().to_vec())
}

/// PEM: Linux and Chrome OS.
async fn pem(State(state): State<AppState>) -> Response {
    file(&state, "application/x-pem-file", "baylanys-ca.pem", |authority| authority.pem().into_bytes())
}

/// A configuration profile: iPhone and iPad.
async fn profile(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let description = texts(Locale::negotiate(text(header::COOKIE), text(header::ACCEPT_LANGUAGE))).profile;
    file(&state, "application/x-apple-aspen-config", "baylanys.mobileconfig", |authority| {
        mobileconfig(authority.der(), authority.name(), description).into_bytes()
    })
}

fn file(
    state: &AppState,
    kind: &'static str,
    name: &str,
    content: impl FnOnce(&crate::tls::authority::Authority) -> Vec<u8>,
) -> Response {
    let Some(authority) = state.https.as_ref().and_then(|https| https.authority()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, content(authority)).into_response()
}

/// Apple's property list for one root certificate (Configuration Profile Reference, `com.apple.security.root`). Its ids follow from the
/// certificate: installed twice it is one profile.
fn mobileconfig(certificate: &[u8], name: &str, description: &str) -> String {
    let digest = Sha256::digest(certificate);
    let (profile, payload) = (uuid(&digest[..16]), uuid(&digest[16..]));
    let (name, description) = (escaped(name), escaped(description));
    let content = STANDARD.encode(certificate);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>baylanys.{profile}</string>
  <key>PayloadUUID</key><string>{profile}</string>
  <key>PayloadDisplayName</key><string>{name}</string>
  <key>PayloadDescription</key><string>{description}</string>
  <key>PayloadOrganization</key><string>Baylanys</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>baylanys.{profile}.root</string>
      <key>PayloadUUID</key><string>{payload}</string>
      <key>PayloadDisplayName</key><string>{name}</string>
      <key>PayloadCertificateFileName</key><string>baylanys-ca.crt</string>
      <key>PayloadContent</key><data>{content}</data>
    </dict>
  </array>
</dict>
</plist>
"#
    )
}

/// A UUID of version 8 (RFC 9562 §5.8) from 16 bytes.
fn uuid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let byte = match at {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text += &format!("{byte:02X}");
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_holds_the_certificate_and_is_the_same_each_time() {
        let profile = mobileconfig(b"certificate", "Baylanys (a<b>&c)", "Сенім");
        assert_eq!(profile, mobileconfig(b"certificate", "Baylanys (a<b>&c)", "Сенім"));
        assert!(
            profile.contains("<data>Y2VydGlmaWNhdGU=</data>") && profile.contains("Baylanys (a&lt;b&gt;&amp;c)"),
            "{profile}"
        );
        assert_ne!(profile, mobileconfig(b"another", "Baylanys (a<b>&c)", "Сенім"));
        let id = uuid(&[0xff; 16]);
        assert_eq!(id, "FFFFFFFF-FFFF-8FFF-BFFF-FFFFFFFFFFFF");
    }
}
