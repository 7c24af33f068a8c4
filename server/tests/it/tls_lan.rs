//! `--tls lan`: a school without internet, from the first visit over new addresses to a restart.

use std::{
    fs,
    net::IpAddr,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use server::{
    Config,
    config::tls::TlsMode,
    tls::machine::{Look, Machine},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};

use crate::support::{PATIENCE, Site, Visitor, request};

const HTML: &str = "text/html; charset=utf-8";

/// A machine that a test can carry into another network.
#[derive(Clone, Default)]
struct Moving(Arc<Mutex<Machine>>);

impl Moving {
    fn at(addresses: &[&str]) -> Self {
        let machine = Self::default();
        machine.moves_to(addresses);
        machine
    }

    fn moves_to(&self, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse::<IpAddr>().expect("an address")).collect();
        let names = vec!["classroom.local".to_owned(), "classroom".to_owned()];
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Machine { names, addresses };
    }

    fn lan(&self, config: &mut Config) {
        let machine = self.0.clone();
        config.tls.mode = Some(TlsMode::Lan);
        config.tls.look = Look::new(move || machine.lock().unwrap_or_else(PoisonError::into_inner).clone());
        config.tls.look_every = 10;
    }

    async fn site(&self, data: Option<&Path>) -> Site {
        Site::start_with(|config| {
            self.lan(config);
            config.data_dir = data.map(Path::to_owned).or(config.data_dir.take());
        })
        .await
    }
}

/// Somebody who has installed the authority from the page.
async fn trusting(site: &Site) -> Visitor {
    Visitor::who_trusts(site.get("/ca.pem").await.body())
}

#[tokio::test]
async fn who_installs_the_authority_gets_through_under_every_name_and_nobody_else_does() {
    let site = Moving::at(&["192.168.1.5", "fd00::5", "2001:db8::5"]).site(None).await;
    let pupil = trusting(&site).await;
    for host in ["localhost", "127.0.0.1", "::1", "classroom", "classroom.local", "192.168.1.5", "fd00::5"] {
        let home = pupil.get(site.https, host, "/").await.expect(host);
        assert_eq!((home.status().as_u16(), home.headers()["content-type"].as_bytes()), (200, HTML.as_bytes()), "{host}");
        assert!(!home.headers().contains_key("strict-transport-security"), "{host}: a device may lose the authority again");
    }
    let another_school = Moving::at(&["192.168.1.5"]).site(None).await;
    assert!(trusting(&another_school).await.get(site.https, "192.168.1.5", "/").await.is_err());
    assert!(pupil.get(site.https, "192.168.1.6", "/").await.is_err(), "the certificate is for no other machine");
}

#[tokio::test]
async fn the_authority_survives_a_restart_and_nobody_but_the_server_reads_its_key() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let machine = Moving::at(&["192.168.1.5"]);
    let site = machine.site(Some(data.path())).await;
    let pupil = trusting(&site).await;
    let before = pupil.sees(site.https, "192.168.1.5").await.expect("trusted");
    site.stop();
    site.stopped().await;

    let folder = data.path().join("lan");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["authority.pem", "certificate.pem"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    // A careless copy, as from a backup.
    fs::set_permissions(folder.join("authority.pem"), fs::Permissions::from_mode(0o644)).expect("ours");

    let site = machine.site(Some(data.path())).await;
    let after = pupil.sees(site.https, "192.168.1.5").await.expect("still trusted");
    assert_eq!(before, after, "who only clicked the warning away is not asked again");
    assert_eq!(mode(&folder.join("authority.pem")), 0o600);
}

