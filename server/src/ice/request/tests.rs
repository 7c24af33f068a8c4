//! Clients of a table without sockets: what they ask for and what they get.

use std::net::IpAddr;

use protocol::id::ParticipantId;
use stun_types::{
    attribute::Fingerprint,
    message::{IntegrityAlgorithm, MessageWriteVec, Method, TransactionId},
    prelude::{AttributeWrite, MessageWrite as _, MessageWriteExt as _},
};
use turn_types::attribute::{EvenPort, ReservationToken, XorRelayedAddress};

use super::*;
use crate::ice::{
    allocation::Via,
    credentials::{Credential, Credentials},
    peers::Interface,
    quota::Quota,
    table::{Setup, Way},
};

mod asking;
mod relaying;

const WALL: Millis = 1_800_000_000_000;
const SERVER: &str = "203.0.113.5";

/// Ports that are only numbers.
struct Numbers(u16);

impl Ports for Numbers {
    type Port = u16;

    fn open(&mut self, _: usize, _: IpAddr, even: bool) -> Option<(u16, u16)> {
        self.0 += if even { 2 - self.0 % 2 } else { 1 };
        (self.0 < 60_000).then_some((self.0, self.0))
    }
}

struct Server {
    table: Table<u16>,
    ports: Numbers,
    credentials: Credentials,
    now: Now,
}

/// Somebody's browser: an address, a credential, the server's last nonce.
#[derive(Clone)]
struct Page {
    client: Client,
    credential: Credential,
    nonce: String,
}

/// An answer: a success, or the code of an error.
type Answered = Result<Vec<u8>, u16>;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address and port")
}

impl Server {
    fn start() -> Self {
        Self::with(&[("127.0.0.1", 8), (SERVER, 24), ("10.0.0.5", 24)], 3, 5)
    }

    fn with(interfaces: &[(&str, u8)], allocations: u16, most: usize) -> Self {
        let interfaces = interfaces.iter().map(|(address, prefix)| Interface { address: ip(address), prefix: *prefix }).collect();
        let credentials = Credentials::new(b"secret");
        let setup = Setup { quota: Quota::new(allocations, 1), most, public: Vec::new(), nonce_key: [7; 32] };
        let table = Table::new(setup, credentials.clone(), interfaces);
        Self { table, ports: Numbers(50_000), credentials, now: Now { running: 10_000, wall: WALL } }
    }

    fn later(&mut self, by: Millis) {
        self.now = Now { running: self.now.running + by, wall: self.now.wall + by };
        self.table.sweep(self.now.running);
    }

    /// A page of a participant, at a port of its own.
    fn page(&self, participant: u64, remote: &str) -> Page {
        self.page_at(participant, remote, SERVER)
    }

    fn page_at(&self, participant: u64, remote: &str, local: &str) -> Page {
        let credential = self.credentials.issue(ParticipantId::new(participant), self.now.wall);
        Page { client: Client { via: Via::Udp(0), remote: at(remote), local: ip(local) }, credential, nonce: String::new() }
    }

    fn raw(&mut self, client: &Client, bytes: &[u8]) -> Option<Vec<u8>> {
        match self.table.message(&mut self.ports, bytes, client, self.now) {
            Outcome::Answer(answer) => Some(answer),
            Outcome::Send { .. } | Outcome::Nothing => None,
        }
    }

    /// One request with the page's credential.
    fn signed(&mut self, page: &Page, method: Method, transaction: u128, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        let request = request(page, method, transaction, attributes, &self.credentials.key(&page.credential.username));
        self.raw(&page.client, &request).expect("an answer")
    }

    /// The same, by a page that takes a new nonce when told to.
    fn ask(&mut self, page: &mut Page, method: Method, attributes: &[&dyn AttributeWrite]) -> Answered {
        let answer = self.signed(page, method, 1, attributes);
        let read = Message::from_bytes(&answer).expect("a message");
        match read.attribute::<ErrorCode>().map(|error| error.code()) {
            Ok(ErrorCode::STALE_NONCE) => {
                page.nonce = read.attribute::<Nonce>().expect("a new nonce").nonce().to_owned();
                self.ask(page, method, attributes)
            }
            Ok(code) => Err(code),
            Err(_) => {
                read.validate_integrity_with_key(&self.credentials.key(&page.credential.username)).expect("signed for the asker");
                Ok(answer)
            }
        }
    }

    fn allocate(&mut self, page: &mut Page) -> Result<SocketAddr, u16> {
        self.ask(page, ALLOCATE, &[&udp()]).map(|answer| relayed(&answer)[0])
    }

    fn permit(&mut self, page: &mut Page, peer: &str) -> Result<(), u16> {
        let peer = XorPeerAddress::new(at(peer), 1.into());
        self.ask(page, CREATE_PERMISSION, &[&peer]).map(|_| ())
    }

    fn bind(&mut self, page: &mut Page, number: u16, peer: SocketAddr) -> Result<(), u16> {
        let (number, peer) = (ChannelNumber::new(number), XorPeerAddress::new(peer, 1.into()));
        self.ask(page, CHANNEL_BIND, &[&number, &peer]).map(|_| ())
    }

    fn refresh(&mut self, page: &mut Page, seconds: u32) -> Result<(), u16> {
        self.ask(page, REFRESH, &[&Lifetime::new(seconds)]).map(|_| ())
    }
}

fn udp() -> RequestedTransport {
    RequestedTransport::new(RequestedTransport::UDP)
}

fn request(page: &Page, method: Method, transaction: u128, attributes: &[&dyn AttributeWrite], key: &IntegrityKey) -> Vec<u8> {
    let mut request = unsigned(method, transaction, attributes);
    for attribute in [
        &Username::new(&page.credential.username).expect("short") as &dyn AttributeWrite,
        &Realm::new(REALM).expect("short"),
        &Nonce::new(&page.nonce).expect("short"),
    ] {
        request.add_attribute(attribute).expect("each once");
    }
    request.add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1).expect("the one signature");
    request.add_fingerprint().expect("the last");
    request.finish()
}

fn unsigned(method: Method, transaction: u128, attributes: &[&dyn AttributeWrite]) -> MessageWriteVec {
    use stun_types::message::MessageType;
    let kind = MessageType::from_class_method(MessageClass::Request, method);
    let mut request = Message::builder(kind, TransactionId::from(transaction), MessageWriteVec::new());
    for attribute in attributes {
        request.add_attribute(*attribute).expect("each once");
    }
    request
}

fn relayed(answer: &[u8]) -> Vec<SocketAddr> {
    let read = Message::from_bytes(answer).expect("a message");
    let relayed = (0..2).map_while(|n| read.nth_attribute::<XorRelayedAddress>(n).ok());
    relayed.map(|address| address.addr(read.transaction_id())).collect()
}
