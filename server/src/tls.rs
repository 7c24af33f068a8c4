//! https: which certificate visitors are shown, under which address they come, and who is to trust it. What travels inside is
//! the same site as over http (`accept`).
//!
//! One certificate at a time, for all its names: by an authority made here (`lan`), from files (`files`) or fetched (`acme`).

pub(crate) mod acme;
pub(crate) mod authority;
pub(crate) mod files;
mod keep;
pub(crate) mod lan;
pub mod machine;
pub(crate) mod served;
pub mod terminal;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustls::{ServerConfig, crypto::ring};
use tokio::sync::watch;

pub use crate::tls::{authority::AuthorityError, served::PairError};
use crate::{
    config::Config,
    request::Origin,
    tls::{
        acme::Acme,
        authority::Authority,
        files::Files,
        lan::{Lan, system_clock},
        served::{ACME_TLS, Served, system_roots},
    },
};

/// Why https can't be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read or written.
    #[error("cannot use {}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// `--tls-cert` and `--tls-key` are of no use.
    #[error("cannot serve https with {} and {}: {error}", .certificate.display(), .key.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's.
        key: PathBuf,
        /// Why.
        error: PairError,
    },
    /// The authority of `--tls lan` can't be used.
    #[error("cannot use {} as the authority of --tls lan: {error}", .path.display())]
    Authority {
        /// Its file.
        path: PathBuf,
        /// Why.
        error: AuthorityError,
    },
    /// A certificate made here is of no use.
    #[error("cannot serve a certificate made here: {0}")]
    Made(PairError),
    /// The TLS library does not take the configuration.
    #[error("cannot speak TLS: {0}")]
    Library(#[from] rustls::Error),
}

/// https as this server speaks it.
pub(crate) struct Https {
    /// What `accept` shakes hands with.
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) served: Arc<Served>,
    source: Source,
    /// Where it is served, once that is known.
    listening: OnceLock<Vec<SocketAddr>>,
    look_every: Duration,
    lets_encrypt: bool,
    /// Whether browsers may remember to come by https only.
    for_everybody: AtomicBool,
}

enum Source {
    Lan(Arc<Lan>),
    Files(Mutex<Option<Files>>),
    Acme(Arc<Acme>),
}

impl Https {
    /// What the configuration asks for; `None`: no https.
    ///
    /// # Errors
    /// When there is nothing good to serve, but for ACME, where that comes later.
    pub(crate) fn open(config: &Config) -> Result<Option<Arc<Self>>, TlsError> {
        let options = &config.tls;
        let served = Arc::new(Served::nothing());
        let source = match (&options.certificate, &options.key) {
            (Some(certificate), Some(key)) => Source::Files(Mutex::new(Some(Files::open(certificate, key, served.clone())?))),
            _ if options.mode.is_some() => {
                let also = config.public_url.as_ref().map(|public| public.host().to_owned());
                Source::Lan(Arc::new(Lan::open(config.data_dir().join("lan"), options.look.clone(), also, served.clone())?))
            }
            _ if !options.acme.is_empty() => {
                Source::Acme(Arc::new(Acme::open(config.data_dir().join("acme"), options, served.clone())?))
            }
            _ => return Ok(None),
        };
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(served.clone());
        // What runs over HTTP/2 knows no WebSockets here.
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        if matches!(source, Source::Acme(_)) {
            server.alpn_protocols.push(ACME_TLS.to_vec());
        }
        Ok(Some(Arc::new(Self {
            server: Arc::new(server),
            served,
            source,
            listening: OnceLock::new(),
            look_every: Duration::from_millis(options.look_every),
            lets_encrypt: options.is_lets_encrypt(),
            for_everybody: AtomicBool::new(false),
        })))
    }

    /// Learns where it is served.
    pub(crate) fn listens_at(&self, addresses: Vec<SocketAddr>) {
        // It is told once before the terminal is, and once more.
        _ = self.listening.set(addresses);
    }

    /// Keeps the certificate good, for ever.
    pub(crate) async fn follow(self: Arc<Self>) {
        match &self.source {
            Source::Lan(lan) => lan.follow(self.look_every).await,
            Source::Acme(acme) => acme.follow().await,
            Source::Files(files) => {
                let files = files.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(files) = files {
                    files.follow(self.look_every).await;
                }
            }
        }
    }