#[tokio::test]
async fn a_new_address_is_served_without_a_restart_and_running_sockets_do_not_notice() {
    let machine = Moving::at(&["192.168.1.5"]);
    let site = machine.site(None).await;
    let pupil = trusting(&site).await;
    let before = pupil.sees(site.https, "192.168.1.5").await.expect("trusted");
    assert!(pupil.sees(site.https, "10.20.30.40").await.is_err());
    let socket = pupil.shake_hands(site.https, "192.168.1.5").await.expect("trusted");
    let mut socket = upgraded(socket, &site, "192.168.1.5", "https").await.expect("an upgrade");

    machine.moves_to(&["10.20.30.40"]);
    let after = pupil.sees_another(site.https, "10.20.30.40", &before).await;
    assert_eq!(pupil.sees(site.https, "classroom.local").await.expect("trusted"), after);
    let home = site.get("/").await;
    let home = String::from_utf8_lossy(home.body()).into_owned();
    assert!(
        home.contains(&format!("content=\"https://10.20.30.40:{}\"", site.https.port())),
        "links lead to the new address: {home}"
    );
    socket.close(None).await.expect("still open");

    // Back and forth it is the same machine; a certificate that is for more than is needed stays.
    machine.moves_to(&["10.20.30.40", "192.168.1.5"]);
    let both = pupil.sees_another(site.https, "192.168.1.5", &after).await;
    machine.moves_to(&["192.168.1.5"]);
    let url = format!("content=\"https://192.168.1.5:{}\"", site.https.port());
    let told = async { while !String::from_utf8_lossy(site.get("/").await.body()).contains(&url) {} };
    timeout(PATIENCE, told).await.expect("the address is told");
    assert_eq!(pupil.sees(site.https, "192.168.1.5").await.expect("trusted"), both);
}

#[tokio::test]
async fn a_broken_authority_is_not_replaced_behind_the_operators_back() {
    let data = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(data.path().join("lan")).expect("a new folder");
    fs::write(data.path().join("lan/authority.pem"), "half a ke").expect("a new file");
    let site = Moving::at(&["192.168.1.5"]).site(Some(data.path())).await;
    let error = site.failed().await;
    assert!(error.contains("authority.pem") && error.contains("--tls lan") && !error.contains('\n'), "{error}");
}

async fn upgraded(
    stream: tokio_rustls::client::TlsStream<TcpStream>,
    site: &Site,
    host: &str,
    page: &str,
) -> Result<tokio_tungstenite::WebSocketStream<tokio_rustls::client::TlsStream<TcpStream>>, Error> {
    let port = site.https.port();
    let mut request = format!("wss://{host}:{port}/ws").into_client_request()?;
    request.headers_mut().insert("origin", format!("{page}://{host}:{port}").parse()?);
    Ok(client_async(request, stream).await?.0)
}

#[tokio::test]
async fn sockets_open_for_pages_that_came_by_https_and_for_no_others() {
    let site = Moving::at(&["192.168.1.5"]).site(None).await;
    let pupil = trusting(&site).await;
    for (host, page, good) in [
        ("192.168.1.5", "https", true),
        ("classroom.local", "https", true),
        ("localhost", "https", true),
        // Whoever sits between could have written that page.
        ("192.168.1.5", "http", false),
    ] {
        let stream = pupil.shake_hands(site.https, host).await.expect("trusted");
        assert_eq!(upgraded(stream, &site, host, page).await.is_ok(), good, "{page}://{host}");
    }
    // A name of somebody else's that was made to lead here, by a browser that minds no certificate.
    let port = site.https.port();
    let stream = pupil.shake_hands(site.https, "classroom.local").await.expect("trusted");
    let rebound = upgraded(stream, &site, "evil.example", "https").await;
    assert!(matches!(rebound, Err(Error::Http(refusal)) if refusal.status() == 403), "{port}");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_ended_and_is_in_nobodys_way() {
    let site = Site::start_with(|config| {
        Moving::at(&["192.168.1.5"]).lan(config);
        config.limits.head_within = 300;
    })
    .await;
    let pupil = trusting(&site).await;
    // Nothing at all; the beginning of a record; a record that promises more.
    for start in [&b""[..], &[22, 3], &[22, 3, 1, 2, 0, 1, 0, 1]] {
        let mut slow = TcpStream::connect(site.https).await.expect("a connection");
        slow.write_all(start).await.expect("an open connection");
        assert_eq!(pupil.get(site.https, "localhost", "/healthz").await.expect("served").body(), b"ok");
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, slow.read_to_end(&mut rest)).await.expect("an end in time");
        assert!(ended.is_err() || rest.is_empty(), "{rest:?}");
    }
    // A whole handshake, and then no request.
    let mut idle = pupil.shake_hands(site.https, "localhost").await.expect("trusted");
    _ = timeout(PATIENCE, idle.read_to_end(&mut Vec::new())).await.expect("an end in time");
}

