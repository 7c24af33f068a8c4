//! Whom allocations reach, and whom they do not.

use super::*;

/// Where bytes over a channel go.
fn over(server: &Server, page: &Page, number: u16, bytes: usize) -> Option<String> {
    shown(server.table.send(&page.client, Target::Channel(number), bytes, server.now.running))
}

fn shown(way: Option<Way<'_, u16>>) -> Option<String> {
    way.map(|way| match way {
        Way::Out { port, to } => format!("out of {port} to {to}"),
        Way::In { client, from, channel } => format!("in to {} from {from} over {channel:x?}", client.remote),
    })
}

#[test]
fn a_peer_gets_what_a_channel_carries_and_is_heard_back() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    server.allocate(&mut page).expect("a relay");
    let peer = at("198.51.100.9:5000");
    assert_eq!(shown(server.table.receive(0, peer, 10, server.now.running)), None, "nobody is heard unasked");
    server.bind(&mut page, 0x4000, peer).expect("a channel");
    assert_eq!(over(&server, &page, 0x4000, 10).as_deref(), Some("out of 50001 to 198.51.100.9:5000"));
    assert_eq!(over(&server, &page, 0x4001, 10), None);
    let back = shown(server.table.receive(0, peer, 10, server.now.running));
    assert_eq!(back.as_deref(), Some("in to 198.51.100.7:4000 from 198.51.100.9:5000 over Some(4000)"));
    let other_port = shown(server.table.receive(0, at("198.51.100.9:5001"), 10, server.now.running));
    assert_eq!(other_port.as_deref(), Some("in to 198.51.100.7:4000 from 198.51.100.9:5001 over None"));
    assert_eq!(shown(server.table.receive(0, at("198.51.100.10:5000"), 10, server.now.running)), None);
    server.later(300_000);
    assert_eq!(over(&server, &page, 0x4000, 10), None, "the permission has ended");
}

#[test]
fn an_allocation_that_has_ended_carries_nothing_even_before_it_is_swept_away() {
    let mut server = Server::start();
    let (mut red, mut blue) = (server.page(1, "198.51.100.7:4000"), server.page(2, "198.51.100.8:4000"));
    let of_red = server.allocate(&mut red).expect("a relay");
    server.later(300_000);
    let (of_blue, peer) = (server.allocate(&mut blue).expect("a relay"), at("198.51.100.9:5000"));
    server.later(299_999);
    server.bind(&mut red, 0x4000, peer).expect("a channel");
    server.bind(&mut red, 0x4001, of_blue).expect("a channel");
    server.bind(&mut blue, 0x4002, of_red).expect("a channel");
    let carried = |server: &Server| {
        let heard = server.table.receive(0, peer, 10, server.now.running).is_some();
        [over(server, &red, 0x4000, 10).is_some(), over(server, &blue, 0x4002, 10).is_some(), heard]
    };
    assert_eq!(carried(&server), [true; 3]);
    server.now.running += 1;
    assert_eq!(carried(&server), [false; 3]);
}

#[test]
fn two_allocations_reach_each_other_without_the_network() {
    let mut server = Server::start();
    let (mut red, mut blue) = (server.page(1, "198.51.100.7:4000"), server.page(2, "198.51.100.8:4000"));
    let (of_red, of_blue) = (server.allocate(&mut red).expect("a relay"), server.allocate(&mut blue).expect("a relay"));
    server.bind(&mut red, 0x4000, of_blue).expect("a channel");
    assert_eq!(over(&server, &red, 0x4000, 10), None, "blue has let nobody in");
    server.permit(&mut blue, "203.0.113.5:0").expect("as Firefox asks");
    let data = Some("in to 198.51.100.8:4000 from 203.0.113.5:50001 over None");
    assert_eq!(over(&server, &red, 0x4000, 10).as_deref(), data);
    server.bind(&mut blue, 0x4123, of_red).expect("a channel");
    let channel = Some("in to 198.51.100.8:4000 from 203.0.113.5:50001 over Some(4123)");
    assert_eq!(over(&server, &red, 0x4000, 10).as_deref(), channel);
    server.refresh(&mut blue, 0).expect("given back");
    assert_eq!(over(&server, &red, 0x4000, 10), None, "never out to this machine itself");
    assert_eq!(server.bind(&mut red, 0x4001, of_blue), Err(403), "it is no relay any more");
}

#[test]
fn this_machine_is_no_peer_but_for_its_relays() {
    let mut server = Server::start();
    let (mut red, mut blue) = (server.page(1, "198.51.100.7:4000"), server.page_at(2, "127.0.0.1:4000", "127.0.0.1"));
    server.allocate(&mut red).expect("a relay");
    let on_loopback = server.allocate(&mut blue).expect("a relay");
    assert_eq!(on_loopback, at("127.0.0.1:50002"));
    for peer in ["203.0.113.5:22", "10.0.0.5:22", "127.0.0.1:3000", "169.254.169.254:80", "10.0.0.9:53", "[::ffff:127.0.0.1]:80"]
    {
        let refused = if peer.starts_with('[') { Err(443) } else { Err(403) };
        assert_eq!(server.permit(&mut red, peer), refused, "{peer}");
        assert_eq!(server.bind(&mut red, 0x4000, at(peer)), refused, "{peer}");
    }
    server.permit(&mut red, "127.0.0.1:50002").expect("a relay of this server");
    let sent = |peer| server.table.send(&red.client, Target::Peer(at(peer)), 10, server.now.running);
    assert_eq!(shown(sent("127.0.0.1:3000")), None, "the permission is for relays only");
    assert_eq!(shown(server.table.receive(0, at("127.0.0.1:3000"), 10, server.now.running)), None, "nor is another heard");
    server.permit(&mut red, "127.0.0.1:0").expect("whichever it is");
    server.refresh(&mut blue, 0).expect("given back");
    assert_eq!(server.permit(&mut red, "127.0.0.1:0"), Err(403), "there is none any more");
}

