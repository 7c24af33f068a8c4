//! `--tls-cert` and `--tls-key`: a certificate that somebody else renews. What the files hold is shown as soon as it is good; until then,
//! and if it never is, what was shown before.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::sign::CertifiedKey;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use crate::tls::{
    TlsError,
    authority::Validity,
    lan::system_clock,
    served::{Served, Until, pair},
};

/// The two files, and what they held when it was shown.
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    served: Arc<Served>,
    shown: Contents,
}

/// What both files hold, byte for byte: links may lead elsewhere and clocks stand still, contents tell.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    /// Shows what they hold.
    pub(crate) fn open(certificate: &Path, key: &Path, served: Arc<Served>) -> Result<Self, TlsError> {
        let shown = Contents::read(certificate, key)?;
        let files = Self { certificate: certificate.to_owned(), key: key.to_owned(), served, shown };
        files.served.show(files.pair(&files.shown)?);
        Ok(files)
    }

    /// Shows what they hold whenever it has changed, for ever.
    pub(crate) async fn follow(mut self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut last = Some(self.shown.clone());
        let mut complained = false;
        loop {
            ticks.tick().await;
            let found = Contents::read(&self.certificate, &self.key);
            let contents = found.as_ref().ok().cloned();
            let is_settled = contents == last;
            last.clone_from(&contents);
            if contents.as_ref() == Some(&self.shown) {
                complained = false;
                continue;
            }
            match found.and_then(|found| Ok((self.pair(&found)?, found))) {
                Ok((pair, found)) => {
                    self.served.show(pair);
                    self.shown = found;
                    complained = false;
                    tracing::info!("the certificate has changed: the new one is served");
                }
                // Two files are not replaced in one moment: one look later is early enough to complain.
                Err(error) if is_settled && !complained => {
                    tracing::warn!(%error, "the certificate has changed and can't be served: the earlier one stays");
                    complained = true;
                }
                Err(_) => complained &= is_settled,
            }
        }
    }

    fn pair(&self, contents: &Contents) -> Result<CertifiedKey, TlsError> {
        let pair = pair(&contents.certificate, &contents.key).map_err(|error| TlsError::Pair {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            error,
        })?;
        let until = pair
            .end_entity_cert()
            .ok()
            .and_then(|certificate| Some(Validity::of(&X509Certificate::from_der(certificate).ok()?.1).until));
        if let Some(until) = until.filter(|until| *until < system_clock()) {
            tracing::warn!(until = %Until(until), "the certificate has ended: browsers will refuse it");
        }
        Ok(pair)
    }
}

impl Contents {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), error });
        Ok(Self { certificate: read(certificate)?, key: read(key)? })
    }
}
