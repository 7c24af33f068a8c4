//! Addresses that are hidden until a call is accepted.

use super::support::*;

fn hiding(urls: &[&str]) -> IceConfig {
    let urls = urls.iter().map(|url| (*url).to_owned()).collect();
    IceConfig { servers: vec![IceServer { urls, username: None, credential: None }], hide_addresses: true, good_for: None }
}

fn offer_with(ufrag: &str) -> PeerEvent {
    let sdp = format!("{OFFER}a=ice-ufrag:{ufrag}\n");
    PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp, mids: mids() }
}

fn candidate(kind: &str) -> Candidate {
    let candidate = format!("candidate:1 1 udp 1 192.0.2.1 9 typ {kind}");
    Candidate { candidate, mid: Some("0".to_owned()), line: Some(0), ufrag: None }
}

#[test]
fn hidden_addresses_are_told_only_when_the_call_is_accepted() {
    let ice = hiding(&["stun:stun.example", "turn:turn.example"]);
    let mut page = Page::online_with(ice.clone());
    let effects = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    let open = PeerOp::Open { allocate: true, ice: ice.servers, relay_only: true };
    assert_eq!(at_the_connection(&effects), [&open, &PeerOp::SetLocal]);
    page.peer(offer_with("one"));
    // Whatever the browser finds.
    assert_eq!(page.peer(PeerEvent::Candidate(Some(candidate("host")))), []);
    assert_eq!(page.peer(PeerEvent::Candidate(Some(candidate("srflx")))), []);
    assert_eq!(sent(&page.peer(PeerEvent::Candidate(Some(candidate("relay"))))).len(), 1);
    page.hear(letter(1, description(SdpType::Answer, Some(1))));
    page.peer(PeerEvent::RemoteSet);
    page.peer(PeerEvent::Connection(ConnectionState::Connected));
    page.want(Command::Ring);
    let rang = CallEvent::Rang { from: ME, to: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: rang });
    assert!(!at_the_connection(&effects).contains(&&PeerOp::Reveal));

    let accepted = CallEvent::Accepted { by: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: accepted });
    assert!(at_the_connection(&effects).contains(&&PeerOp::Reveal));
    assert_eq!(page.session.next_deadline(), Some(page.now));
    assert_eq!(at_the_connection(&page.later(0)), [&PeerOp::RestartIce]);
    page.peer(offer_with("two"));
    assert_eq!(sent(&page.peer(PeerEvent::Candidate(Some(candidate("host"))))).len(), 1);
    assert_eq!(at_the_connection(&page.later(5_000)), Vec::<&PeerOp>::new());
}

#[test]
fn hidden_addresses_without_a_relay_mean_no_connection_before_the_call() {
    let mut page = Page::online_with(hiding(&["stun:stun.example"]));
    let effects = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    assert_eq!(at_the_connection(&effects), Vec::<&PeerOp>::new());
    page.want(Command::Ring);
    let accepted = CallEvent::Accepted { by: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: accepted });
    assert!(matches!(at_the_connection(&effects)[..], [PeerOp::Open { relay_only: false, .. }, PeerOp::SetLocal, ..]));
}
