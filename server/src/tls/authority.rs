//! The certificate authority of `--tls lan`: makes itself, reads itself back, and issues certificates for this machine. Pure: time is a
//! parameter, in Unix seconds; nothing here touches the disk.
//!
//! Whoever installs it trusts it for this machine's names and for private addresses only: the certificate itself says so (RFC 5280
//! §4.2.1.10), and browsers hold it to that even if its key is stolen.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::{
    RootCertStore,
    client::verify_server_cert_signed_by_trust_anchor,
    crypto::ring,
    pki_types::{CertificateDer, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer as _,
};

use crate::tls::machine::Machine;

/// Unix seconds.
pub(crate) type Seconds = i64;

pub(crate) const DAY: Seconds = 24 * 60 * 60;
/// Ten years: nobody goes round the school's phones every year.
const AUTHORITY_DAYS: Seconds = 3650;
/// Phones whose clock is behind, and a server that has just learnt the time, still meet a valid certificate.
pub(super) const BACKDATED: Seconds = 7 * DAY;
/// Over the summer holidays a switched-off machine's certificate stays good; Apple takes at most 825 days.
pub(super) const LEAF: Seconds = 90 * DAY;

/// Where an authority of a private network may speak (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291), and loopback.
const PRIVATE_V4: [(Ipv4Addr, u8); 6] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
];
const PRIVATE_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::LOCALHOST, 128),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It could not be made.
    #[error(transparent)]
    Made(#[from] rcgen::Error),
    /// What was kept is no key and certificate of ours.
    #[error("it holds no authority that was made here")]
    Unreadable,
}

/// What a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A host name in lower case.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// All that a machine is called, `localhost` and loopback with it.
pub(crate) fn names_of(machine: &Machine, also: Option<&str>) -> Vec<Name> {
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    let also = also.map(|host| host.parse().map_or_else(|_| Name::Dns(host.to_owned()), Name::Ip));
    let hosts = machine.names.iter().cloned().chain(["localhost".to_owned()]).map(Name::Dns);
    let addresses = machine.addresses.iter().copied().chain(loopback).map(Name::Ip);
    let mut names: Vec<Name> = hosts.chain(addresses).chain(also).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A certificate authority with its key.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    name: String,
    valid: Validity,
    permitted: Vec<Permitted>,
}

/// From when until when, Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Seconds,
    pub(crate) until: Seconds,
}

/// One thing an authority may sign for.
#[derive(Debug)]
enum Permitted {
    Dns(String),
    V4 { address: u32, mask: u32 },
    V6 { address: u128, mask: u128 },
}

