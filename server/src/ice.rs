//! STUN and TURN in the same process: how two browsers find a way to each other, and the way itself where there is no other.
//!
//! Done: STUN binding (RFC 8489 §7.3.1); long-term credentials with MESSAGE-INTEGRITY by SHA-1, as browsers sign, and nonces
//! (§9.2); over UDP and TCP, IPv4 and IPv6, UDP allocations of one family or both, permissions, channels, Send and Data
//! (RFC 8656 §7–12), credentials of limited life (TURN REST). Not done: TCP allocations (RFC 6062), reserving a second port,
//! MESSAGE-INTEGRITY-SHA256, ICMP, mobility: no browser asks for them.
//!
//! Everything but `driver`, `udp`, `tcp`, `listen` and `interfaces` is pure. What goes from one allocation to another never
//! touches the network, so only the port that is listened on has to be open to the world.

mod allocation;
mod answer;
mod credentials;
mod driver;
mod framing;
mod inbox;
mod interfaces;
mod listen;
mod nonce;
mod peers;
mod quota;
mod request;
mod table;
mod tcp;
mod udp;

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use protocol::{
    Millis,
    id::ParticipantId,
    message::{IceConfig, IceServer},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{credentials::Credentials, driver::Start, listen::Listening, quota::Quota, table::Setup};
use crate::{Clock, config::TurnOptions, metrics::Relayed};

/// What is open, but not served yet.
pub(crate) struct Opened {
    listening: Vec<Listening>,
    options: TurnOptions,
    public: Vec<IpAddr>,
    ice: Ice,
}

/// What pages are told.
#[derive(Clone)]
pub(crate) struct Ice {
    credentials: Credentials,
    host: Option<String>,
    ports: BTreeSet<u16>,
}

/// Opens the ports that the options ask for. `None`: it is off, or the ports of its choice are taken.
///
/// # Errors
/// An address that the operator has named can't be had.
pub(crate) fn open(options: &TurnOptions, secret: &[u8]) -> Result<Option<Opened>, (SocketAddr, io::Error)> {
    let (wanted, named) = options.wanted();
    let listening = match listen::all(&wanted) {
        Err(error) if named => return Err(error),
        // A machine without IPv6.
        Err((address, _)) if address.is_ipv6() => listen::all(&wanted[..1]),
        result => result,
    };
    let listening = match listening {
        Ok(listening) if listening.is_empty() => return Ok(None),
        Ok(listening) => listening,
        Err((address, error)) => {
            tracing::warn!("no STUN and TURN: cannot listen on {address}: {error}. Name another address with --turn");
            return Ok(None);
        }
    };
    let host = options.turn_address.as_ref().map(|host| host.as_str().to_owned());
    let resolved = host.as_deref().map(|host| (host, 0).to_socket_addrs()).transpose();
    let resolved = resolved.inspect_err(|error| tracing::warn!(%error, "--turn-address is not known")).ok().flatten();
    let public: Vec<_> = resolved.into_iter().flatten().map(|address| address.ip()).collect();
    let ports = listening.iter().map(|listening| listening.address.port()).collect();
    let ice = Ice { credentials: Credentials::new(secret), host, ports };
    Ok(Some(Opened { listening, options: options.clone(), public, ice }))
}

impl Opened {
    /// Serves until `stop`, on a thread that `tasks` waits for.
    ///
    /// # Errors
    /// The system gives no thread, or no random numbers.
    pub(crate) fn start(
        self,
        clock: Arc<Clock>,
        relayed: Relayed,
        stop: CancellationToken,
        tasks: &TaskTracker,
    ) -> io::Result<Ice> {
        let Self { listening, options, public, ice } = self;
        let addresses: Vec<_> = listening.iter().map(|listening| listening.address).collect();
        let shown: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        tracing::info!("STUN and TURN on {}, UDP and TCP", shown.join(" and "));
        let interfaces = interfaces::here();
        let shared = interfaces::shared(&interfaces, &addresses, &public);
        if !shared.is_empty() {
            let shared = shared.join(", ");
            tracing::info!("TURN is known by a private address: who is in {shared} is relayed to others there");
        }
        let mut nonce_key = [0; 32];
        getrandom::fill(&mut nonce_key).map_err(io::Error::other)?;
        let setup = Setup {
            quota: Quota::new(options.turn_allocations.get(), options.turn_rate.get()),
            most: options.turn_max_allocations.get().into(),
            public,
            nonce_key,
        };
        let credentials = ice.credentials.clone();
        let ports = options.turn_relay_ports;
        driver::start(Start { listening, setup, ports, credentials, interfaces, clock, relayed, stop }, tasks)?;
        Ok(ice)
    }
}

impl Ice {
    /// Adds this server to those that a participant's page is told of. `page` is the page's own host, without a port.
    pub(crate) fn add_to(&self, config: &mut IceConfig, page: &str, participant: ParticipantId, now: Millis) {
        let host = self.host.as_deref().unwrap_or(page);
        let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
        let stun = self.ports.iter().map(|port| format!("stun:{host}:{port}")).collect();
        let turn = self.ports.iter().flat_map(|port| ["udp", "tcp"].map(|by| format!("turn:{host}:{port}?transport={by}")));
        let turn = turn.collect();
        let credential = self.credentials.issue(participant, now);
        config.servers.insert(0, IceServer { urls: stun, username: None, credential: None });
        let (username, credential) = (Some(credential.username), Some(credential.password));
        config.servers.insert(1, IceServer { urls: turn, username, credential });
        config.good_for = u32::try_from(credentials::LIFETIME / 1000).ok();
    }
}
