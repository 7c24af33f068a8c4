//! Links to a room, and their QR codes. A link never leads to an address that only this device can open.

use std::fmt::Write as _;

use protocol::id::RoomCode;
use qrcodegen::{QrCode, QrCodeEcc};

/// Where links to rooms begin: the public address of the server; else the page's own if others can open it and have a camera there; else
/// the server's in its network; else the page's own if others can open it; else none.
#[must_use]
pub fn base(public_url: Option<&str>, lan_url: Option<&str>, origin: &str) -> Option<String> {
    let others_open = |address: &&str| host(address).is_some_and(|host| !is_loopback(host));
    let public = public_url.map(str::trim).filter(|url| !url.is_empty());
    let address = match public {
        Some(public) => Some(public).filter(others_open),
        // The address by which this visitor came leads through this visitor's network.
        None => Some(origin)
            .filter(|origin| origin.starts_with("https://"))
            .filter(others_open)
            .or(lan_url)
            .or(Some(origin))
            .filter(others_open),
    };
    address.map(|address| address.trim_end_matches('/').to_owned())
}

/// The link to a room.
#[must_use]
pub fn to_room(base: &str, code: RoomCode) -> String {
    format!("{base}/{code}")
}

/// The host of `scheme://host[:port]…`, without the port.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Whether a host means the device itself (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5).
fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
        || host.parse::<std::net::Ipv6Addr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// A QR code (ISO/IEC 18004) as an SVG path: its side in modules, without the quiet zone, and the path's data.
/// `None` if the text is too long for one.
#[must_use]
pub fn qr_path(text: &str) -> Option<(i32, String)> {
    let qr = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = qr.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && qr.get_module(x, y) {
                x += 1;
            }
            if x > start {
                let width = x - start;
                write!(path, "M{start} {y}h{width}v1h-{width}z").ok()?;
            }
            x += 1;
        }
    }
    Some((size, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_never_lead_to_this_device_only() {
        let lan = Some("https://192.168.1.5:8443");
        for (public, lan, origin, expected) in [
            (None, lan, "http://localhost:3000", lan),
            (None, lan, "https://localhost:8443", lan),
            (None, lan, "http://192.168.1.5:3000", lan),
            (None, lan, "https://10.0.0.5:8443", Some("https://10.0.0.5:8443")),
            (Some("https://school.example"), lan, "http://localhost:3000", Some("https://school.example")),
        ] {
            assert_eq!(base(public, lan, origin).as_deref(), expected, "{public:?} {origin}");
        }
        for (public, origin, expected) in [
            (None, "https://school.example", Some("https://school.example")),
            (None, "http://10.0.0.5:3000", Some("http://10.0.0.5:3000")),
            (None, "http://localhost:3000", None),
            (None, "http://LOCALHOST.:3000", None),
            (None, "http://a.localhost", None),
            (None, "http://127.3.0.1:80", None),
            (None, "http://[::1]:3000", None),
            (None, "http://0.0.0.0:3000", None),
            (None, "null", None),
            (Some("https://school.example/"), "http://localhost:3000", Some("https://school.example")),
            (Some("http://localhost:3000"), "https://school.example", None),
            (Some(" "), "https://school.example", Some("https://school.example")),
        ] {
            assert_eq!(base(public, None, origin).as_deref(), expected, "{public:?} {origin}");
        }
    }

    #[test]
    fn a_link_reads_back_as_its_code() {
        let code = RoomCode::parse("k7m2-9xqd-4tza").expect("a code");
        let link = to_room("https://school.example", code);
        assert_eq!(link, "https://school.example/k7m2-9xqd-4tza");
        assert_eq!(RoomCode::parse(&link), Ok(code));
    }

    #[test]
    fn a_qr_code_has_its_finder_patterns() {
        let (size, path) = qr_path("https://school.example/k7m2-9xqd-4tza").expect("short enough");
        assert!(size >= 21, "{size}");
        assert!(path.starts_with("M0 0h7v1h-7z"), "{path}");
        assert_eq!(qr_path(&"x".repeat(4000)), None);
    }
}