#[tokio::test]
async fn who_leaves_out_https_is_led_there_and_finds_the_authority_without_a_warning() {
    let site = Moving::at(&["192.168.1.5"]).site(None).await;
    let port = site.https.port();
    let plain = async |path: &str| request(site.https, "GET", path, &[("host", &format!("192.168.1.5:{port}"))], "").await;
    let led = plain("/k7m2-9xqd-4tza").await;
    let there = format!("https://192.168.1.5:{port}/k7m2-9xqd-4tza");
    assert_eq!((led.status().as_u16(), led.headers()["location"].as_bytes()), (308, there.as_bytes()));
    for (path, kind) in [
        ("/ca", HTML),
        ("/ca.crt", "application/x-x509-ca-cert"),
        ("/ca.pem", "application/x-pem-file"),
        ("/ca.mobileconfig", "application/x-apple-aspen-config"),
    ] {
        let found = plain(path).await;
        assert_eq!((found.status().as_u16(), found.headers()["content-type"].as_bytes()), (200, kind.as_bytes()), "{path}");
    }
    // What is neither is simply left.
    let mut other = TcpStream::connect(site.https).await.expect("a connection");
    other.write_all(b"\0\x01\x02\x03\r\n\r\n").await.expect("an open connection");
    _ = timeout(PATIENCE, other.read_to_end(&mut Vec::new())).await.expect("an end in time");
}

#[tokio::test]
async fn the_page_about_trust_speaks_the_visitors_language_and_shows_what_to_compare() {
    let site = Moving::at(&["192.168.1.5"]).site(None).await;
    let fingerprint = {
        use std::fmt::Write as _;
        let der = site.get("/ca.crt").await;
        let digest = <sha2::Sha256 as sha2::Digest>::digest(der.body());
        let mut text = String::new();
        for byte in digest {
            _ = write!(text, ":{byte:02X}");
        }
        text.split_off(1)
    };
    for (path, accepted, language, words) in [
        ("/ca", "kk", "kk", "Қалай орнату керек"),
        ("/ca", "ru-RU,ru;q=0.9", "ru", "Как установить"),
        ("/ca", "en-GB", "en", "How to install it"),
        ("/ca?lang=ru", "en-GB", "ru", "Как установить"),
    ] {
        let page = site.request("GET", path, &[("accept-language", accepted)], "").await;
        let html = String::from_utf8_lossy(page.body());
        assert!(html.contains(&format!("<html lang=\"{language}\"")) && html.contains(words), "{html}");
        assert!(html.contains(&fingerprint) && html.contains("Baylanys (classroom)"), "{html}");
        assert!(!html.contains(".js"), "it works without a program");
        assert_eq!(page.headers().contains_key("set-cookie"), path != "/ca", "a language that was chosen is remembered");
    }
    let profile = site.request("GET", "/ca.mobileconfig", &[("accept-language", "ru")], "").await;
    assert!(String::from_utf8_lossy(profile.body()).contains("видеосвязи вашей сети"));

    let without = Site::start().await;
    for path in ["/ca", "/ca.crt", "/ca.pem", "/ca.mobileconfig"] {
        assert_eq!(without.get(path).await.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_stopping_server_waits_for_no_handshake() {
    let site = Site::start_with(|config| {
        Moving::at(&["192.168.1.5"]).lan(config);
        config.limits.drain_within = Duration::from_secs(60).as_millis().try_into().expect("small");
    })
    .await;
    let pupil = trusting(&site).await;
    let _silent = TcpStream::connect(site.https).await.expect("a connection");
    let _idle = pupil.shake_hands(site.https, "localhost").await.expect("trusted");
    site.stop();
    site.stopped().await;
}
