//! STUN and TURN in the same process, as pages and TURN clients meet it.

mod client;

use std::{
    net::{SocketAddr, TcpStream, UdpSocket},
    time::Instant,
};

use protocol::message::{IceConfig, IceServer};
use tokio::time::timeout;

use self::client::Client;
use crate::support::{PATIENCE, SECRET, Site};

/// A site with a relay at free ports of these addresses; where it is, and what a page is told of it.
async fn relaying(at: &str, flags: &[&str]) -> (Site, SocketAddr, IceServer) {
    let site = Site::start_flags(&[&["--turn", at], flags].concat()).await;
    let told = told(&site).await;
    let url = told.urls.first().expect("a way");
    let port = url.split(['?', ':']).nth_back(1).and_then(|port| port.parse().ok()).expect(url);
    let ip = at.parse::<SocketAddr>().expect("an address").ip();
    (site, SocketAddr::new(ip, port), told)
}

async fn told(site: &Site) -> IceServer {
    let config: IceConfig = site.ice_servers(&site.token().await).await.expect("a session");
    config.servers.into_iter().find(|server| server.credential.is_some()).expect("a TURN server")
}

#[tokio::test]
async fn a_page_is_told_of_the_relay_at_its_own_host() {
    let site = Site::start_flags(&["--turn", "127.0.0.1:0", "--ice-server", "stun:stun.example"]).await;
    let config = site.ice_servers(&site.token().await).await.expect("a session");
    let [stun, turn, other] = config.servers.as_slice() else { panic!("{config:?}") };
    let port = stun.urls[0].strip_prefix("stun:127.0.0.1:").expect("the page's host");
    assert_ne!(port, "0");
    assert_eq!(turn.urls, ["udp", "tcp"].map(|by| format!("turn:127.0.0.1:{port}?transport={by}")));
    assert_eq!(other.urls, ["stun:stun.example"], "the operator's own is beside it");
    assert_eq!((stun.credential.as_ref(), config.good_for), (None, Some(12 * 3600)));
    let again = site.ice_servers(&site.token().await).await.expect("a session");
    assert_ne!(turn.username, again.servers[1].username, "another participant");
    assert!(site.ice_servers("forged").await.is_none());

    let named = Site::start_flags(&["--turn", "127.0.0.1:0", "--turn-address", "2001:db8::5"]).await;
    assert!(told(&named).await.urls[0].starts_with("turn:[2001:db8::5]:"));
    let without = Site::start().await;
    let config = without.ice_servers(&without.token().await).await.expect("a session");
    assert_eq!(config, IceConfig::default());
}

#[tokio::test]
async fn over_udp_and_tcp_pages_learn_where_they_are_and_reach_each_other() {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let (site, server, _) = relaying(at, &[]).await;
        let (one, other) = (told(&site).await, told(&site).await);
        let (mut red, mut blue) = (Client::udp(server, &one).await, Client::tcp(server, &other).await);
        assert_eq!((red.seen().await, blue.seen().await), (red.address(), blue.address()));
        let of_red = red.allocate().await.expect("a relay");
        let of_blue = blue.allocate().await.expect("a relay");
        red.bind(0x4001, of_blue).await.expect("a channel");
        blue.bind(0x4002, of_red).await.expect("a channel");
        red.say(0x4001, "Сәлем!").await;
        assert_eq!(blue.heard().await, (0x4002, "Сәлем!".to_owned()));
        for text in ["hello", "", "a"] {
            blue.say(0x4002, text).await;
            assert_eq!(red.heard().await, (0x4001, text.to_owned()));
        }
    }
}

#[tokio::test]
async fn a_long_stream_of_datagrams_arrives_whole_and_in_order() {
    let (site, server, one) = relaying("127.0.0.1:0", &[]).await;
    let other = told(&site).await;
    for mut blue in [Client::udp(server, &other).await, Client::tcp(server, &other).await] {
        let mut red = Client::udp(server, &one).await;
        let (of_red, of_blue) = (red.allocate().await.expect("a relay"), blue.allocate().await.expect("a relay"));
        red.bind(0x4001, of_blue).await.expect("a channel");
        blue.bind(0x4002, of_red).await.expect("a channel");
        for round in 0..50 {
            // As a key frame: several of one length, a shorter one, then another length; none fills words of four bytes.
            let burst: Vec<_> =
                [1_001, 1_001, 1_001, 399, 1_202, 1_202].iter().map(|length| format!("{round:>length$}")).collect();
            for text in &burst {
                red.say(0x4001, text).await;
            }
            for text in burst {
                assert_eq!(blue.heard().await, (0x4002, text));
            }
        }
    }
}

