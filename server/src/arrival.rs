//! How a visitor should have come: leads from http to https where that is served, and tells browsers to remember it where that is safe.
//! It never sends anybody round in a circle: only this server's own https, or a proxy that says "http", is a reason to lead elsewhere.

use std::sync::Once;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, uri},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    AppState, Shared,
    config::Config,
    request::{Door, From, Rules, host, is_loopback},
    tls::authority::Authority,
};

/// Half a year, for this host alone.
const REMEMBER_HTTPS: HeaderValue = HeaderValue::from_static("max-age=15552000");

/// Where a request is to go on, or the answer with what the browser should remember.
pub(crate) async fn lead(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let door = request.extensions().get::<Door>().copied().unwrap_or(Door::Http);
    let serves_https = state.https.is_some();
    let led = state.with_rules(|rules| led_to(&rules, request.headers(), request.uri(), door, serves_https));
    match led {
        Led::Elsewhere(address) => match HeaderValue::from_str(&address) {
            // Not kept: tomorrow the certificate may be another, and the way too.
            Ok(address) => {
                (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, address), (header::CACHE_CONTROL, NO_STORE)]).into_response()
            }
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        },
        Led::Nowhere => StatusCode::BAD_REQUEST.into_response(),
        Led::In => {
            let remembers = door == Door::Https && state.remembers_https(request.headers());
            let mut response = next.run(request).await;
            if remembers {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, REMEMBER_HTTPS);
            }
            response
        }
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
enum Led {
    /// It is answered here.
    In,
    /// The same, by https.
    Elsewhere(String),
    /// It should go elsewhere, and does not say for which host it is.
    Nowhere,
}

fn led_to(rules: &Rules<'_>, headers: &HeaderMap, uri: &Uri, door: Door, serves_https: bool) -> Led {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = rules.authority(headers);
    match door {
        Door::Https => Led::In,
        // Who does not trust the authority yet gets it here, without a browser's warning before it.
        Door::HttpAtHttps if is_about_trust(uri.path()) => Led::In,
        Door::HttpAtHttps => match authority.and_then(|authority| authority.parse::<uri::Authority>().ok()) {
            Some(authority) if !authority.as_str().contains('@') => Led::Elsewhere(format!("https://{authority}{path}")),
            _ => Led::Nowhere,
        },
        Door::Http => {
            let Some(public) = rules.public_url.filter(|public| public.is_https()) else { return Led::In };
            let is_local = authority.is_none_or(|authority| is_loopback(host(authority)));
            let is_plain = if rules.trusted_proxy {
                rules.is_https(headers, door) == Some(false)
            } else {
                // A proxy that nobody has spoken of may speak https: it is not told to go in circles.
                serves_https && !headers.contains_key("x-forwarded-proto") && !headers.contains_key(header::FORWARDED)
            };
            // Health is asked for by programs; a socket can't be led.
            if is_local || !is_plain || matches!(uri.path(), "/healthz" | "/ws") || is_about_trust(uri.path()) {
                return Led::In;
            }
            Led::Elsewhere(format!("{public}{path}"))
        }
    }
}

impl Shared {
    /// Calls with what decides whom a request is from.
    fn with_rules<T>(&self, ask: impl FnOnce(Rules<'_>) -> T) -> T {
        let is_own = |host: &str| {
            let is_machine = self.machine.names.iter().any(|name| name == host);
            is_machine || self.https.as_ref().is_some_and(|https| https.served.is_for(host))
        };
        let Config { public_url, trusted_proxy, .. } = &*self.config;
        ask(Rules { public_url: public_url.as_ref(), trusted_proxy: *trusted_proxy, is_own: &is_own })
    }

    /// Whose page a request is from.
    pub(crate) fn from(&self, headers: &HeaderMap, door: Option<Door>) -> From {
        self.with_rules(|rules| rules.from(headers, door.unwrap_or(Door::Http)))
    }

    /// The authority that devices of this network may trust.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.https.as_ref()?.authority()
    }

    /// Whether a visitor who came by this server's own https is at the public address, and all trust the certificate.
    fn remembers_https(&self, headers: &HeaderMap) -> bool {
        let (Some(https), Some(public)) = (&self.https, &self.config.public_url) else { return false };
        let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        https.is_for_everybody()
            && public.is_https()
            && asked.is_some_and(|asked| host(asked).eq_ignore_ascii_case(public.host()))
    }

