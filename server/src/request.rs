//! Who asks, and how: whether a request comes from a page of this site, by which scheme and for which host, and the address of its
//! sender. Pure.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, Uri, header, uri::Authority},
};

/// A site's origin (RFC 6454): scheme, host and port, in lower case, without a default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    authority: String,
}

impl Origin {
    fn new(scheme: &'static str, authority: &str) -> Self {
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(default_port).map(str::to_owned).unwrap_or(authority);
        Self { scheme, authority }
    }

    /// Its host and, where it is not the scheme's own, port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Its host without port and brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        host(&self.authority)
    }

    /// Whether it is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| "that is no address")?;
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") => "http",
            _ => return Err("an address begins with https:// or http://"),
        };
        let authority = uri.authority().map(axum::http::uri::Authority::as_str).unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return Err("an address has a host and no user");
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("only scheme, host and port are taken, no path");
        }
        Ok(Self::new(scheme, authority))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Where a request says it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// It does not say: no page of a browser sends a WebSocket upgrade or a POST so.
    Unsaid,
    /// A page of this site.
    Here,
    /// A page of another site, or an unreadable origin.
    Elsewhere,
}

/// How a connection came to this server; in the extensions of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Plain, where http is served. A proxy may stand before it.
    Http,
    /// Over TLS.
    Https,
    /// Plain, where https is served: somebody left out the scheme.
    HttpAtHttps,
}

/// What decides whom a request is from.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) public_url: Option<&'a Origin>,
    pub(crate) trusted_proxy: bool,
    /// Whether a host is a name of this machine, or one that its certificate is for.
    pub(crate) is_own: &'a dyn Fn(&str) -> bool,
}

impl Rules<'_> {
    /// Whether the visitor's browser spoke https, to this server or to the proxy; `None`: a trusted proxy does not say.
    pub(crate) fn is_https(&self, headers: &HeaderMap, door: Door) -> Option<bool> {
        match door {
            Door::Https => Some(true),
            Door::HttpAtHttps => Some(false),
            Door::Http if !self.trusted_proxy => Some(false),
            Door::Http => Some(first(headers, "x-forwarded-proto")?.eq_ignore_ascii_case("https")),
        }
    }

    /// The host, with its port, that the visitor's browser asked for.
    pub(crate) fn authority<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let forwarded = if self.trusted_proxy { first(headers, "x-forwarded-host") } else { None };
        forwarded.or_else(|| headers.get(header::HOST)?.to_str().ok())
    }

    /// Compares `Origin` with the public address, and with what was asked for if that is a name of this site: a page of any other name can
    /// be made to lead here (DNS rebinding), and stays another's.
    pub(crate) fn from(&self, headers: &HeaderMap, door: Door) -> From {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return if headers.contains_key(header::ORIGIN) { From::Elsewhere } else { From::Unsaid };
        };
        let Some(origin) = origin.to_str().ok().and_then(|origin| origin.parse::<Origin>().ok()) else {
            return From::Elsewhere;
        };
        let asked = |authority: &str| Origin::new(origin.scheme, authority) == origin;
        let scheme_fits = match self.is_https(headers, door) {
            // Before the plain door a proxy that was not spoken of may speak https.
            Some(false) => door == Door::Http && !self.trusted_proxy || !origin.is_https(),
            Some(true) => origin.is_https(),
            None => true,
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let is_asked = self.authority(headers).is_some_and(asked) || host.is_some_and(asked);
        let is_ours = self.trusted_proxy || is_literal(origin.host()) || (self.is_own)(origin.host());
        if self.public_url == Some(&origin) || scheme_fits && is_asked && is_ours { From::Here } else { From::Elsewhere }
    }
}

/// What the proxy nearest to the visitor wrote.
fn first<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim)
}

/// The host of an authority (RFC 3986 §3.2), without port and brackets.
pub(crate) fn host(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// An address, or the name for this machine that no name server decides (RFC 6761 §6.3).
fn is_literal(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok() || is_localhost(host)
}

/// Whether a host means the visitor's own machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    is_localhost(host) || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn is_localhost(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// The host that the asking page was loaded from, without a port: as its browser says it, else as the request was sent to.
pub(crate) fn page_host(headers: &HeaderMap, trusted_proxy: bool) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = header("origin").and_then(|origin| origin.parse::<Origin>().ok()).map(|origin| origin.authority);
    let forwarded = || header("x-forwarded-host").filter(|_| trusted_proxy);
    let authority = origin.or_else(|| forwarded().or_else(|| header("host")).map(str::to_owned))?;
    Some(host(authority.parse::<Authority>().ok()?.as_str()).to_owned())
}

