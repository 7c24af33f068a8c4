//! The certificate that visitors are shown now. It changes while connections run: those keep the one they began with.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _, verify_server_name},
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::sync::watch;

use crate::tls::authority::Seconds;

/// The protocol in which an ACME authority asks for its proof (RFC 8737 §6.2).
pub(crate) const ACME_TLS: &[u8] = b"acme-tls/1";

/// Why a pair of certificate and key can't be served.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// There is no certificate in it.
    #[error("there is no PEM certificate in the certificate file")]
    NoCertificate,
    /// There is no private key in it.
    #[error("there is no PEM private key in the key file")]
    NoKey,
    /// They are not of each other, or of a kind that is not served.
    #[error("certificate and key do not fit together: {0}")]
    Unfit(rustls::Error),
}

/// What is shown, for whoever reads and whoever changes it.
#[derive(Debug)]
pub(crate) struct Served {
    current: watch::Sender<Option<Arc<CertifiedKey>>>,
    proofs: watch::Sender<HashMap<String, Arc<CertifiedKey>>>,
}

impl Served {
    pub(crate) fn nothing() -> Self {
        Self { current: watch::Sender::new(None), proofs: watch::Sender::new(HashMap::new()) }
    }

    /// From now on this is shown.
    pub(crate) fn show(&self, pair: CertifiedKey) {
        self.current.send_replace(Some(Arc::new(pair)));
    }

    /// From now on this proves to an ACME authority that a name leads here.
    pub(crate) fn prove(&self, name: &str, pair: CertifiedKey) {
        self.proofs.send_modify(|proofs| _ = proofs.insert(name.to_owned(), Arc::new(pair)));
    }

    /// No proof is asked for any more.
    pub(crate) fn prove_nothing(&self) {
        self.proofs.send_replace(HashMap::new());
    }

    /// Whether the certificate is for this host: a name, or an address without brackets.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let current = self.current.borrow().clone();
        let (Some(current), Ok(host)) = (current, ServerName::try_from(host)) else { return false };
        let certificate = current.end_entity_cert().and_then(ParsedCertificate::try_from);
        certificate.is_ok_and(|certificate| verify_server_name(&certificate, &host).is_ok())
    }

    /// Whether who trusts these authorities trusts the certificate, for this host and at this time.
    pub(crate) fn is_trusted(&self, host: &str, roots: RootCertStore, now: Seconds) -> bool {
        let current = self.current.borrow().clone();
        let (Some(current), Ok(host)) = (current, ServerName::try_from(host)) else { return false };
        let provider = Arc::new(ring::default_provider());
        let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build() else { return false };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now).unwrap_or_default()));
        let Some((own, issuers)) = current.cert.split_first() else { return false };
        verifier.verify_server_cert(own, issuers, &host, &[], now).is_ok()
    }

    /// Follows what is shown: tells after each change.
    pub(crate) fn changes(&self) -> watch::Receiver<Option<Arc<CertifiedKey>>> {
        self.current.subscribe()
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asks_for_proof = hello.alpn().is_some_and(|mut names| names.any(|name| name == ACME_TLS));
        if asks_for_proof {
            return self.proofs.borrow().get(hello.server_name()?).cloned();
        }
        // Phones ask for an address, and send no name then: there is one certificate for all names.
        self.current.borrow().clone()
    }
}

/// A pair that can be shown, from PEM. What else stands in the files (a key above the certificate, comments) is passed over.
pub(crate) fn pair(certificates: &[u8], key: &[u8]) -> Result<CertifiedKey, PairError> {
    let certificates = CertificateDer::pem_slice_iter(certificates).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.ok().filter(|found| !found.is_empty()).ok_or(PairError::NoCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| PairError::NoKey)?;
    CertifiedKey::from_der(certificates, key, &ring::default_provider()).map_err(PairError::Unfit)
}

/// Whom this machine's system trusts. Empty where it can't say.
pub(crate) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// What the log may say of a pair: its end.
pub(crate) struct Until(pub(crate) Seconds);

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match time::OffsetDateTime::from_unix_timestamp(self.0) {
            Ok(moment) => write!(f, "{}", moment.date()),
            Err(_) => f.write_str("?"),
        }
    }
}
