//! Who asks: whether a request comes from a page of this site, and the address of its sender. Pure.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::http::{HeaderMap, Uri, header, uri::Authority};

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

/// Compares `Origin` with the host that the request was sent to and with the public address.
pub(crate) fn from(headers: &HeaderMap, public_url: Option<&Origin>, trusted_proxy: bool) -> From {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return if headers.contains_key(header::ORIGIN) { From::Elsewhere } else { From::Unsaid };
    };
    let Some(origin) = origin.to_str().ok().and_then(|origin| origin.parse::<Origin>().ok()) else {
        return From::Elsewhere;
    };
    let asked = |name: &str| headers.get(name).and_then(|host| host.to_str().ok()).map(|host| Origin::new(origin.scheme, host));
    let forwarded = if trusted_proxy { asked("x-forwarded-host") } else { None };
    let known = [asked("host"), forwarded, public_url.cloned()];
    if known.contains(&Some(origin)) { From::Here } else { From::Elsewhere }
}

/// The host that the asking page was loaded from, without a port: as its browser says it, else as the request was sent to.
pub(crate) fn host(headers: &HeaderMap, trusted_proxy: bool) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = header("origin").and_then(|origin| origin.parse::<Origin>().ok()).map(|origin| origin.authority);
    let forwarded = || header("x-forwarded-host").filter(|_| trusted_proxy);
    let authority = origin.or_else(|| forwarded().or_else(|| header("host")).map(str::to_owned))?;
    let host = authority.parse::<Authority>().ok()?.host().to_owned();
    Some(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::to_owned).unwrap_or(host))
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

    #[test]
    fn an_origin_is_the_host_asked_for() {
        for (origin, host) in [
            ("http://localhost:3000", "localhost:3000"),
            ("https://Talk.example", "talk.example"),
            ("https://talk.example", "talk.example:443"),
            ("http://talk.example:80", "talk.example"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert_eq!(from(&headers(&[("origin", origin), ("host", host)]), None, false), From::Here, "{origin}");
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
            assert_eq!(from(&headers(&[("origin", origin), ("host", host)]), None, false), From::Elsewhere, "{origin}");
        }
        let twice = [("origin", "http://a.example"), ("origin", "http://a.example"), ("host", "a.example")];
        assert_eq!(from(&headers(&twice), None, false), From::Elsewhere);
        assert_eq!(from(&headers(&[("host", "a.example")]), None, false), From::Unsaid);
    }

    #[test]
    fn the_public_address_counts_and_a_forwarded_host_only_from_a_trusted_proxy() {
        let public: Origin = "https://talk.example/".parse().expect("an origin");
        assert_eq!(public.to_string(), "https://talk.example");
        let behind = headers(&[("origin", "https://talk.example"), ("host", "10.0.0.5:3000")]);
        assert_eq!(from(&behind, Some(&public), false), From::Here);
        assert_eq!(from(&behind, None, false), From::Elsewhere);
        let forwarded =
            headers(&[("origin", "https://talk.example"), ("host", "app:3000"), ("x-forwarded-host", "talk.example")]);
        assert_eq!(from(&forwarded, None, true), From::Here);
        assert_eq!(from(&forwarded, None, false), From::Elsewhere);
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
            assert_eq!(host(&headers(&pairs), false).as_deref(), Some(expected));
        }
        let behind = headers(&[("host", "app:3000"), ("x-forwarded-host", "talk.example")]);
        assert_eq!(host(&behind, true).as_deref(), Some("talk.example"));
        assert_eq!(host(&headers(&[("host", "a b")]), false), None);
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