#[tokio::test]
async fn who_has_no_credential_or_asks_for_too_much_gets_nothing() {
    let (site, server, one) = relaying("127.0.0.1:0", &["--turn-allocations", "2"]).await;
    let forged = IceServer { credential: Some("guessed".to_owned()), ..one.clone() };
    assert_eq!(Client::udp(server, &forged).await.allocate().await, Err(401));
    let unknown = IceServer { username: Some("9999999999:00000000000000ab".to_owned()), ..one.clone() };
    assert_eq!(Client::tcp(server, &unknown).await.allocate().await, Err(401));
    let mut red = Client::udp(server, &one).await;
    red.allocate().await.expect("a relay");
    for refused in ["127.0.0.1:22", "169.254.169.254:80", "10.0.0.1:53", "192.168.0.1:1", "0.0.0.0:1", "224.0.0.1:1"] {
        assert_eq!(red.permit(refused.parse().expect("an address")).await, Err(403), "{refused}");
        assert_eq!(red.bind(0x4000, refused.parse().expect("an address")).await, Err(403), "{refused}");
    }
    let mut second = Client::tcp(server, &one).await;
    second.allocate().await.expect("a relay");
    assert_eq!(Client::udp(server, &one).await.allocate().await, Err(486));
    drop(second);
    // A closed connection gives its allocation back; the server hears of it in its own time.
    let again = async { while Client::udp(server, &one).await.allocate().await.is_err() {} };
    timeout(PATIENCE, again).await.expect("a place, in time");
    assert!(Client::udp(server, &told(&site).await).await.allocate().await.is_ok(), "another's quota is another's");
}

#[tokio::test]
async fn all_participants_together_have_so_many_allocations_and_connections() {
    let (site, server, _) = relaying("127.0.0.1:0", &["--turn-max-allocations", "2"]).await;
    let mut held = Vec::new();
    for host in [2, 3] {
        let mut one = Client::udp_from(host, server, &told(&site).await).await;
        one.allocate().await.expect("a relay");
        held.push(one);
    }
    let another = told(&site).await;
    assert_eq!(Client::udp(server, &another).await.allocate().await, Err(508));
    for host in [2, 3] {
        let mut one = Client::tcp_from(host, server, &another).await;
        assert!(one.is_served().await);
        held.push(one);
    }
    assert!(!Client::tcp_from(4, server, &another).await.is_served().await);
}

#[tokio::test]
async fn an_address_has_so_many_connections_to_the_relay_and_others_have_their_own() {
    server::files::raise_limit();
    let (_site, server, told) = relaying("127.0.0.1:0", &[]).await;
    let mut held = Vec::new();
    for _ in 0..256 {
        let mut one = Client::tcp_from(2, server, &told).await;
        assert!(one.is_served().await);
        held.push(one);
    }
    assert!(!Client::tcp_from(2, server, &told).await.is_served().await);
    assert!(Client::tcp_from(3, server, &told).await.is_served().await);
    held.pop();
    let again = async { while !Client::tcp_from(2, server, &told).await.is_served().await {} };
    timeout(PATIENCE, again).await.expect("a place, in time");
}

#[tokio::test]
async fn what_a_participant_sends_above_the_rate_is_lost() {
    let (site, server, one) = relaying("127.0.0.1:0", &["--turn-rate", "1"]).await;
    let other = told(&site).await;
    let (mut red, mut blue) = (Client::tcp(server, &one).await, Client::tcp(server, &other).await);
    let (of_red, of_blue) = (red.allocate().await.expect("a relay"), blue.allocate().await.expect("a relay"));
    red.bind(0x4001, of_blue).await.expect("a channel");
    blue.bind(0x4002, of_red).await.expect("a channel");
    let begun = Instant::now();
    for _ in 0..1_000 {
        // With its head a thousand bytes.
        red.say(0x4001, &"x".repeat(996)).await;
    }
    let says_more = async {
        loop {
            red.say(0x4001, "enough").await;
            red.seen().await;
        }
    };
    let hears = async {
        let mut heard = 0;
        while blue.heard().await.1 != "enough" {
            heard += 1;
        }
        heard
    };
    let heard: u128 = tokio::select! {
        () = says_more => unreachable!("it goes on"),
        heard = hears => heard,
    };
    // A second's worth at once, and then one in eight milliseconds.
    let most = 126 + begun.elapsed().as_millis() / 8;
    assert!((1..=most).contains(&heard), "{heard} of {most}");
}

