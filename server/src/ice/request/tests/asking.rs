//! Who gets an allocation, and of what kind.

use stun_types::attribute::XorMappedAddress;

use super::*;

fn code(answer: &[u8]) -> Option<u16> {
    Message::from_bytes(answer).expect("a message").attribute::<ErrorCode>().ok().map(|error| error.code())
}

#[test]
fn anybody_is_told_where_they_are() {
    let mut server = Server::start();
    let page = server.page(1, "198.51.100.7:4000");
    let answer = server.raw(&page.client, &unsigned(BINDING, 9, &[]).finish()).expect("an answer");
    let read = Message::from_bytes(&answer).expect("a message");
    assert!(read.has_class(MessageClass::Success));
    assert_eq!(read.attribute::<XorMappedAddress>().map(|it| it.addr(9.into())), Ok(page.client.remote));
    assert!(!read.has_attribute(Fingerprint::TYPE), "it did not ask with one");
    assert_eq!(answer.len(), 32);
}

#[test]
fn a_credential_is_asked_for_and_taken_until_its_end() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    let first = server.raw(&page.client, &unsigned(ALLOCATE, 1, &[&udp()]).finish()).expect("an answer");
    let read = Message::from_bytes(&first).expect("a message");
    assert_eq!(code(&first), Some(401));
    assert_eq!(read.attribute::<Realm>().map(|realm| realm.realm().to_owned()), Ok(REALM.to_owned()));
    assert!(first.len() <= 76, "short, for whoever did not ask: {}", first.len());
    page.nonce = read.attribute::<Nonce>().expect("a nonce").nonce().to_owned();

    let others = server.credentials.key("1800043200:0000000000000002");
    let forged = request(&page, ALLOCATE, 2, &[&udp()], &others);
    let answer = server.raw(&page.client, &forged).expect("an answer");
    assert_eq!(code(&answer), Some(401), "a wrong password");
    let elsewhere = server.page(1, "198.51.100.8:4000").client;
    let good = request(&page, ALLOCATE, 3, &[&udp()], &server.credentials.key(&page.credential.username));
    assert_eq!(code(&server.raw(&elsewhere, &good).expect("an answer")), Some(438), "another address' nonce");

    let mut late = page.clone();
    late.client.remote.set_port(4001);
    assert_eq!(server.allocate(&mut page), Ok(at("203.0.113.5:50001")));
    server.later(12 * 60 * 60 * 1000);
    assert_eq!(server.allocate(&mut late), Err(401), "it has ended");
    late.credential.username.replace_range(..10, "9800043200");
    assert_eq!(code(&server.raw(&late.client, &request(&late, ALLOCATE, 4, &[&udp()], &others)).expect("one")), Some(401));
}

#[test]
fn an_allocation_outlives_its_credential_and_its_nonce() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    server.allocate(&mut page).expect("a relay");
    for _ in 0..13 * 6 {
        server.later(599_000);
        server.refresh(&mut page, 600).expect("a long lesson");
        server.permit(&mut page, "198.51.100.9:1").expect("a peer");
    }
    server.later(600_000);
    assert_eq!(server.refresh(&mut page, 600), Err(437), "not refreshed, it ends");
    assert_eq!(server.table.len(), 0);
}

#[test]
fn an_allocation_lives_ten_minutes_at_the_least_and_an_hour_at_the_most() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    for (asked, given) in [(1, 600), (1_000, 1_000), (u32::MAX, 3_600)] {
        server.ask(&mut page, ALLOCATE, &[&udp(), &Lifetime::new(asked)]).expect("a relay");
        server.later(given * 1_000 - 1);
        assert_eq!(server.table.len(), 1, "{asked}");
        server.refresh(&mut page, asked).expect("still there");
        server.later(given * 1_000 - 1);
        assert_eq!(server.table.len(), 1, "{asked}, refreshed");
        server.later(1);
        assert_eq!(server.table.len(), 0, "{asked}");
    }
}

#[test]
fn an_allocation_asked_for_again_is_the_same_and_another_is_none() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    let relay = server.allocate(&mut page).expect("a relay");
    assert_eq!(relayed(&server.signed(&page, ALLOCATE, 1, &[&udp()])), [relay], "the answer was lost");
    assert_eq!(code(&server.signed(&page, ALLOCATE, 2, &[&udp()])), Some(437));
    let thief = Page { client: page.client, ..server.page(2, "198.51.100.7:4000") };
    let mut thief = Page { nonce: page.nonce.clone(), ..thief };
    assert_eq!(server.refresh(&mut thief, 0), Err(441), "of somebody else");
    server.refresh(&mut page, 0).expect("given back");
    assert_eq!(server.refresh(&mut page, 600), Err(437));
    assert!(server.allocate(&mut page).is_ok());
}

