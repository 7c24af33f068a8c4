//! What browsers make of its certificates, asked of a verifier that knows nothing of how they were made.

use std::sync::Arc;

use rustls::{
    Error,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::ServerName,
};

use super::*;

const NOW: Seconds = 1_800_000_000;

fn machine() -> Machine {
    let addresses = ["192.168.1.5", "203.0.113.9", "fd00::5", "2001:db8::5"];
    Machine {
        names: vec!["classroom.local".to_owned(), "classroom".to_owned()],
        addresses: addresses.map(|address| address.parse().expect("an address")).into(),
    }
}

/// Whether somebody who trusts the authority gets through to `host`, who shows this certificate.
fn visits(authority: &Authority, leaf: &Leaf, host: &str, now: Seconds) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.clone()).expect("an authority");
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()));
    let verifier = verifier.build().expect("a verifier");
    let leaf = CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).expect("a certificate");
    let host = ServerName::try_from(host).expect("a host");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now).expect("after 1970")));
    verifier.verify_server_cert(&leaf, &[], &host, &[], now).map(|_| ())
}

#[test]
fn everybody_who_trusts_it_gets_through_under_each_name_of_the_machine() {
    let authority = Authority::make(&machine(), Some("talk.school.lan"), NOW).expect("an authority");
    let names: Vec<Name> =
        names_of(&machine(), Some("talk.school.lan")).into_iter().filter(|name| authority.permits(name)).collect();
    let leaf = authority.issue(&names, NOW).expect("a certificate");
    for host in ["localhost", "127.0.0.1", "::1", "classroom", "classroom.local", "192.168.1.5", "203.0.113.9", "fd00::5"] {
        assert_eq!(visits(&authority, &leaf, host, NOW), Ok(()), "{host}");
    }
    assert_eq!(visits(&authority, &leaf, "talk.school.lan", NOW), Ok(()));
    assert!(visits(&authority, &leaf, "192.168.1.6", NOW).is_err(), "another machine");
    assert!(!names.contains(&Name::Ip("2001:db8::5".parse().expect("an address"))), "it would spoil the whole certificate");
}

#[test]
fn nobody_is_taken_in_by_its_certificate_for_another_site() {
    let authority = Authority::make(&machine(), None, NOW).expect("an authority");
    for host in ["example.com", "school.example", "notclassroom", "classroom.local.evil.example", "8.8.8.8", "2001:db8::99"] {
        let name = host.parse().map_or_else(|_| Name::Dns(host.to_owned()), Name::Ip);
        assert!(!authority.permits(&name), "{host}");
        let forged = authority.issue(&[name], NOW).expect("a certificate");
        let refused = format!("{:?}", visits(&authority, &forged, host, NOW));
        assert!(refused.contains("NameConstraintViolation"), "{host}: {refused}");
    }
    for host in ["10.9.8.7", "172.31.0.1", "100.100.1.1", "classroom.local"] {
        let name = host.parse().map_or_else(|_| Name::Dns(host.to_owned()), Name::Ip);
        assert!(authority.permits(&name), "{host}: where the machine may be tomorrow");
    }
}

#[test]
fn clocks_may_differ_and_holidays_may_be_long() {
    let authority = Authority::make(&machine(), None, NOW).expect("an authority");
    let leaf = authority.issue(&[Name::Dns("classroom".to_owned())], NOW).expect("a certificate");
    for (days, good) in [(-8, false), (-6, true), (0, true), (89, true), (91, false)] {
        assert_eq!(visits(&authority, &leaf, "classroom", NOW + days * DAY).is_ok(), good, "{days} days later");
    }
    let valid = authority.valid();
    assert!((valid.until - valid.from) / DAY > 3650);
    let late = authority.issue(&[Name::Dns("classroom".to_owned())], valid.until - DAY).expect("a certificate");
    assert!(visits(&authority, &late, "classroom", valid.until + 1).is_err(), "not longer than its issuer");
}

#[test]
fn a_certificate_is_due_after_two_thirds_or_when_it_comes_from_the_future() {
    let valid = Validity { from: NOW, until: NOW + 90 * DAY };
    for (days, due) in [(-1, true), (0, false), (59, false), (60, true), (100, true)] {
        assert_eq!(valid.is_due(NOW + days * DAY), due, "{days}");
    }
}

#[test]
fn it_reads_back_as_it_was_and_nothing_else_does() {
    let made = Authority::make(&machine(), None, NOW).expect("an authority");
    let kept = made.kept();
    let read = Authority::read(&kept).expect("itself");
    assert_eq!((read.der(), read.fingerprint(), read.valid()), (made.der(), made.fingerprint(), made.valid()));
    assert_eq!(made.fingerprint().len(), 32 * 3 - 1);
    let leaf = read.issue(&[Name::Dns("classroom".to_owned())], NOW).expect("a certificate");
    assert_eq!(visits(&made, &leaf, "classroom", NOW), Ok(()));
    let other = Authority::make(&machine(), None, NOW).expect("an authority");
    let mixed = made.issuer.key().serialize_pem() + &other.pem();
    for text in ["", "-----BEGIN CERTIFICATE-----", &made.pem(), &made.issuer.key().serialize_pem(), &mixed] {
        assert!(matches!(Authority::read(text), Err(AuthorityError::Unreadable)), "{text}");
    }
}