#[tokio::test]
async fn a_connection_that_speaks_something_else_is_closed() {
    let (_site, server, told) = relaying("127.0.0.1:0", &[]).await;
    let mut stranger = Client::tcp(server, &told).await;
    stranger.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    assert_eq!(timeout(PATIENCE, stranger.next()).await.expect("an end in time"), None);
}

#[tokio::test]
async fn a_connection_that_shows_no_credential_is_given_little() {
    let (_site, server, told) = relaying("127.0.0.1:0", &[]).await;
    let mut silent = Client::tcp(server, &told).await;
    let send = [&b"\x00\x16\x00\x00\x21\x12\xa4\x42"[..], &[7; 12]].concat();
    for (said, bytes) in [
        ("over a channel", &b"\x40\x00\x00\x00"[..]),
        ("to a peer", &send),
        ("nothing of ours", &[&send[..2], b"\x00\x04", &send[4..], b"\x00\x06\x00\x09"].concat()),
        ("more than fits", b"\x00\x01\xff\xfc\x21\x12\xa4\x42"),
    ] {
        let mut stranger = Client::tcp(server, &told).await;
        assert_eq!(stranger.seen().await, stranger.address());
        stranger.write(bytes).await;
        assert_eq!(timeout(PATIENCE, stranger.next()).await.expect(said), None);
    }
    // It asks on and on, of which nothing comes.
    let asked = Client::tcp(server, &told).await.answered(700);
    assert!(timeout(PATIENCE, asked).await.expect("an end in time") < 700);
    let mut other = Client::udp(server, &told).await;
    assert_eq!(other.seen().await, other.address());
    assert_eq!(timeout(PATIENCE, silent.next()).await.expect("an end in time"), None);
}

#[tokio::test]
async fn who_floods_over_a_connection_is_in_nobodys_way() {
    let (site, server, one) = relaying("127.0.0.1:0", &[]).await;
    let mut other = Client::udp(server, &told(&site).await).await;
    let mut flooder = Client::tcp(server, &one).await;
    flooder.allocate().await.expect("a relay");
    // Over a channel that leads nowhere; it has come this far when the system has no more room for it.
    let flood = b"\x40\x00\x00\x00".repeat(256 * 1024);
    flooder.write(&flood).await;
    let flooding = tokio::spawn(async move {
        loop {
            flooder.write(&flood).await;
        }
    });
    assert_eq!(other.seen().await, other.address());
    flooding.abort();
    assert!(flooding.await.is_err_and(|ended| ended.is_cancelled()), "it was read from all the time");
}

#[tokio::test]
async fn an_address_has_no_more_connections_than_are_left_for_all_others() {
    let (_site, server, told) = relaying("127.0.0.1:0", &["--turn-max-allocations", "4"]).await;
    let (mut one, mut two) = (Client::tcp(server, &told).await, Client::tcp(server, &told).await);
    assert!(one.is_served().await && two.is_served().await);
    assert!(!Client::tcp(server, &told).await.is_served().await);
    assert!(Client::tcp_from(2, server, &told).await.is_served().await);
    drop((one, two));
    // The server hears of it in its own time.
    let again = async { while !Client::tcp(server, &told).await.is_served().await {} };
    timeout(PATIENCE, again).await.expect("a place, in time");
}

#[tokio::test]
async fn it_stops_with_the_server() {
    let (site, server, told) = relaying("127.0.0.1:0", &[]).await;
    let mut page = Client::tcp(server, &told).await;
    page.allocate().await.expect("a relay");
    site.stop();
    assert_eq!(timeout(PATIENCE, page.next()).await.expect("an end in time"), None);
    site.stopped().await;
    UdpSocket::bind(server).expect("the port is free again");
    assert!(TcpStream::connect(server).is_err());
}

#[tokio::test]
async fn credentials_outlive_a_restart_with_the_same_secret() {
    let (site, _, told) = relaying("127.0.0.1:0", &["--secret", SECRET]).await;
    site.stop();
    site.stopped().await;
    let (_site, server, _) = relaying("127.0.0.1:0", &["--secret", SECRET]).await;
    assert!(Client::udp(server, &told).await.allocate().await.is_ok());
}