#[test]
fn each_participant_has_a_quota_and_all_together_have_one() {
    let mut server = Server::start();
    let mut pages: Vec<_> = (0..4).map(|n| server.page(1, &format!("198.51.100.7:{}", 4000 + n))).collect();
    let answers: Vec<_> = pages.iter_mut().map(|page| server.allocate(page).map(|_| ())).collect();
    assert_eq!(answers, [Ok(()), Ok(()), Ok(()), Err(486)]);
    server.refresh(&mut pages[0], 0).expect("given back");
    assert!(server.allocate(&mut pages[3]).is_ok());
    let mut others: Vec<_> = (0..3).map(|n| server.page(2, &format!("198.51.100.{}:4000", 8 + n))).collect();
    let answers: Vec<_> = others.iter_mut().map(|page| server.allocate(page).map(|_| ())).collect();
    assert_eq!(answers, [Ok(()), Ok(()), Err(508)]);
}

#[test]
fn who_comes_as_many_people_leaves_as_much_for_all_others_as_they_have() {
    let mut server = Server::with(&[(SERVER, 24), ("2001:db8::5", 64)], 3, 16);
    let mut came = 0;
    let mut come = |server: &mut Server, remote: &str| {
        came += 1;
        server.allocate(&mut server.page(came, remote)).map(|_| ())
    };
    let answers: Vec<_> = (0..10).map(|n| come(&mut server, &format!("198.51.100.7:{}", 4000 + n))).collect();
    assert_eq!(answers, [vec![Ok(()); 8], vec![Err(486); 2]].concat());
    // Whoever has an IPv6 network has all its addresses; what a home or a tunnel is given may be this large.
    let answers: Vec<_> = (0..10).map(|n| come(&mut server, &format!("[2001:db8:1:{n}::7]:4000"))).collect();
    assert_eq!(answers, [vec![Ok(()); 4], vec![Err(486); 6]].concat());
    assert_eq!(come(&mut server, "198.51.100.8:4000"), Ok(()));
    assert_eq!(come(&mut server, "[2001:db8:2::7]:4000"), Ok(()), "another network");
    let mut late = server.page(99, "198.51.100.9:4000");
    server.allocate(&mut late).expect("a relay");
    server.refresh(&mut late, 0).expect("given back");
    assert_eq!(come(&mut server, "198.51.100.9:4001"), Ok(()));
    server.later(600_000);
    assert_eq!(come(&mut server, "198.51.100.7:4000"), Ok(()), "the others have ended");
}

#[test]
fn who_is_refused_for_the_address_is_taken_at_another() {
    let mut server = Server::with(&[(SERVER, 24)], 1, 2);
    assert!(server.allocate(&mut server.page(1, "198.51.100.7:4000")).is_ok());
    assert_eq!(server.allocate(&mut server.page(2, "198.51.100.7:4001")), Err(486));
    assert!(server.allocate(&mut server.page(2, "198.51.100.8:4000")).is_ok());
}

#[test]
fn a_class_behind_one_address_has_room() {
    let mut server = Server::with(&[(SERVER, 24)], 40, 2_000);
    let mut first = server.page(1, "198.51.100.7:4000");
    server.allocate(&mut first).expect("a relay");
    for pupil in 1..=300 {
        for port in 1..=3 {
            let page = server.page(pupil, &format!("198.51.100.7:{}", 5_000 + pupil * 10 + port));
            let mut page = Page { nonce: first.nonce.clone(), ..page };
            assert!(server.allocate(&mut page).is_ok(), "{pupil}");
        }
    }
}

#[test]
fn what_is_not_done_is_said() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    assert_eq!(server.ask(&mut page, ALLOCATE, &[]), Err(400));
    assert_eq!(server.ask(&mut page, ALLOCATE, &[&RequestedTransport::new(RequestedTransport::TCP)]), Err(442));
    assert_eq!(server.ask(&mut page, ALLOCATE, &[&udp(), &EvenPort::new(true)]), Err(508));
    assert_eq!(server.ask(&mut page, ALLOCATE, &[&udp(), &ReservationToken::new(1)]), Err(420));
    let even = server.ask(&mut page, ALLOCATE, &[&udp(), &EvenPort::new(false)]).expect("a relay");
    assert_eq!(relayed(&even), [at("203.0.113.5:50002")]);
    server.refresh(&mut page, 0).expect("given back");
    assert_eq!(server.ask(&mut page, CREATE_PERMISSION, &[&XorPeerAddress::new(at("198.51.100.9:1"), 1.into())]), Err(437));
    server.allocate(&mut page).expect("a relay");
    assert_eq!(server.ask(&mut page, CREATE_PERMISSION, &[]), Err(400));
    assert_eq!(server.bind(&mut page, 0x3fff, at("198.51.100.9:1")), Err(400));
    assert_eq!(server.bind(&mut page, 0x4000, at("[2001:db8::1]:1")), Err(443));
}

#[test]
fn no_more_peers_are_looked_at_than_an_allocation_may_have() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    server.allocate(&mut page).expect("a relay");
    let peer = |host| XorPeerAddress::new((IpAddr::from([198, 51, 100, host]), 1).into(), 1.into());
    let mut ask = |peers: &[XorPeerAddress]| {
        let peers: Vec<_> = peers.iter().map(|peer| peer as &dyn AttributeWrite).collect();
        server.ask(&mut page, CREATE_PERMISSION, &peers).map(|_| ())
    };
    assert_eq!(ask(&(0..128).map(peer).collect::<Vec<_>>()), Ok(()));
    assert_eq!(ask(&(0..129).map(peer).collect::<Vec<_>>()), Err(400));
    let same: Vec<_> = (0..4_000).map(|_| peer(1)).collect();
    assert_eq!(ask(&same), Err(400), "nor one again and again");
}

