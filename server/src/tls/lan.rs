//! `--tls lan`: keeps an authority in the data folder and a certificate of it that fits what this machine is called now.
//!
//! It installs nothing anywhere: whoever wants to be without a browser's warning trusts the authority by hand (`/ca`).

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustls::pki_types::CertificateDer;
use tokio::sync::watch;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer as _};

use crate::tls::{
    TlsError,
    authority::{Authority, BACKDATED, DAY, LEAF, Name, Seconds, Validity, names_of},
    keep,
    machine::{Look, Machine},
    served::{Served, Until, pair},
};

/// From then on the log says at each start that the authority will end.
const LAST_YEAR: Seconds = 365 * DAY;

/// The authority, and the certificate in use.
pub(crate) struct Lan {
    authority: Authority,
    folder: PathBuf,
    look: Look,
    /// The host of the public address, if there is one.
    also: Option<String>,
    served: Arc<Served>,
    leaf: Mutex<Option<Held>>,
    addresses: watch::Sender<Vec<IpAddr>>,
}

/// What is known of the certificate in use.
#[derive(Clone, Debug)]
struct Held {
    names: Vec<Name>,
    valid: Validity,
}

impl Lan {
    /// Reads the authority of the folder or makes one, and sees to a certificate.
    pub(crate) fn open(folder: PathBuf, look: Look, also: Option<String>, served: Arc<Served>) -> Result<Self, TlsError> {
        let machine = look.now();
        let path = folder.join("authority.pem");
        let broken = |error| TlsError::Authority { path: path.clone(), error };
        let kept = keep::read(&path)?.map(|pem| Authority::read(&pem)).transpose().map_err(broken)?;
        let now = system_clock();
        let authority = match kept {
            Some(authority) if authority.valid().until > now => authority,
            ended => {
                if let Some(ended) = ended {
                    tracing::warn!("the authority has ended: a new one is made, and every device has to trust it anew (/ca)");
                    // If it was the clock that was wrong, it can be put back.
                    keep::write(&folder.join("authority-ended.pem"), &ended.kept())?;
                }
                let authority = Authority::make(&machine, also.as_deref(), now).map_err(broken)?;
                keep::write(&path, &authority.kept())?;
                tracing::info!(folder = %folder.display(), "made an authority for this network");
                authority
            }
        };
        if authority.valid().until < now + LAST_YEAR {
            tracing::warn!(until = %Until(authority.valid().until), "the authority will end; then every device has to trust a new one");
        }
        let lan =
            Self { authority, folder, look, also, served, leaf: Mutex::new(None), addresses: watch::Sender::new(Vec::new()) };
        lan.take_kept()?;
        lan.refresh()?;
        Ok(lan)
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The addresses for which the certificate in use is, the likeliest to be reached first; told anew when they change.
    pub(crate) fn addresses(&self) -> watch::Receiver<Vec<IpAddr>> {
        self.addresses.subscribe()
    }

    /// Sees to it that the certificate fits, every so often, for ever.
    pub(crate) async fn follow(&self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut complained = false;
        loop {
            ticks.tick().await;
            match self.refresh() {
                Ok(()) => complained = false,
                Err(error) if !complained => {
                    tracing::warn!(%error, "no new certificate: the earlier one stays");
                    complained = true;
                }
                Err(_) => {}
            }
        }
    }

    /// The certificate of the last run, so that who once accepted it is not asked again after a restart.
    fn take_kept(&self) -> Result<(), TlsError> {
        let Some(pem) = keep::read(&self.leaf_path())? else { return Ok(()) };
        let Ok(kept) = pair(pem.as_bytes(), pem.as_bytes()) else { return Ok(()) };
        let held = kept.end_entity_cert().ok().and_then(|certificate| self.held(certificate));
        if let Some(held) = held {
            *self.leaf() = Some(held);
            self.served.show(kept);
        }
        Ok(())
    }

    /// Issues a new certificate if the one in use lacks a name, or is due.
    fn refresh(&self) -> Result<(), TlsError> {
        let machine = self.look.now();
        let held = self.leaf().clone();
        let now = self.clock(held.as_ref());
        let (names, unfit): (Vec<Name>, Vec<Name>) =
            names_of(&machine, self.also.as_deref()).into_iter().partition(|name| self.authority.permits(name));
        let fits = held.is_some_and(|held| !held.valid.is_due(now) && names.iter().all(|name| held.names.contains(name)));
        if !fits {
            self.issue(&names, now)?;
            if !unfit.is_empty() {
                let unfit = unfit.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                let folder = self.folder.display();
                tracing::info!(%unfit, %folder, "the authority was not made for these: without its folder a new one is made, to be trusted anew");
            }
        }
        self.tell(&machine);
        Ok(())
    }

    fn issue(&self, names: &[Name], now: Seconds) -> Result<(), TlsError> {
        let path = self.leaf_path();
        let failed = |error| TlsError::Authority { path: path.clone(), error };
        let leaf = self.authority.issue(names, now).map_err(failed)?;
        let shown = pair(leaf.certificate.as_bytes(), leaf.key.as_bytes()).map_err(TlsError::Made)?;
        let held = shown.end_entity_cert().ok().and_then(|certificate| self.held(certificate));
        *self.leaf() = held;
        self.served.show(shown);
        let names = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        tracing::info!(%names, "issued a certificate for this machine");
        // Shown already: a full disk costs only that a restart issues another.
        keep::write(&path, &(leaf.key + &leaf.certificate))
    }

    /// Tells of the addresses that the certificate is for, if they are others than before.
    fn tell(&self, machine: &Machine) {
        let good = |address: &&IpAddr| self.authority.permits(&Name::Ip(**address));
        let addresses: Vec<IpAddr> = machine.addresses.iter().filter(good).copied().collect();
        self.addresses.send_if_modified(|told| {
            let changed = *told != addresses;
            *told = addresses;
            changed
        });
    }

    /// What a certificate is for, if it is one of this authority's.
    fn held(&self, certificate: &CertificateDer<'_>) -> Option<Held> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let valid = Validity::of(&parsed);
        if !self.authority.has_issued(certificate, valid.from) {
            return None;
        }
        let names = &parsed.subject_alternative_name().ok()??.value.general_names;
        let names = names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(Name::Dns((*name).to_owned())),
            GeneralName::IPAddress(bytes) => match bytes.len() {
                4 => Some(Name::Ip(IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?))),
                _ => Some(Name::Ip(IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?))),
            },
            _ => None,
        });
        Some(Held { names: names.collect(), valid })
    }

    fn clock(&self, held: Option<&Held>) -> Seconds {
        let made = |valid: Validity| valid.from + BACKDATED;
        believed(system_clock(), made(self.authority.valid()), held.map(|held| made(held.valid)))
    }

    fn leaf_path(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    fn leaf(&self) -> std::sync::MutexGuard<'_, Option<Held>> {
        self.leaf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time, as far as it can be known. A machine without a battery for its clock wakes in the past, but not before it made the
/// authority, and hardly before it made the certificate; one that is far ahead of a likely clock was made while the clock was wrong.
fn believed(system: Seconds, authority_made: Seconds, leaf_made: Option<Seconds>) -> Seconds {
    let leaf_made = leaf_made.unwrap_or(authority_made);
    if system >= authority_made && leaf_made - system > LEAF { system } else { system.max(authority_made).max(leaf_made) }
}

/// What the system believes the time is.
pub(crate) fn system_clock() -> Seconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Seconds::try_from(since.as_secs()).unwrap_or(Seconds::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_the_past_does_not_take_certificates_back() {
        let (authority, leaf) = (1_000 * DAY, 1_400 * DAY);
        for (system, expected) in [
            (0, leaf),
            (999 * DAY, leaf),
            (1_390 * DAY, leaf),
            (1_401 * DAY, 1_401 * DAY),
            // Far behind the certificate and yet a likely time: it was the certificate's clock that was wrong.
            (1_100 * DAY, 1_100 * DAY),
        ] {
            assert_eq!(believed(system, authority, Some(leaf)), expected, "{}", system / DAY);
        }
        assert_eq!(believed(0, authority, None), authority);
    }
}
