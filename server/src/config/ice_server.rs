//! The option `--ice-server`: another STUN or TURN server for the browsers.

use std::{fmt, str::FromStr};

use protocol::message::IceServer;

use super::HIDDEN;

/// An ICE server as it is given: `URL` or `URL,USER,CREDENTIAL`. Shown without its credential.
#[derive(Clone)]
pub struct IceServerOption(IceServer);

impl IceServerOption {
    /// What pages are told.
    #[must_use]
    pub const fn server(&self) -> &IceServer {
        &self.0
    }
}

impl FromStr for IceServerOption {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, ',');
        let url = parts.next().unwrap_or_default();
        let (scheme, host) = url.split_once(':').unwrap_or_default();
        let (username, credential) = (parts.next(), parts.next());
        match (scheme, username, credential) {
            _ if host.is_empty() || host.starts_with('/') => Err("write stun:HOST, turn:HOST,USER,CREDENTIAL or turns:…"),
            ("stun" | "stuns", None, None) | ("turn" | "turns", Some(_), Some(_)) => Ok(Self(IceServer {
                urls: vec![url.to_owned()],
                username: username.map(str::to_owned),
                credential: credential.map(str::to_owned),
            })),
            ("stun" | "stuns", ..) => Err("a STUN server takes no user and no credential"),
            ("turn" | "turns", ..) => Err("a TURN server needs a user and a credential: URL,USER,CREDENTIAL"),
            _ => Err("an ICE server's address begins with stun:, stuns:, turn: or turns:"),
        }
    }
}

impl fmt::Display for IceServerOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.urls.join(" "))?;
        match &self.0.username {
            Some(username) => write!(f, ",{username},{HIDDEN}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for IceServerOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IceServer({self})")
    }
}