/// Who connected to this server: the visitor, or a proxy. `None` in tests alone.
pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0)
}

/// The address to count a request against. Behind a trusted proxy the last entry of `X-Forwarded-For`, which the proxy wrote.
pub(crate) fn address(headers: &HeaderMap, peer: Option<SocketAddr>, trusted_proxy: bool) -> IpAddr {
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
        last.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
    };
    let peer = || peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    if trusted_proxy { forwarded().unwrap_or_else(peer) } else { peer() }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let name = |name: &str| HeaderName::from_bytes(name.as_bytes()).expect("a name");
        let value = |value: &str| HeaderValue::from_str(value).expect("a value");
        let mut map = HeaderMap::new();
        for (n, v) in pairs {
            map.append(name(n), value(v));
        }
        map
    }

    fn from_at(door: Door, public: Option<&str>, trusted_proxy: bool, pairs: &[(&str, &str)]) -> From {
        let public: Option<Origin> = public.map(|public| public.parse().expect("an origin"));
        let is_own = |host: &str| matches!(host, "classroom.local" | "talk.example");
        Rules { public_url: public.as_ref(), trusted_proxy, is_own: &is_own }.from(&headers(pairs), door)
    }

    #[test]
    fn an_origin_is_the_own_host_that_was_asked_for() {
        for (origin, host) in [
            ("http://localhost:3000", "localhost:3000"),
            ("http://192.168.1.5:3000", "192.168.1.5:3000"),
            ("http://classroom.local:3000", "classroom.local:3000"),
            ("https://Talk.example", "talk.example"),
            ("https://talk.example", "talk.example:443"),
            ("http://talk.example:80", "talk.example"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert_eq!(from_at(Door::Http, None, false, &[("origin", origin), ("host", host)]), From::Here, "{origin}");
        }
        for (origin, host) in [
            ("http://localhost:3001", "localhost:3000"),
            ("https://evil.example", "talk.example"),
            ("https://talk.example.evil.example", "talk.example"),
            ("https://user@talk.example", "talk.example"),
            ("null", "null"),
            ("file://", "talk.example"),
            ("", "talk.example"),
        ] {
            assert_eq!(from_at(Door::Http, None, false, &[("origin", origin), ("host", host)]), From::Elsewhere, "{origin}");
        }
        let twice = [("origin", "http://localhost"), ("origin", "http://localhost"), ("host", "localhost")];
        assert_eq!(from_at(Door::Http, None, false, &twice), From::Elsewhere);
        assert_eq!(from_at(Door::Http, None, false, &[("host", "localhost")]), From::Unsaid);
    }

    #[test]
    fn a_foreign_name_that_was_made_to_lead_here_stays_foreign() {
        let rebound = [("origin", "http://evil.example:3000"), ("host", "evil.example:3000")];
        assert_eq!(from_at(Door::Http, None, false, &rebound), From::Elsewhere);
        let over_tls = [("origin", "https://evil.example:8443"), ("host", "evil.example:8443")];
        assert_eq!(from_at(Door::Https, None, false, &over_tls), From::Elsewhere);
    }

    #[test]
    fn an_http_page_of_the_same_host_is_another_site_than_its_https() {
        let page = |origin| [("origin", origin), ("host", "192.168.1.5:8443")];
        assert_eq!(from_at(Door::Https, None, false, &page("https://192.168.1.5:8443")), From::Here);
        assert_eq!(from_at(Door::Https, None, false, &page("http://192.168.1.5:8443")), From::Elsewhere);
        assert_eq!(from_at(Door::HttpAtHttps, None, false, &page("https://192.168.1.5:8443")), From::Elsewhere);
        let forwarded =
            |proto| [("origin", "http://192.168.1.5:8443"), ("host", "192.168.1.5:8443"), ("x-forwarded-proto", proto)];
        assert_eq!(from_at(Door::Http, None, true, &forwarded("https")), From::Elsewhere);
        assert_eq!(from_at(Door::Http, None, true, &forwarded("http")), From::Here);
    }

    #[test]
    fn the_public_address_counts_and_a_forwarded_host_only_from_a_trusted_proxy() {
        let public: Origin = "https://talk.example/".parse().expect("an origin");
        assert_eq!(
            (public.to_string().as_str(), public.host(), public.is_https()),
            ("https://talk.example", "talk.example", true)
        );
        let behind = [("origin", "https://talk.school"), ("host", "10.0.0.5:3000")];
        assert_eq!(from_at(Door::Http, Some("https://talk.school"), false, &behind), From::Here);
        assert_eq!(from_at(Door::Http, None, false, &behind), From::Elsewhere);
        let forwarded = [("origin", "https://talk.school"), ("host", "app:3000"), ("x-forwarded-host", "talk.school")];
        assert_eq!(from_at(Door::Http, None, true, &forwarded), From::Here);
        assert_eq!(from_at(Door::Http, None, false, &forwarded), From::Elsewhere);
    }

    #[test]
    fn what_is_said_of_a_forwarding_counts_only_from_a_trusted_proxy() {
        let page =
            [("origin", "http://192.168.1.9:3000"), ("host", "192.168.1.5:3000"), ("x-forwarded-host", "192.168.1.9:3000")];
        assert_eq!(from_at(Door::Http, None, true, &page), From::Here);
        assert_eq!(from_at(Door::Http, None, false, &page), From::Elsewhere);
        let page = [("origin", "http://192.168.1.5:3000"), ("host", "192.168.1.5:3000"), ("x-forwarded-proto", "https")];
        assert_eq!(from_at(Door::Http, None, true, &page), From::Elsewhere);
        assert_eq!(from_at(Door::Http, None, false, &page), From::Here);
    }

    #[test]
    fn hosts_are_read_from_authorities() {
        for (authority, expected) in
            [("a.example:1", "a.example"), ("[fd00::5]:1", "fd00::5"), ("10.0.0.1", "10.0.0.1"), ("", "")]
        {
            assert_eq!(host(authority), expected);
        }
        for (host, expected) in [
            ("localhost", true),
            ("a.localhost", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("nolocalhost", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }

    #[test]
    fn a_page_is_on_the_host_its_browser_says() {
        for (origin, asked, forwarded, expected) in [
            (Some("https://talk.example"), "10.0.0.5:3000", "", "talk.example"),
            (Some("http://192.168.1.5:3000"), "192.168.1.5:3000", "", "192.168.1.5"),
            (Some("http://[2001:db8::1]:3000"), "[2001:db8::1]:3000", "", "2001:db8::1"),
            (None, "localhost:3000", "talk.example", "localhost"),
            (Some("null"), "[::1]", "", "::1"),
        ] {
            let mut pairs = vec![("host", asked), ("x-forwarded-host", forwarded)];
            pairs.extend(origin.map(|origin| ("origin", origin)));
            assert_eq!(page_host(&headers(&pairs), false).as_deref(), Some(expected));
        }
        let behind = headers(&[("host", "app:3000"), ("x-forwarded-host", "talk.example")]);
        assert_eq!(page_host(&behind, true).as_deref(), Some("talk.example"));
        assert_eq!(page_host(&headers(&[("host", "a b")]), false), None);
    }

    #[test]
    fn the_address_is_the_peers_or_what_the_trusted_proxy_wrote_last() {
        let peer = Some(SocketAddr::from(([192, 0, 2, 1], 999)));
        let said = headers(&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "7.7.7.7, 198.51.100.2")]);
        assert_eq!(address(&said, peer, false).to_string(), "192.0.2.1");
        assert_eq!(address(&said, peer, true).to_string(), "198.51.100.2");
        let with_port = headers(&[("x-forwarded-for", "[2001:db8::1]:4711")]);
        assert_eq!(address(&with_port, peer, true).to_string(), "2001:db8::1");
        let junk = headers(&[("x-forwarded-for", "unknown")]);
        assert_eq!(address(&junk, peer, true).to_string(), "192.0.2.1");
    }
}
