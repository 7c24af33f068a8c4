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
    let metrics = open_all(&config.metrics_listen)?;
    Ok(Listeners { http: open_all(&config.listen)?, https: open_all(&config.tls.addresses())?, metrics })
}

fn open_all(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ServeError> {
    let mut listeners = Vec::new();
    for address in addresses.iter().copied() {
        // Else `[::]` would take the IPv4 addresses too, and `0.0.0.0` beside it could not be had.
        let beside_v4 = addresses.iter().any(|other| other.is_ipv4() && other.port() == address.port());
        match open(address, beside_v4) {
            Ok(listener) => listeners.push(listener),
            Err(error) if address.ip().is_unspecified() && beside_v4 && is_without_v6(&error) => {
                tracing::info!("this system has no IPv6");
            }
            Err(error) => return Err(ServeError::Listen { address, error }),
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
