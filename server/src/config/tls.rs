//! The options of https: which certificate is served, and where.

use std::{fmt, net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

use crate::tls::machine::Look;

/// Let's Encrypt: free, and trusted by every browser.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Where https is served if nothing is said: a port that needs no privilege, and the one that the proof of `--acme` is asked at.
const PORT: u16 = 8443;
const ACME_PORT: u16 = 443;

/// How https is served; without `--tls`, `--tls-cert` or `--acme` it is not.
#[derive(Args, Clone, Debug)]
pub struct TlsOptions {
    /// Serve https with certificates made here. "lan": for the own network, also without internet. Devices are told at /ca how
    /// to trust them.
    #[arg(id = "tls", long = "tls", env = "BAYLANYS_TLS", value_enum, value_name = "HOW")]
    pub mode: Option<TlsMode>,

    /// Where https listens, separated by commas. [default: port 8443 of all addresses; with --acme port 443]
    #[arg(
        id = "tls_listen",
        long = "tls-listen",
        env = "BAYLANYS_TLS_LISTEN",
        value_name = "ADDRESS:PORT",
        value_delimiter = ',',
        value_parser = super::address
    )]
    pub listen: Vec<SocketAddr>,

    /// Serve https with this certificate: a PEM file, followed in it by those of its issuers. It is read again when it changes.
    #[arg(
        id = "tls_cert",
        long = "tls-cert",
        env = "BAYLANYS_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "tls"
    )]
    pub certificate: Option<PathBuf>,

    /// The private key of that certificate, a PEM file.
    #[arg(id = "tls_key", long = "tls-key", env = "BAYLANYS_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub key: Option<PathBuf>,

    /// Serve https with a certificate for this public name, fetched and renewed by ACME; several are separated by commas. Port 443 of
    /// the name must lead here. Whoever uses this accepts the terms of the authority.
    #[arg(id = "acme", long = "acme", env = "BAYLANYS_ACME", value_name = "DOMAIN", value_delimiter = ',', value_parser = domain, conflicts_with_all = ["tls", "tls_cert"])]
    pub acme: Vec<String>,

    /// Where the ACME authority may write to about these certificates.
    #[arg(id = "acme_contact", long = "acme-contact", env = "BAYLANYS_ACME_CONTACT", value_name = "EMAIL", requires = "acme")]
    pub acme_contact: Option<String>,

    /// The directory of the ACME authority.
    #[arg(id = "acme_directory", long = "acme-directory", env = "BAYLANYS_ACME_DIRECTORY", value_name = "URL", default_value = LETS_ENCRYPT)]
    pub acme_directory: String,

    /// What an ACME authority of one's own identifies itself with: a PEM file. [default: whom the system trusts]
    #[arg(id = "acme_root", long = "acme-root", env = "BAYLANYS_ACME_ROOT", value_name = "FILE", requires = "acme")]
    pub acme_root: Option<PathBuf>,

    /// How this machine's names and addresses are learnt; another way only in tests.
    #[arg(skip)]
    pub look: Look,

    /// How often it is looked whether names, addresses or files have changed, in milliseconds; other than the default only in tests.
    #[arg(skip = 5_000_u64)]
    pub look_every: u64,
}

/// Which certificates are made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsMode {
    /// For this machine's names and private addresses, by an authority of its own.
    Lan,
}

impl TlsOptions {
    /// Whether https is served.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.mode.is_some() || self.certificate.is_some() || !self.acme.is_empty()
    }

    /// Where https listens: nowhere if it is off.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        match self.listen.as_slice() {
            _ if !self.is_on() => Vec::new(),
            [] => {
                let port = if self.acme.is_empty() { PORT } else { ACME_PORT };
                vec![SocketAddr::from(([0; 4], port)), SocketAddr::from(([0; 16], port))]
            }
            listen => listen.to_vec(),
        }
    }

    /// Whether Let's Encrypt issues, whom every browser trusts.
    #[must_use]
    pub fn is_lets_encrypt(&self) -> bool {
        self.acme_directory == LETS_ENCRYPT
    }

    /// The lines of `--print-config`.
    pub(super) fn printed(&self) -> [(&'static str, Option<String>); 8] {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let list = |items: Vec<String>| Some(items.join(",")).filter(|list| !list.is_empty());
        [
            ("TLS", self.mode.and_then(|mode| mode.to_possible_value()).map(|value| value.get_name().to_owned())),
            ("TLS_LISTEN", list(self.addresses().iter().map(ToString::to_string).collect())),
            ("TLS_CERT", path(&self.certificate)),
            ("TLS_KEY", path(&self.key)),
            ("ACME", list(self.acme.clone())),
            ("ACME_CONTACT", self.acme_contact.clone()),
            ("ACME_DIRECTORY", Some(self.acme_directory.clone())),
            ("ACME_ROOT", path(&self.acme_root)),
        ]
    }
}

/// A name that an ACME authority can look up and TLS-ALPN-01 can prove: no address, no wildcard.
fn domain(text: &str) -> Result<String, NotADomain> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_address = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if is_address || name.len() > 253 || !name.split('.').all(is_label) { Err(NotADomain) } else { Ok(name) }
}

/// Not a name that ACME can prove.
#[derive(Debug)]
struct NotADomain;

impl fmt::Display for NotADomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a domain is a name such as talk.example.org: no address, no *, no port; write other scripts as xn--…")
    }
}

impl std::error::Error for NotADomain {}