#[test]
fn families_are_as_asked_for() {
    let both = [("127.0.0.1", 8), (SERVER, 24), ("fd00::5", 64), ("2001:db8::5", 64)];
    let mut server = Server::with(&both, 9, 9);
    let v6 = RequestedAddressFamily::new(AddressFamily::IPV6);
    let additional = AdditionalAddressFamily::new(AddressFamily::IPV6);
    let mut page = server.page(1, "198.51.100.7:4000");
    let answer = server.ask(&mut page, ALLOCATE, &[&udp(), &v6]).expect("a relay");
    assert_eq!(relayed(&answer), [at("[2001:db8::5]:50001")]);
    let mut page = server.page(1, "198.51.100.7:4001");
    let answer = server.ask(&mut page, ALLOCATE, &[&udp(), &additional]).expect("relays");
    assert_eq!(relayed(&answer), [at("203.0.113.5:50002"), at("[2001:db8::5]:50003")]);
    let v6 = RequestedAddressFamily::new(AddressFamily::IPV6);
    server.ask(&mut page, REFRESH, &[&Lifetime::new(0), &v6]).expect("one is given back");
    assert_eq!(server.permit(&mut page, "[2001:db8::9]:1"), Err(443));
    assert_eq!(server.permit(&mut page, "198.51.100.9:1"), Ok(()));
    let mut page = server.page_at(1, "[2001:db8::7]:4000", "2001:db8::5");
    assert_eq!(server.allocate(&mut page), Ok(at("203.0.113.5:50004")), "IPv4 where nothing is said");

    let mut server = Server::with(&both[..2], 9, 9);
    let mut page = server.page(1, "198.51.100.7:4000");
    assert_eq!(server.ask(&mut page, ALLOCATE, &[&udp(), &v6]), Err(440));
    let answer = server.ask(&mut page, ALLOCATE, &[&udp(), &additional]).expect("half of it");
    assert_eq!(relayed(&answer), [at("203.0.113.5:50001")]);
    let read = Message::from_bytes(&answer).expect("a message");
    assert!(read.has_attribute(turn_types::attribute::AddressErrorCode::TYPE));
}

#[test]
fn who_floods_without_a_credential_is_not_answered_for_ever_and_others_are() {
    let mut server = Server::start();
    let flooder = server.page(1, "198.51.100.7:4000").client;
    let ask = unsigned(ALLOCATE, 1, &[&udp()]).finish();
    let answered = (0..2_000).filter(|_| server.raw(&flooder, &ask).is_some()).count();
    assert_eq!(answered, 600);
    let mut other = server.page(2, "198.51.100.8:4000");
    assert!(server.allocate(&mut other).is_ok());
    let over_tcp = Client { via: Via::Tcp(1), ..flooder };
    assert!(server.raw(&over_tcp, &ask).is_some(), "who connects is where it says: those who only pretend cost it nothing");
    for broken in [&b""[..], b"\0", &ask[..20], &ask[..27], &[0; 20]] {
        assert_eq!(server.raw(&other.client, broken), None);
    }
}

#[test]
fn who_has_shown_no_credential_spends_the_same_over_tcp_and_before_any_is_looked_at() {
    for via in [Via::Udp(0), Via::Tcp(1)] {
        let mut server = Server::start();
        let mut early = server.page(1, "198.51.100.7:4000");
        early.client.via = via;
        server.allocate(&mut early).expect("a relay");
        let mut late = Page { nonce: early.nonce.clone(), ..server.page(2, "198.51.100.7:4001") };
        late.client.via = via;
        let asked = |page: &Page, key: &str| request(page, ALLOCATE, 1, &[&udp()], &Credentials::new(b"secret").key(key));
        let (forged, good) = (asked(&late, "another"), asked(&late, &late.credential.username));
        let answered = (0..2_000).filter(|_| server.raw(&late.client, &forged).is_some()).count();
        assert_eq!(answered, 599, "one was asked for a credential before");
        assert_eq!(server.raw(&late.client, &good), None, "not looked at");
        assert_eq!(server.raw(&late.client, &unsigned(BINDING, 1, &[]).finish()), None);
        assert_eq!(server.refresh(&mut early, 600), Ok(()), "whoever has an allocation is heard");
        server.later(1_000);
        assert!(server.raw(&late.client, &good).is_some());
    }
}

#[test]
fn a_credential_that_leads_to_nothing_costs_as_much_as_none() {
    let mut server = Server::start();
    let mut page = server.page(1, "198.51.100.7:4000");
    assert_eq!(server.refresh(&mut page, 600), Err(437));
    let ask = request(&page, REFRESH, 1, &[], &server.credentials.key(&page.credential.username));
    let answered = (0..2_000).filter(|_| server.raw(&page.client, &ask).is_some()).count();
    assert_eq!(answered, 598);
}
