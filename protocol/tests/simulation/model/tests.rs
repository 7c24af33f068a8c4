//! The model against what the specifications say, case by case.

use protocol::message::{Candidate, SdpType};

use super::{Description, Direction, Error, Kind, PeerConnection, Signaling};

/// An allocator: three transceivers and data, as the product makes them.
fn allocator(id: u64) -> PeerConnection {
    let mut pc = PeerConnection::new(id);
    for kind in [Kind::Audio, Kind::Video, Kind::Video] {
        pc.add_transceiver(kind, Direction::SendRecv).expect("open");
    }
    pc.create_data_channel().expect("open");
    pc
}

fn other(id: u64) -> PeerConnection {
    let mut pc = PeerConnection::new(id);
    pc.create_data_channel().expect("open");
    pc
}

fn set_local(pc: &mut PeerConnection) -> Description {
    pc.set_local().expect("can be described").clone()
}

fn adopt(pc: &mut PeerConnection) {
    for index in 0..3 {
        pc.set_direction(index, Direction::SendRecv).expect("open");
    }
}

/// One exchange, begun by `a`.
fn exchange(a: &mut PeerConnection, b: &mut PeerConnection) {
    let offer = set_local(a);
    b.set_remote(offer).expect("fits");
    adopt(b);
    let answer = set_local(b);
    a.set_remote(answer).expect("fits");
}

fn directions(pc: &PeerConnection) -> Vec<Option<Direction>> {
    pc.transceivers.iter().map(|t| t.current).collect()
}

#[test]
fn one_allocator_gives_four_lines_and_three_transceivers() {
    let (mut a, mut b) = (allocator(1), other(2));
    assert!(a.update_negotiation_needed());
    assert!(b.update_negotiation_needed(), "a data channel alone needs negotiation too");
    exchange(&mut a, &mut b);
    for pc in [&mut a, &mut b] {
        assert_eq!(pc.signaling, Signaling::Stable);
        assert_eq!(pc.local().map(|d| d.lines.len()), Some(4));
        assert_eq!(directions(pc), [Some(Direction::SendRecv); 3]);
        assert!(!pc.update_negotiation_needed());
    }
}

#[test]
fn two_allocators_give_seven_lines() {
    let (mut a, mut b) = (allocator(1), allocator(2));
    exchange(&mut a, &mut b);
    assert!(b.update_negotiation_needed(), "its own transceivers are not associated");
    exchange(&mut b, &mut a);
    assert_eq!(a.local().map(|d| d.lines.len()), Some(7));
    assert_eq!(a.transceivers.len(), 6);
}

#[test]
fn not_adopted_means_receive_only() {
    let (mut a, mut b) = (allocator(1), other(2));
    b.set_remote(set_local(&mut a)).expect("fits");
    a.set_remote(set_local(&mut b)).expect("fits");
    assert_eq!(directions(&a), [Some(Direction::SendOnly); 3]);
    assert_eq!(directions(&b), [Some(Direction::RecvOnly); 3]);
    adopt(&mut b);
    assert!(b.update_negotiation_needed());
}

#[test]
fn an_offer_over_an_own_offer_rolls_it_back() {
    let (mut a, mut b) = (allocator(1), other(2));
    exchange(&mut a, &mut b);
    b.restart_ice();
    a.restart_ice();
    let (of_a, before) = (set_local(&mut a), b.current_local.clone());
    set_local(&mut b);
    b.set_remote(of_a).expect("rolls back");
    assert_eq!((b.rollbacks, b.signaling), (1, Signaling::HaveRemoteOffer));
    assert!(b.pending_local.is_none());
    let answer = set_local(&mut b);
    assert_ne!(before.map(|d| d.ufrag), Some(answer.ufrag.clone()));
    a.set_remote(answer).expect("fits");
    assert!(!a.update_negotiation_needed());
    assert!(!b.update_negotiation_needed(), "the other's restart was one for both");
}

#[test]
fn a_first_offer_rolled_back_gives_its_transceivers_free() {
    let (mut a, mut b) = (allocator(1), allocator(2));
    let of_a = set_local(&mut a);
    set_local(&mut b);
    b.set_remote(of_a).expect("rolls back");
    let free = b.transceivers.iter().filter(|t| t.mid.is_none()).count();
    assert_eq!((b.transceivers.len(), free), (6, 3));
}

#[test]
fn answers_fit_only_an_offer_of_their_own_lines() {
    let (mut a, mut b) = (allocator(1), other(2));
    let offer = set_local(&mut a);
    b.set_remote(offer.clone()).expect("fits");
    let answer = set_local(&mut b);
    assert_eq!(b.set_remote(answer.clone()), Err(Error::InvalidState));
    a.set_remote(answer.clone()).expect("fits");
    assert_eq!(a.set_remote(answer.clone()), Err(Error::InvalidState));
    a.add_transceiver(Kind::Audio, Direction::SendRecv).expect("open");
    set_local(&mut a);
    assert_eq!(a.set_remote(answer), Err(Error::InvalidAccess));
    let mut fresh = other(3);
    let lone = set_local(&mut fresh);
    assert_eq!(b.set_remote(lone), Err(Error::InvalidAccess), "an offer with fewer lines");
}

#[test]
fn candidates_are_bound_to_a_description_a_line_and_a_generation() {
    let (mut a, mut b) = (allocator(1), other(2));
    let candidate = |mid: &str, ufrag: &str| Candidate {
        candidate: "candidate:1".to_owned(),
        mid: Some(mid.to_owned()),
        line: None,
        ufrag: Some(ufrag.to_owned()),
    };
    let offer = set_local(&mut a);
    let (first, good) = (offer.ufrag.clone(), candidate("0", &offer.ufrag));
    assert_eq!(b.add_candidate(Some(&good)), Err(Error::InvalidState));
    assert_eq!(b.add_candidate(None), Err(Error::InvalidState));
    b.set_remote(offer).expect("fits");
    assert_eq!(b.add_candidate(Some(&good)), Ok(()));
    assert_eq!(b.add_candidate(None), Ok(()));
    assert_eq!(b.add_candidate(Some(&candidate("9", &first))), Err(Error::Operation));
    assert_eq!(b.add_candidate(Some(&candidate("0", "other"))), Err(Error::Operation));
    assert_eq!(b.candidates.get(&first), Some(&1));
    a.set_remote(set_local(&mut b)).expect("fits");
    a.restart_ice();
    exchange(&mut a, &mut b);
    assert_eq!(b.add_candidate(Some(&good)), Err(Error::Operation), "of the generation before");
}

#[test]
fn nothing_works_after_close() {
    let mut a = allocator(1);
    let offer = set_local(&mut a);
    a.close();
    assert_eq!(a.set_local().err(), Some(Error::InvalidState));
    assert_eq!(a.set_remote(offer), Err(Error::InvalidState));
    assert_eq!(a.add_candidate(None), Err(Error::InvalidState));
    assert!(!a.update_negotiation_needed());
}

#[test]
fn a_description_is_read_as_it_was_written() {
    let mut a = allocator(7);
    let offer = set_local(&mut a);
    let text = offer.encode();
    assert_eq!(text.lines().filter(|line| line.starts_with("m=")).count(), 4);
    assert_eq!(Description::decode(SdpType::Offer, &text), Some(offer));
    assert_eq!(Description::decode(SdpType::Offer, "v=0\nnonsense"), None);
}
