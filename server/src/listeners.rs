//! The addresses the server listens on, and the one a person opens.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket};

use crate::{Config, ServeError};

/// How many connections may wait to be taken, as the standard library has it.
const BACKLOG: u32 = 1024;

/// Open listeners.
#[derive(Debug, Default)]
pub struct Listeners {
    /// Where http is spoken.
    pub http: Vec<TcpListener>,
    /// Where https is spoken.
    pub https: Vec<TcpListener>,
    /// Where figures are given to Prometheus.
    pub metrics: Vec<TcpListener>,
}

impl Listeners {
    /// Where https is spoken.
    pub(crate) fn https_addresses(&self) -> Vec<SocketAddr> {
        self.https.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }
}

impl From<Vec<TcpListener>> for Listeners {
    fn from(http: Vec<TcpListener>) -> Self {
        Self { http, ..Self::default() }
    }
}

/// Opens the configured addresses.
///
/// # Errors
/// [`ServeError::Listen`] for the first that can't be had.
pub async fn listen(config: &Config) -> Result<Listeners, ServeError> {
    Ok(Listeners {
        http: open_all(&config.listen, "--listen")?,
        https: open_all(&config.tls.addresses(), "--tls-listen")?,
        metrics: open_all(&config.metrics_listen, "--metrics-listen")?,
    })
}

fn open_all(addresses: &[SocketAddr], option: &'static str) -> Result<Vec<TcpListener>, ServeError> {
    let mut listeners = Vec::new();
    for address in addresses.iter().copied() {
        // Else `[::]` would take the IPv4 addresses too, and `0.0.0.0` beside it could not be had.
        let beside_v4 = addresses.iter().any(|other| other.is_ipv4() && other.port() == address.port());
        match open(address, beside_v4) {
            Ok(listener) => listeners.push(listener),
            Err(error) if address.ip().is_unspecified() && beside_v4 && is_without_v6(&error) => {
                tracing::info!("this system has no IPv6");
            }
            Err(error) => return Err(ServeError::Listen { address, option, error }),
        }
    }
    Ok(listeners)
}

fn open(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if address.is_ipv6() && only_v6 {
        SockRef::from(&socket).set_only_v6(true)?;
    }
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What to do about an address that could not be had.
pub(crate) fn advice(error: &io::Error, option: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("another program has that port; end it, or choose another port with {option}"),
        io::ErrorKind::PermissionDenied => {
            format!(
                "ports below 1024 need a right: setcap cap_net_bind_service=+ep PROGRAM as root, or another port with {option}"
            )
        }
        io::ErrorKind::AddrNotAvailable => format!("{option} takes addresses of this machine; 0.0.0.0 is all of them"),
        _ => format!("choose another address with {option}"),
    }
}

fn is_without_v6(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
}

/// The address to open in a browser: the public one, else one that reaches the first listener from this machine.
#[must_use]
pub fn address_to_open(config: &Config, listeners: &Listeners) -> String {
    if let Some(public) = &config.public_url {
        return public.to_string();
    }
    match listeners.http.first().and_then(|listener| listener.local_addr().ok()) {
        // Browsers give the camera to localhost, but not to another name of this machine.
        Some(address) if is_this_machine(address.ip()) => format!("http://localhost:{}", address.port()),
        Some(address) => format!("http://{address}"),
        None => "nowhere".to_owned(),
    }
}

fn is_this_machine(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_loopback()
}

/// Who can make use of the page, where the operator may think that more can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reach {
    /// Nobody else.
    #[error(
        "only this machine can open the page; for others choose a way to https: --tls lan in the own network, --acme, --tls-cert, or a proxy"
    )]
    ThisMachine,
    /// Others come by http.
    #[error(
        "who opens the page from another device gets neither camera nor microphone, because browsers give them only to https: --tls lan in the own network, --acme, --tls-cert, or a proxy"
    )]
    WithoutDevices,
    /// The public address is https, and nobody is known to serve it.
    #[error("https is not served here; if a proxy serves it, add --trusted-proxy, else its visitors count as one")]
    NoHttps,
}

impl Reach {
    /// `None`: as it should be.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        match &config.public_url {
            _ if config.tls.is_on() || config.trusted_proxy => None,
            Some(public) if public.is_https() => Some(Self::NoHttps),
            _ if config.listen.iter().all(|address| address.ip().is_loopback()) => Some(Self::ThisMachine),
            _ => Some(Self::WithoutDevices),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn it_is_said_whom_the_page_does_not_reach() {
        let reach = |flags: &[&str]| Reach::of(&Config::parse_from([&["baylanys"], flags].concat()));
        assert_eq!(reach(&[]), Some(Reach::ThisMachine));
        assert_eq!(reach(&["--listen", "[::1]:3000,127.0.0.1:3000"]), Some(Reach::ThisMachine));
        assert_eq!(reach(&["--listen", "0.0.0.0:3000"]), Some(Reach::WithoutDevices));
        assert_eq!(reach(&["--listen", "0.0.0.0:3000", "--public-url", "http://10.0.0.1:3000"]), Some(Reach::WithoutDevices));
        assert_eq!(reach(&["--public-url", "https://talk.example.org"]), Some(Reach::NoHttps));
        assert_eq!(reach(&["--public-url", "https://talk.example.org", "--trusted-proxy"]), None);
        assert_eq!(reach(&["--tls", "lan"]), None);
        assert_eq!(reach(&["--acme", "talk.example.org"]), None);
    }
}
