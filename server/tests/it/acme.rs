//! `--acme` against a real authority's program: Pebble, which Let's Encrypt tests its own clients with. Where that is not installed
//! (`make browsers` does it) the stories say so and are not told.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use server::Config;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::support::{PATIENCE, Pair, Site, Visitor};

const TALK: &str = "talk.example";

/// An authority on ports of its own, for which every name is this machine.
struct Authority {
    programs: Vec<Child>,
    folder: TempDir,
    management: SocketAddr,
}

impl Drop for Authority {
    fn drop(&mut self) {
        for program in &mut self.programs {
            // Ended already, or ends now.
            _ = program.kill();
            _ = program.wait();
        }
    }
}

impl Authority {
    /// Starts it; it looks for its proofs at `proof_port`. Its certificates are good for so many seconds.
    fn start(proof_port: u16, seconds: u32) -> (Self, SocketAddr) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = Pair::for_names(&["localhost"]);
        let path = |file: &str| folder.path().join(file);
        own.write(&path("own.pem"), &path("own.key"));
        fs::write(path("root.pem"), &own.authority).expect("a new file");
        let [names, challenges, directory, management] = [(); 4].map(|()| free_address());
        let config = json!({ "pebble": {
            "listenAddress": directory.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": path("own.pem"),
            "privateKey": path("own.key"),
            "httpPort": 1,
            "tlsPort": proof_port,
            "certificateValidityPeriod": seconds,
        } });
        fs::write(path("config.json"), config.to_string()).expect("a new file");
        let start =
            |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("an installed program");
        let name_server = start(
            Command::new("pebble-challtestsrv")
                .args(["-dns01", &names.to_string(), "-management", &challenges.to_string()])
                .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
                .args(["-http01", "", "-https01", "", "-tlsalpn01", ""]),
        );
        let authority = start(
            Command::new("pebble")
                .args(["-strict", "-config"])
                .arg(path("config.json"))
                .args(["-dnsserver", &names.to_string()])
                .env("PEBBLE_VA_NOSLEEP", "1"),
        );
        let running = Self { programs: vec![name_server, authority], folder, management };
        for address in [names, directory, management] {
            let started = Instant::now();
            while TcpStream::connect(address).is_err() {
                assert!(started.elapsed() < PATIENCE, "nobody at {address}");
                std::thread::yield_now();
            }
        }
        (running, directory)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Who trusts it, as everybody trusts Let's Encrypt.
    async fn trusting(&self) -> Visitor {
        let own = Visitor::of_old_who_trusts(&fs::read(self.root()).expect("there"));
        let mut stream = own.shake_hands(self.management, "localhost").await.expect("itself");
        stream.write_all(b"GET /roots/0 HTTP/1.0\r\nhost: localhost\r\n\r\n").await.expect("an open connection");
        let mut answer = Vec::new();
        // It ends without a word of TLS.
        _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer in time");
        Visitor::who_trusts(&answer)
    }
}

/// A free address of loopback for both TCP and UDP.
fn free_address() -> SocketAddr {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

fn is_installed() -> bool {
    let installed = Command::new("pebble").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    assert!(installed || std::env::var_os("CI").is_none(), "pebble is not installed");
    if !installed {
        eprintln!("not told: pebble is not installed");
    }
    installed
}

fn ask(config: &mut Config, root: PathBuf, directory: SocketAddr) {
    config.tls.acme = vec![TALK.to_owned()];
    config.tls.acme_directory = format!("https://localhost:{}/dir", directory.port());
    config.tls.acme_root = Some(root);
    config.tls.look_every = 50;
}

fn proof_port(config: &Config) -> u16 {
    config.tls.listen.first().expect("a listener").port()
}

#[tokio::test]
async fn a_certificate_is_fetched_proved_on_the_https_port_and_kept() {
    if !is_installed() {
        return;
    }
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut running = None;
    let site = Site::start_with(|config| {
        let (authority, directory) = Authority::start(proof_port(config), 90 * 24 * 60 * 60);
        ask(config, authority.root(), directory);
        config.data_dir = Some(data.path().to_owned());
        running = Some((authority, directory));
    })
    .await;
    let (authority, directory) = running.expect("started");
    let visitor = authority.trusting().await;
    let fetched = visitor.sees_another(site.https, TALK, &[]).await;
    let home = visitor.get(site.https, TALK, "/").await.expect("trusted");
    assert_eq!(home.status().as_u16(), 200);
    assert!(!home.headers().contains_key("strict-transport-security"), "not everybody trusts this authority");
    let led = site.request("GET", "/k7m2", &[("host", TALK)], "").await;
    let location = led.headers().get("location").and_then(|there| there.to_str().ok()).unwrap_or_default();
    assert!(
        location.starts_with("https://talk.example") && location.ends_with("/k7m2"),
        "the name is the public address: {location}"
    );
    site.stop();
    site.stopped().await;
    drop(authority);

    // A restart while the authority is away.
    let again = Site::start_with(|config| {
        ask(config, missing(data.path()), directory);
        config.data_dir = Some(data.path().to_owned());
    })
    .await;
    assert_eq!(visitor.sees(again.https, TALK).await.expect("trusted"), fetched);
    for file in ["acme/account.json", "acme/certificate.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(data.path().join(file)).expect("kept").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

fn missing(folder: &Path) -> PathBuf {
    folder.join("no-such-root.pem")
}

#[tokio::test]
async fn a_certificate_is_renewed_before_it_ends() {
    if !is_installed() {
        return;
    }
    let mut running = None;
    let site = Site::start_with(|config| {
        let (authority, directory) = Authority::start(proof_port(config), 6);
        ask(config, authority.root(), directory);
        running = Some(authority);
    })
    .await;
    let authority = running.expect("started");
    let visitor = authority.trusting().await;
    let first = visitor.sees_another(site.https, TALK, &[]).await;
    let fetched = Instant::now();
    // Until then the first is good: `sees` would fail after its end, and `sees_another` waits longer than that.
    visitor.sees_another(site.https, TALK, &first).await;
    assert!(fetched.elapsed() < Duration::from_secs(6), "renewed before it ended");
}