/// A certificate that was issued, and its key, both as PEM.
pub(crate) struct Leaf {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    /// Makes a new one for a machine as it is now, and for one more host.
    pub(crate) fn make(machine: &Machine, also: Option<&str>, now: Seconds) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(machine);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted(machine, also), excluded_subtrees: Vec::new() });
        let valid = Validity { from: now - BACKDATED, until: now + AUTHORITY_DAYS * DAY };
        (params.not_before, params.not_after) = (moment(valid.from), moment(valid.until));
        let certificate = params.self_signed(&key)?;
        Self::from_parts(key, certificate.der().clone())
    }

    /// Reads back what [`Self::kept`] gave.
    pub(crate) fn read(pem: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem(pem).map_err(|_| AuthorityError::Unreadable)?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| AuthorityError::Unreadable)?;
        Self::from_parts(key, certificate)
    }

    fn from_parts(key: KeyPair, certificate: CertificateDer<'static>) -> Result<Self, AuthorityError> {
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| AuthorityError::Unreadable)?;
        if parsed.public_key().subject_public_key.data != key.public_key_raw() {
            return Err(AuthorityError::Unreadable);
        }
        let permitted = permitted_by(&parsed);
        let valid = Validity::of(&parsed);
        let name = parsed.subject().iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default().to_owned();
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { issuer, certificate, name, valid, permitted })
    }

    /// Key and certificate, to be kept where only the server reads.
    pub(crate) fn kept(&self) -> String {
        self.issuer.key().serialize_pem() + &self.pem()
    }

    /// The certificate, for others to trust: DER.
    pub(crate) fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// The same as PEM.
    pub(crate) fn pem(&self) -> String {
        pem_of(&self.certificate)
    }

    /// What systems list it as.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn valid(&self) -> Validity {
        self.valid
    }

    /// SHA-256 of the certificate, as every system shows it.
    pub(crate) fn fingerprint(&self) -> String {
        Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// Whether browsers accept a certificate for this name from it. A single name too many spoils the whole certificate.
    pub(crate) fn permits(&self, name: &Name) -> bool {
        self.permitted.iter().any(|permitted| match (permitted, name) {
            (Permitted::Dns(base), Name::Dns(name)) => {
                name == base || name.strip_suffix(base.as_str()).is_some_and(|rest| rest.ends_with('.'))
            }
            (Permitted::V4 { address, mask }, Name::Ip(IpAddr::V4(ip))) => ip.to_bits() & mask == address & mask,
            (Permitted::V6 { address, mask }, Name::Ip(IpAddr::V6(ip))) => ip.to_bits() & mask == address & mask,
            _ => false,
        })
    }

    /// Whether a certificate is its own, as seen at a time.
    pub(crate) fn has_issued(&self, certificate: &CertificateDer<'_>, now: Seconds) -> bool {
        let mut roots = RootCertStore::empty();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now).unwrap_or_default()));
        let algorithms = ring::default_provider().signature_verification_algorithms.all;
        roots.add(self.certificate.clone()).is_ok()
            && ParsedCertificate::try_from(certificate).is_ok_and(|certificate| {
                verify_server_cert_signed_by_trust_anchor(&certificate, &roots, &[], now, algorithms).is_ok()
            })
    }

    /// Issues a certificate for a server of these names, with a key of its own. Asks not whether they are permitted.
    pub(crate) fn issue(&self, names: &[Name], now: Seconds) -> Result<Leaf, AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.subject_alt_names = names
            .iter()
            .map(|name| match name {
                Name::Dns(name) => Ok(SanType::DnsName(name.as_str().try_into()?)),
                Name::Ip(address) => Ok(SanType::IpAddress(*address)),
            })
            .collect::<Result<_, rcgen::Error>>()?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Baylanys");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Apple takes no server's certificate without it.
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = moment((now - BACKDATED).max(self.valid.from));
        params.not_after = moment((now + LEAF).min(self.valid.until));
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Leaf { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

impl Validity {
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Self {
        let validity = certificate.validity();
        Self { from: validity.not_before.timestamp(), until: validity.not_after.timestamp() }
    }

    /// Whether a new one should take its place: two thirds are over, or the clock has come from the future.
    pub(crate) fn is_due(self, now: Seconds) -> bool {
        now < self.from || now >= self.from + (self.until - self.from) * 2 / 3
    }
}

/// A certificate as PEM (RFC 7468).
pub(crate) fn pem_of(der: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// What people read in their system's list of authorities.
fn subject(machine: &Machine) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    let host = machine.names.iter().min_by_key(|name| name.len()).map_or("localhost", String::as_str);
    // A common name has 64 characters at the most (RFC 5280 appendix A.1).
    let host: String = host.chars().take(40).collect();
    subject.push(DnType::CommonName, format!("Baylanys ({host})"));
    subject
}

fn permitted(machine: &Machine, also: Option<&str>) -> Vec<GeneralSubtree> {
    let private = PRIVATE_V4.map(|(address, bits)| (IpAddr::from(address), bits));
    let private = private.into_iter().chain(PRIVATE_V6.map(|(address, bits)| (IpAddr::from(address), bits)));
    // Some schools' networks have public addresses: this one's own belong to it, as its names do. Those of IPv6 come and go.
    let own = names_of(machine, also).into_iter().filter_map(|name| match name {
        Name::Dns(name) => Some(GeneralSubtree::DnsName(name)),
        Name::Ip(address) if address.is_ipv4() && !address.is_loopback() => {
            Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, 32)))
        }
        Name::Ip(_) => None,
    });
    let ranges = private.map(|(address, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits)));
    own.chain(ranges).collect()
}

fn permitted_by(certificate: &X509Certificate<'_>) -> Vec<Permitted> {
    let constraints = certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NameConstraints(constraints) => constraints.permitted_subtrees.as_ref(),
        _ => None,
    });
    let read = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(Permitted::Dns((*name).to_owned())),
        GeneralName::IPAddress(bytes) => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            let v4 = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
            let v6 = |bytes: &[u8]| Some(u128::from_be_bytes(bytes.try_into().ok()?));
            match bytes.len() {
                8 => Some(Permitted::V4 { address: v4(address)?, mask: v4(mask)? }),
                32 => Some(Permitted::V6 { address: v6(address)?, mask: v6(mask)? }),
                _ => None,
            }
        }
        _ => None,
    };
    constraints.into_iter().flatten().filter_map(|subtree| read(&subtree.base)).collect()
}

/// A moment that a certificate can name; out of range, the epoch.
fn moment(seconds: Seconds) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
