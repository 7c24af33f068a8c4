//! The options of the built-in STUN and TURN server.
//!
//! Only what they are and how they are written; what listens is `ice`.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU16,
    str::FromStr,
};

use clap::Args;

/// The port that is registered for STUN and TURN (RFC 8656 §18).
const PORT: u16 = 3478;

/// How the server relays for browsers that reach each other in no other way.
#[derive(Clone, Debug, Args)]
pub struct TurnOptions {
    /// Where the built-in STUN and TURN server listens, for UDP and TCP, separated by commas; or off.
    /// [default: 0.0.0.0:3478,[::]:3478, or nothing where that is taken]
    #[arg(long, env = "BAYLANYS_TURN", value_name = "ADDRESS:PORT|off")]
    pub turn: Option<TurnListen>,

    /// The public address, or name, of this machine, if browsers reach the TURN server by another one than the page, or if it
    /// stands behind a router that translates addresses. [default: the page's host, and the address that a browser came to]
    #[arg(long, env = "BAYLANYS_TURN_ADDRESS", value_name = "ADDRESS")]
    pub turn_address: Option<TurnHost>,

    /// The UDP ports from which the TURN server sends to browsers that do not use it themselves. They need not be open in a
    /// firewall.
    #[arg(long, env = "BAYLANYS_TURN_RELAY_PORTS", value_name = "FROM-TO", default_value = "49152-65535")]
    pub turn_relay_ports: PortRange,

    /// How many Mbit/s are relayed at the most for one participant, each way.
    #[arg(long, env = "BAYLANYS_TURN_RATE", value_name = "MBIT/S", default_value = "20")]
    pub turn_rate: NonZeroU16,

    /// How many TURN allocations one participant has at the most. A browser makes some for each of its networks, and does not
    /// always give them back.
    #[arg(long, env = "BAYLANYS_TURN_ALLOCATIONS", value_name = "NUMBER", default_value = "40")]
    pub turn_allocations: NonZeroU16,

    /// How many TURN allocations there are at the most. Each takes an open file.
    #[arg(long, env = "BAYLANYS_TURN_MAX_ALLOCATIONS", value_name = "NUMBER", default_value = "2000")]
    pub turn_max_allocations: NonZeroU16,
}

impl TurnOptions {
    /// Where to listen, and whether the operator said so.
    #[must_use]
    pub fn wanted(&self) -> (Vec<SocketAddr>, bool) {
        match &self.turn {
            Some(listen) => (listen.0.clone(), true),
            None => (TurnListen::default().0, false),
        }
    }

    /// The lines of [`printed`](super::Config::printed).
    pub(super) fn printed(&self) -> [(&'static str, Option<String>); 6] {
        [
            ("TURN", Some(self.turn.clone().unwrap_or_default().to_string())),
            ("TURN_ADDRESS", self.turn_address.as_ref().map(|host| host.0.clone())),
            ("TURN_RELAY_PORTS", Some(self.turn_relay_ports.to_string())),
            ("TURN_RATE", Some(self.turn_rate.to_string())),
            ("TURN_ALLOCATIONS", Some(self.turn_allocations.to_string())),
            ("TURN_MAX_ALLOCATIONS", Some(self.turn_max_allocations.to_string())),
        ]
    }
}

/// The addresses to listen on; none: it is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnListen(Vec<SocketAddr>);

impl Default for TurnListen {
    fn default() -> Self {
        Self(vec![(Ipv4Addr::UNSPECIFIED, PORT).into(), (Ipv6Addr::UNSPECIFIED, PORT).into()])
    }
}

impl FromStr for TurnListen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(Vec::new()));
        }
        let addresses: Result<Vec<_>, _> = text.split(',').map(str::parse).collect();
        addresses.map(Self).map_err(|_| "write ADDRESS:PORT, several of them separated by commas, or off")
    }
}

impl fmt::Display for TurnListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("off");
        }
        let addresses: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&addresses.join(","))
    }
}

/// An IP address, without brackets, or a host's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnHost(String);

impl TurnHost {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TurnHost {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let is_name = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        if is_name || bare.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self(bare.to_owned()));
        }
        Err("write an address, such as 203.0.113.5, or a name, without a port")
    }
}

/// UDP ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The lowest.
    pub from: u16,
    /// The highest.
    pub to: u16,
}

impl FromStr for PortRange {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ends = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        match ends {
            Some((from, to)) if from >= 1024 && from <= to => Ok(Self { from, to }),
            _ => Err("write FROM-TO, two ports from 1024 on"),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}