    /// Says once what an operator forgot who gave the server a name that it does not know.
    pub(crate) fn warn_of_foreign_name(&self, headers: &HeaderMap) {
        static SAID: Once = Once::new();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let (Some(origin), Some(asked)) = (text(header::ORIGIN), text(header::HOST)) else { return };
        // The page's name is the one that was asked for: then it is more likely forgotten than an attack.
        if origin.len() <= ORIGIN_MAX && origin.ends_with(&format!("://{asked}")) {
            SAID.call_once(|| tracing::warn!(origin, "pages of this name are refused: say --public-url if it is this server's"));
        }
    }
}

/// An origin with the longest name there is (RFC 1035 §2.3.4), and some.
const ORIGIN_MAX: usize = 280;

/// The page about the authority, and what it is made of.
fn is_about_trust(path: &str) -> bool {
    matches!(
        path,
        "/ca" | "/ca.crt" | "/ca.pem" | "/ca.mobileconfig" | "/favicon.svg" | "/icon-180.png" | "/manifest.webmanifest"
    ) || path.starts_with("/pkg/")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;
    use crate::request::Origin;

    struct Visit {
        public: Option<&'static str>,
        trusted_proxy: bool,
        serves_https: bool,
        door: Door,
    }

    impl Visit {
        fn led(&self, headers: &[(&'static str, &'static str)], path: &str) -> Led {
            let public: Option<Origin> = self.public.map(|public| public.parse().expect("an origin"));
            let rules = Rules { public_url: public.as_ref(), trusted_proxy: self.trusted_proxy, is_own: &|_| false };
            let headers =
                headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
            led_to(&rules, &headers, &path.parse().expect("a path"), self.door, self.serves_https)
        }
    }

    const TALK: (&str, &str) = ("host", "talk.example");

    #[test]
    fn who_comes_by_http_is_led_to_the_public_address() {
        let visit = Visit { public: Some("https://talk.example"), trusted_proxy: false, serves_https: true, door: Door::Http };
        let there = Led::Elsewhere("https://talk.example/k7m2?x=1".to_owned());
        assert_eq!(visit.led(&[TALK], "/k7m2?x=1"), there);
        assert_eq!(visit.led(&[("host", "203.0.113.5:3000")], "/k7m2?x=1"), there);
        assert_eq!(visit.led(&[("host", "localhost:3000")], "/"), Led::In, "this machine itself has a camera by http too");
        for path in ["/healthz", "/ws", "/ca.crt"] {
            assert_eq!(visit.led(&[TALK], path), Led::In, "{path}");
        }
        assert_eq!(Visit { public: None, ..visit }.led(&[TALK], "/"), Led::In);
    }

    #[test]
    fn nobody_goes_in_circles_behind_a_proxy_that_speaks_https() {
        let proto = |proto| [TALK, ("x-forwarded-proto", proto)];
        for serves_https in [false, true] {
            let trusted = Visit { public: Some("https://talk.example"), trusted_proxy: true, serves_https, door: Door::Http };
            assert_eq!(trusted.led(&proto("https"), "/"), Led::In);
            assert_eq!(trusted.led(&[TALK], "/"), Led::In, "the proxy does not say");
            assert_eq!(trusted.led(&proto("http"), "/"), Led::Elsewhere("https://talk.example/".to_owned()));
            // Nobody has said that there is a proxy.
            let unspoken = Visit { trusted_proxy: false, ..trusted };
            assert_eq!(unspoken.led(&proto("https"), "/"), Led::In);
            assert_eq!(
                unspoken.led(&[TALK], "/") == Led::In,
                !serves_https,
                "without https of its own the server knows no better way"
            );
        }
    }

    #[test]
    fn a_forgotten_scheme_is_no_dead_end() {
        let visit = Visit { public: None, trusted_proxy: false, serves_https: true, door: Door::HttpAtHttps };
        let host = [("host", "192.168.1.5:8443")];
        assert_eq!(visit.led(&host, "/k7m2"), Led::Elsewhere("https://192.168.1.5:8443/k7m2".to_owned()));
        assert_eq!(visit.led(&[("host", "[fd00::5]:8443")], "/"), Led::Elsewhere("https://[fd00::5]:8443/".to_owned()));
        for path in ["/ca", "/ca.crt", "/ca.mobileconfig", "/pkg/baylanys.js"] {
            assert_eq!(visit.led(&host, path), Led::In, "{path}: it is what those need who can't come by https yet");
        }
        for host in ["a b", "user@evil.example", ""] {
            assert_eq!(visit.led(&[("host", host)], "/"), Led::Nowhere, "{host}");
        }
        assert_eq!(visit.led(&[], "/"), Led::Nowhere);
    }
}
