//! `--acme`: fetches a certificate by ACME (RFC 8555) and renews it, proving the names on the https port itself (TLS-ALPN-01, RFC 8737).
//! The account and the certificate are kept in the data folder, so that a restart asks for nothing.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{crypto::ring::sign::any_supported_type, pki_types::PrivateKeyDer, sign::CertifiedKey};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use crate::{
    config::tls::TlsOptions,
    tls::{
        TlsError,
        authority::{Seconds, Validity},
        keep,
        lan::system_clock,
        served::{Served, Until, pair},
    },
};

/// After a failure on the way to the authority, as while the network of a starting machine is not up.
const AGAIN_SOON: Duration = Duration::from_secs(30);
/// After any other: authorities count them, and shut out who fails five times an hour.
const AGAIN_FIRST: Duration = Duration::from_secs(15 * 60);
const AGAIN_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// How long an authority may take over a proof or a signature.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why no certificate was had.
#[derive(Debug, thiserror::Error)]
enum AcmeError {
    #[error(transparent)]
    Protocol(#[from] instant_acme::Error),
    #[error(transparent)]
    Made(#[from] rcgen::Error),
    #[error(transparent)]
    Kept(#[from] TlsError),
    #[error("what the authority gave can't be served")]
    Given(#[from] crate::tls::PairError),
    #[error("no key can be made: {0}")]
    Key(rustls::Error),
    #[error("the authority offers no TLS-ALPN-01 for {0}")]
    NoChallenge(String),
    #[error("the authority did not find the proof for {0}: does port 443 of each name lead to this server?")]
    Unproved(String),
    #[error("the account that was kept can't be read: {0}")]
    Account(serde_json::Error),
}

impl AcmeError {
    /// Whether the authority was not reached: that counts for nothing there.
    fn is_of_the_way(&self) -> bool {
        use instant_acme::Error::{Http, Hyper, Other};
        matches!(self, Self::Protocol(Http(_) | Hyper(_) | Other(_)))
    }
}

/// An account with an authority, and the names it is asked about.
pub(crate) struct Acme {
    folder: PathBuf,
    names: Vec<String>,
    contact: Option<String>,
    directory: String,
    root: Option<PathBuf>,
    served: Arc<Served>,
    look_every: Duration,
}

impl Acme {
    /// Shows the certificate of the last run, if it is for these names.
    pub(crate) fn open(folder: PathBuf, options: &TlsOptions, served: Arc<Served>) -> Result<Self, TlsError> {
        let acme = Self {
            folder,
            names: options.acme.clone(),
            contact: options.acme_contact.as_ref().map(|email| format!("mailto:{email}")),
            directory: options.acme_directory.clone(),
            root: options.acme_root.clone(),
            served,
            look_every: Duration::from_millis(options.look_every),
        };
        if let Some(pem) = keep::read(&acme.certificate_path())?
            && let Ok(kept) = pair(pem.as_bytes(), pem.as_bytes())
        {
            acme.served.show(kept);
        }
        Ok(acme)
    }

    /// Sees to a good certificate, for ever.
    pub(crate) async fn follow(&self) {
        let mut again = AGAIN_FIRST;
        loop {
            if !self.is_due(system_clock()) {
                tokio::time::sleep(self.look_every).await;
                continue;
            }
            tracing::info!(names = %self.names.join(" "), directory = %self.directory, "asking for a certificate");
            match self.fetch().await {
                Ok(until) => {
                    again = AGAIN_FIRST;
                    tracing::info!(until = %Until(until), "got a certificate");
                }
                Err(error) => {
                    let wait = if error.is_of_the_way() { AGAIN_SOON } else { again };
                    if wait == again {
                        again = (again * 2).min(AGAIN_MAX);
                    }
                    tracing::warn!(error = %Causes(&error), seconds = wait.as_secs(), "got no certificate; asking again later");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    fn is_due(&self, now: Seconds) -> bool {
        let shown = self.served.changes().borrow().clone();
        let is_for_all = self.names.iter().all(|name| self.served.is_for(name));
        !is_for_all || shown.and_then(|shown| validity(&shown)).is_none_or(|valid| valid.is_due(now))
    }

    /// One order from beginning to end. Gives the certificate's end.
    async fn fetch(&self) -> Result<Seconds, AcmeError> {
        let ordered = self.order().await;
        self.served.prove_nothing();
        let (certificates, key) = ordered?;
        let shown = pair(certificates.as_bytes(), key.as_bytes())?;
        let until = validity(&shown).map_or(0, |valid| valid.until);
        self.served.show(shown);
        keep::write(&self.certificate_path(), &(key + &certificates))?;
        Ok(until)
    }

    async fn order(&self) -> Result<(String, String), AcmeError> {
        let account = self.account().await?;
        let names: Vec<Identifier> = self.names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&names)).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let name = authorization.identifier().to_string();
            let mut challenge =
                authorization.challenge(ChallengeType::TlsAlpn01).ok_or_else(|| AcmeError::NoChallenge(name.clone()))?;
            self.served.prove(&name, proof(&name, challenge.key_authorization().digest().as_ref())?);
            challenge.set_ready().await?;
        }
        let patience = RetryPolicy::default().timeout(PATIENCE);
        if order.poll_ready(&patience).await? != OrderStatus::Ready {
            return Err(AcmeError::Unproved(self.names.join(" ")));
        }
        let key = order.finalize().await?;
        Ok((order.poll_certificate(&patience).await?, key))
    }

    /// The kept account with this authority, else a new one.
    async fn account(&self) -> Result<Account, AcmeError> {
        let builder = match &self.root {
            Some(root) => Account::builder_with_root(root)?,
            None => Account::builder()?,
        };
        let path = self.folder.join("account.json");
        let kept: Option<(String, AccountCredentials)> =
            keep::read(&path)?.map(|json| serde_json::from_str(&json)).transpose().map_err(AcmeError::Account)?;
        if let Some((directory, credentials)) = kept
            && directory == self.directory
        {
            return Ok(builder.from_credentials(credentials).await?);
        }
        let contact: Vec<&str> = self.contact.as_deref().into_iter().collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder.create(&new, self.directory.clone(), None).await?;
        let json = serde_json::to_string(&(&self.directory, &credentials)).map_err(AcmeError::Account)?;
        keep::write(&path, &json)?;
        Ok(account)
    }

    fn certificate_path(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }
}

/// The certificate that proves a name (RFC 8737 §3).
fn proof(name: &str, digest: &[u8]) -> Result<CertifiedKey, AcmeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key)?;
    // Unchecked: the library's check knows no critical extension such as this one.
    let signer = any_supported_type(&PrivateKeyDer::Pkcs8(key.serialize_der().into())).map_err(AcmeError::Key)?;
    Ok(CertifiedKey::new(vec![certificate.der().clone()], signer))
}

fn validity(shown: &CertifiedKey) -> Option<Validity> {
    Some(Validity::of(&X509Certificate::from_der(shown.end_entity_cert().ok()?).ok()?.1))
}

/// An error and what is behind it, in one line.
struct Causes<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