#[test]
fn within_a_private_network_its_people_reach_each_other() {
    let mut server = Server::start();
    let mut pupil = server.page_at(1, "10.0.0.50:4000", "10.0.0.5");
    assert_eq!(server.allocate(&mut pupil), Ok(at("10.0.0.5:50001")));
    assert_eq!(server.permit(&mut pupil, "10.0.0.51:9"), Ok(()));
    assert_eq!(server.permit(&mut pupil, "10.0.1.51:9"), Err(403));
    let mut outsider = server.page_at(2, "198.51.100.7:4000", "10.0.0.5");
    server.allocate(&mut outsider).expect("a relay");
    assert_eq!(server.permit(&mut outsider, "10.0.0.51:9"), Err(403));
    assert_eq!(server.permit(&mut outsider, "10.0.0.5:50001"), Ok(()), "the pupil's relay");
}

#[test]
fn a_machine_behind_a_translating_router_tells_its_public_address() {
    let mut server = Server::start();
    server.table.setup.public = vec![ip("192.0.2.77")];
    let (mut red, mut blue) = (server.page_at(1, "198.51.100.7:4000", "10.0.0.5"), server.page(2, "198.51.100.8:4000"));
    let (of_red, of_blue) = (server.allocate(&mut red).expect("a relay"), server.allocate(&mut blue).expect("a relay"));
    assert_eq!((of_red, of_blue), (at("192.0.2.77:50001"), at("192.0.2.77:50002")));
    server.bind(&mut red, 0x4000, of_blue).expect("a channel");
    server.bind(&mut blue, 0x4000, of_red).expect("a channel");
    let inside = Some("in to 198.51.100.8:4000 from 192.0.2.77:50001 over Some(4000)");
    assert_eq!(over(&server, &red, 0x4000, 10).as_deref(), inside);
    assert_eq!(server.permit(&mut red, "10.0.0.51:9"), Err(403), "known by a public address it is no way in");
}

#[test]
fn what_is_above_the_rate_is_dropped_each_way() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    server.allocate(&mut page).expect("a relay");
    let peer = at("198.51.100.9:5000");
    server.bind(&mut page, 0x4000, peer).expect("a channel");
    let passed = (0..1_000).filter(|_| over(&server, &page, 0x4000, 1_250).is_some()).count();
    assert_eq!(passed, 100, "a second's worth of 1 Mbit/s");
    let heard = (0..1_000).filter(|_| server.table.receive(0, peer, 1_250, server.now.running).is_some()).count();
    assert_eq!(heard, 100);
    server.later(500);
    assert_eq!((0..1_000).filter(|_| over(&server, &page, 0x4000, 1_250).is_some()).count(), 50);
}

#[test]
fn the_people_of_one_address_have_ten_times_the_rate_of_one_together() {
    let mut server = Server::with(&[(SERVER, 24)], 1, 100);
    let peer = at("198.51.100.9:5000");
    let come = |server: &mut Server, participant: u64, remote: &str| {
        let mut page = server.page(participant, remote);
        server.allocate(&mut page).expect("a relay");
        server.bind(&mut page, 0x4000, peer).expect("a channel");
        page
    };
    let class: Vec<_> = (0..12).map(|n| come(&mut server, n, &format!("198.51.100.7:{}", 4000 + n))).collect();
    let other = come(&mut server, 12, "198.51.100.8:4000");
    let sent = |page: &Page| (0..200).filter(|_| over(&server, page, 0x4000, 1_250).is_some()).count();
    assert_eq!(class.iter().map(sent).collect::<Vec<_>>(), [vec![100; 10], vec![0; 2]].concat());
    assert_eq!(sent(&other), 100, "at another address");
    let heard = |n| (0..200).filter(|_| server.table.receive(n, peer, 1_250, server.now.running).is_some()).count();
    assert_eq!((0..13).map(heard).collect::<Vec<_>>(), [vec![100; 10], vec![0; 2], vec![100]].concat());
}

#[test]
fn a_send_indication_is_read_but_never_answered() {
    let mut server = Server::start();
    let page = server.page(1, "198.51.100.7:4000");
    let mut written = Message::builder_indication(SEND, MessageWriteVec::new());
    let transaction = written.transaction_id();
    written.add_attribute(&XorPeerAddress::new(at("198.51.100.9:1"), transaction)).expect("each once");
    written.add_attribute(&Data::new(b"hello")).expect("each once");
    let bytes = written.finish();
    let outcome = server.table.message(&mut server.ports, &bytes, &page.client, server.now);
    assert_eq!(outcome, Outcome::Send { to: at("198.51.100.9:1"), bytes: b"hello" });
    assert_eq!(shown(server.table.send(&page.client, Target::Peer(at("198.51.100.9:1")), 5, server.now.running)), None);
}