    /// The authority that devices of this network may trust; only of `--tls lan`.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        match &self.source {
            Source::Lan(lan) => Some(lan.authority()),
            _ => None,
        }
    }

    /// Where others in this network open the site: `https://192.168.1.5:8443`. Only of `--tls lan`.
    pub(crate) fn lan_url(&self) -> Option<String> {
        self.lan_urls().into_iter().next()
    }

    /// All addresses where they might, the likeliest first.
    pub(crate) fn lan_urls(&self) -> Vec<String> {
        let (Source::Lan(lan), Some(listening)) = (&self.source, self.listening.get()) else { return Vec::new() };
        let addresses = lan.addresses().borrow().clone();
        let reached = |address: IpAddr| listening.iter().find(|listener| is_reached(**listener, address));
        addresses.into_iter().filter_map(|address| Some(url(address, reached(address)?.port()))).collect()
    }

    /// Follows where others in this network reach this machine.
    pub(crate) fn lan_addresses(&self) -> Option<watch::Receiver<Vec<IpAddr>>> {
        match &self.source {
            Source::Lan(lan) => Some(lan.addresses()),
            _ => None,
        }
    }

    /// Judges the certificate shown: whether everybody trusts it at the public address.
    pub(crate) async fn judge(self: &Arc<Self>, public: Option<&Origin>) {
        let Some(public) = public.filter(|public| public.is_https()).cloned() else { return };
        let https = self.clone();
        // Reads the system's authorities from disk.
        let judged = tokio::task::spawn_blocking(move || https.is_trusted_by_all(&public)).await;
        self.for_everybody.store(judged.unwrap_or(false), Ordering::Relaxed);
    }

    /// Judges each certificate that takes the place of the one shown, for ever.
    pub(crate) async fn judge_others(self: Arc<Self>, public: Option<Origin>) {
        let mut changes = self.served.changes();
        while changes.changed().await.is_ok() {
            self.judge(public.as_ref()).await;
        }
    }

    /// Whether browsers may be told to come to the public address by https only, for a long time.
    pub(crate) fn is_for_everybody(&self) -> bool {
        self.for_everybody.load(Ordering::Relaxed)
    }

    /// Never so for an authority of this network: a device that loses it could not come by any way.
    fn is_trusted_by_all(&self, public: &Origin) -> bool {
        match &self.source {
            Source::Lan(_) => false,
            Source::Acme(_) => self.lets_encrypt && self.served.is_for(public.host()),
            Source::Files(_) => self.served.is_trusted(public.host(), system_roots(), system_clock()),
        }
    }
}

/// Whether who connects to an address of this machine gets to a listener.
fn is_reached(listener: SocketAddr, address: IpAddr) -> bool {
    match listener.ip() {
        // Alone, this takes IPv4 too.
        IpAddr::V6(all) if all.is_unspecified() => true,
        all if all.is_unspecified() => address.is_ipv4(),
        one => one == address,
    }
}

/// `https://…` with the port where it is not the scheme's own.
pub(crate) fn url(address: IpAddr, port: u16) -> String {
    let authority = SocketAddr::new(address, port).to_string();
    format!("https://{}", authority.strip_suffix(":443").unwrap_or(&authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_only_where_somebody_listens() {
        for (listener, address, expected) in [
            ("0.0.0.0:8443", "192.168.1.5", true),
            ("0.0.0.0:8443", "fd00::5", false),
            ("[::]:8443", "fd00::5", true),
            ("127.0.0.1:8443", "192.168.1.5", false),
            ("192.168.1.5:8443", "192.168.1.5", true),
            ("192.168.1.5:8443", "10.0.0.5", false),
        ] {
            let (listener, address) = (listener.parse().expect("an address"), address.parse().expect("an address"));
            assert_eq!(is_reached(listener, address), expected, "{listener} {address}");
        }
        assert_eq!(url("192.168.1.5".parse().expect("an address"), 8443), "https://192.168.1.5:8443");
        assert_eq!(url("fd00::5".parse().expect("an address"), 443), "https://[fd00::5]");
    }
}
