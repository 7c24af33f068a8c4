//! Who comes by https: whom they trust, and what they get to see. And certificates that others have made.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::tungstenite::http::Response;

use super::{PATIENCE, ask};

/// Somebody with a browser.
pub(crate) struct Visitor {
    connector: TlsConnector,
}

impl Visitor {
    /// Who trusts the authorities of a PEM text, and nobody else.
    pub(crate) fn who_trusts(pem: &[u8]) -> Self {
        // As browsers offer them.
        Self::with(pem, &[b"h2", b"http/1.1"])
    }

    /// The same, but a program of the old kind.
    pub(crate) fn of_old_who_trusts(pem: &[u8]) -> Self {
        Self::with(pem, &[b"http/1.1"])
    }

    fn with(pem: &[u8], protocols: &[&[u8]]) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.expect("a certificate")).expect("an authority");
        }
        assert!(!roots.is_empty(), "{}", String::from_utf8_lossy(pem));
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Self { connector: TlsConnector::from(Arc::new(config)) }
    }

    /// Shakes hands with whoever is at the address, as with `host`.
    pub(crate) async fn shake_hands(&self, address: SocketAddr, host: &str) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from(host.to_owned()).expect("a host");
        timeout(PATIENCE, self.connector.connect(name, stream)).await.expect("an end in time")
    }

    /// Gets a path of `host`.
    pub(crate) async fn get(&self, address: SocketAddr, host: &str, path: &str) -> io::Result<Response<Vec<u8>>> {
        let stream = self.shake_hands(address, host).await?;
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Ok(ask(stream, &format!("{host}:{}", address.port()), "GET", path, &[], "").await)
    }

    /// The certificate that is shown for `host`, to who trusts it.
    pub(crate) async fn sees(&self, address: SocketAddr, host: &str) -> io::Result<Vec<u8>> {
        let stream = self.shake_hands(address, host).await?;
        Ok(stream.get_ref().1.peer_certificates().and_then(<[_]>::first).expect("a certificate").to_vec())
    }

    /// The same, once it is another than `before`.
    pub(crate) async fn sees_another(&self, address: SocketAddr, host: &str, before: &[u8]) -> Vec<u8> {
        let seeing = async {
            loop {
                match self.sees(address, host).await {
                    Ok(seen) if seen != before => return seen,
                    _ => tokio::task::yield_now().await,
                }
            }
        };
        timeout(PATIENCE, seeing).await.expect("another certificate in time")
    }
}

/// A certificate by an authority that is not the server's, as PEM.
pub(crate) struct Pair {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pair {
    pub(crate) fn for_names(names: &[&str]) -> Self {
        let authority_key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key).expect("an authority").pem();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate").pem();
        Self { authority, certificate, key: key.serialize_pem() }
    }

    /// Writes both files, each in one moment, as those do who renew.
    pub(crate) fn write(&self, certificate: &Path, key: &Path) {
        for (path, text) in [(certificate, &self.certificate), (key, &self.key)] {
            replace(path, text);
        }
    }
}

/// Puts a file in the place of another in one moment.
pub(crate) fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).expect("a new file");
    std::fs::rename(&beside, path).expect("a new file in the place of the old");
}
