//! By which way visitors come: http, https, and a proxy before either.

use std::fs;

use tokio_tungstenite::tungstenite::http::Response;

use crate::{
    program::{program, running},
    support::{Pair, Site, Visitor, front_end, request},
};

const TALK: &str = "talk.example";

fn header<'a>(response: &'a Response<Vec<u8>>, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

#[tokio::test]
async fn nobody_goes_in_circles_behind_a_proxy_and_its_visitors_are_told_apart() {
    let site = Site::start_with(|config| {
        config.public_url = Some("https://talk.example".parse().expect("an origin"));
        config.trusted_proxy = true;
        config.limits.wrong_codes = server::Rate { burst: 1.0, per_second: 0.0 };
    })
    .await;
    let through = async |proto: &str, path: &str| {
        site.request("GET", path, &[("host", "127.0.0.1:3000"), ("x-forwarded-host", TALK), ("x-forwarded-proto", proto)], "")
            .await
    };
    let home = through("https", "/").await;
    assert_eq!((home.status().as_u16(), header(&home, "strict-transport-security")), (200, None), "that is the proxy's to say");
    let led = through("http", "/k7m2?x=1").await;
    assert_eq!((led.status().as_u16(), header(&led, "location")), (308, Some("https://talk.example/k7m2?x=1")));
    // Where the way leads, it ends.
    assert_eq!(through("https", "/k7m2-9xqd-4tza").await.status().as_u16(), 200);
    assert_eq!(site.get("/healthz").await.status().as_u16(), 200, "a proxy asks for health by http");

    let form = ("content-type", "application/x-www-form-urlencoded");
    let guess = async |from: &str| {
        let headers = [form, ("x-forwarded-for", from), ("x-forwarded-proto", "https"), ("accept", "application/json")];
        let answer = site.request("POST", "/api/room_info", &headers, "code=k7m2-9xqd-4tza").await;
        String::from_utf8_lossy(answer.body()).into_owned()
    };
    let first = guess("198.51.100.1").await;
    assert_ne!(guess("198.51.100.1").await, first, "too many wrong codes from there");
    assert_eq!(guess("198.51.100.2").await, first, "another visitor of the same proxy");
}

/// A running program with a certificate of its own, at the public address https://talk.example.
#[tokio::test]
async fn https_is_remembered_only_where_everybody_trusts_the_certificate() {
    let folder = front_end();
    let pair = Pair::for_names(&[TALK]);
    let [certificate, key, authority] = ["site.pem", "site.key", "authority.pem"].map(|file| folder.path().join(file));
    pair.write(&certificate, &key);
    fs::write(&authority, &pair.authority).expect("a new file");
    let (certificate, key) = (certificate.to_string_lossy().into_owned(), key.to_string_lossy().into_owned());
    let visitor = Visitor::who_trusts(pair.authority.as_bytes());
    for trusted_by_all in [true, false] {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let flags = ["--listen", "127.0.0.1:0", "--tls-listen", &listen, "--tls-cert", &certificate, "--tls-key", &key];
        let mut command = program(folder.path(), &flags);
        if trusted_by_all {
            // What the system trusts.
            command.env("SSL_CERT_FILE", &authority);
        }
        // First without a public address, of which alone the rest is said.
        let (child, _) = running(&mut command).await;
        let at = ([127, 0, 0, 1], port).into();
        let home = visitor.get(at, TALK, "/").await.expect("trusted");
        assert_eq!(header(&home, "strict-transport-security"), None, "there is no public address");
        drop(child);

        let port = free_port();
        let public = format!("https://talk.example:{port}");
        let listen = format!("127.0.0.1:{port}");
        let http = format!("127.0.0.1:{}", free_port());
        let flags =
            ["--listen", &http, "--tls-listen", &listen, "--tls-cert", &certificate, "--tls-key", &key, "--public-url", &public];
        let mut command = program(folder.path(), &flags);
        if trusted_by_all {
            command.env("SSL_CERT_FILE", &authority);
        }
        let (_child, first) = crate::program::first_line(&mut command).await;
        assert_eq!(first, format!("Baylanys: {public}"));
        let at = ([127, 0, 0, 1], port).into();
        let remembered = if trusted_by_all { Some("max-age=15552000") } else { None };
        let home = visitor.get(at, TALK, "/").await.expect("trusted");
        assert_eq!(header(&home, "strict-transport-security"), remembered);

        let http = http.parse().expect("an address");
        let led = request(http, "GET", "/k7m2", &[("host", TALK)], "").await;
        assert_eq!((led.status().as_u16(), header(&led, "location")), (308, Some(format!("{public}/k7m2").as_str())));
        assert_eq!(header(&led, "strict-transport-security"), None, "by http it counts for nothing");
        let local = request(http, "GET", "/", &[("host", "localhost:3000")], "").await;
        assert_eq!(local.status().as_u16(), 200, "on this machine http has a camera too");
        let unspoken = request(http, "GET", "/", &[("host", TALK), ("x-forwarded-proto", "https")], "").await;
        assert_eq!(unspoken.status().as_u16(), 200, "a proxy that nobody spoke of is not sent in circles");
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
