//! What clients ask for (RFC 8489, RFC 8656): each request is judged and answered here; `allocate` has the longest of them. Pure.

mod allocate;

use std::net::SocketAddr;

use protocol::Millis;
use stun_types::{
    attribute::{
        AttributeType, ErrorCode, MessageIntegrity, MessageIntegritySha256, Nonce, PasswordAlgorithm, PasswordAlgorithms, Realm,
        Username,
    },
    message::{BINDING, IntegrityKey, Message, MessageClass},
    prelude::{Attribute as _, AttributeFromRaw as _, AttributeStaticType as _},
};
use turn_types::{
    AddressFamily,
    attribute::{
        AdditionalAddressFamily, ChannelNumber, Data, DontFragment, EvenPort, Lifetime, RequestedAddressFamily,
        RequestedTransport, XorPeerAddress,
    },
    message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND},
};

use super::{
    allocation::{ChannelError, Client, MOST},
    answer::{self, Answer},
    credentials::{REALM, holder},
    table::{Now, Ports, Table, Target},
};

/// How long an allocation lives unless it is refreshed: what is given if nothing is asked for, and the most (RFC 8656 §7.2).
const LIFETIME: u32 = 600;
const LIFETIME_MAX: u32 = 3600;
/// The numbers of channels: RFC 8656 §12, and those that RFC 5766 allowed besides.
const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x7ffe;
/// What every request may hold.
const EVERYWHERE: [AttributeType; 7] = [
    Username::TYPE,
    Realm::TYPE,
    Nonce::TYPE,
    MessageIntegrity::TYPE,
    MessageIntegritySha256::TYPE,
    PasswordAlgorithm::TYPE,
    PasswordAlgorithms::TYPE,
];

/// What comes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    /// The client gets this.
    Answer(Vec<u8>),
    /// These bytes go on to a peer, if it is allowed.
    Send {
        to: SocketAddr,
        bytes: &'a [u8],
    },
    Nothing,
}

/// One who has shown that the credential is known.
struct Known {
    username: String,
    key: IntegrityKey,
    /// The allocation of the five-tuple.
    allocation: Option<usize>,
}

impl<P> Table<P> {
    /// Judges what a client sent: one STUN message.
    pub(crate) fn message<'a>(
        &mut self,
        ports: &mut impl Ports<Port = P>,
        bytes: &'a [u8],
        client: &Client,
        now: Now,
    ) -> Outcome<'a> {
        let Ok(message) = Message::from_bytes(bytes) else { return Outcome::Nothing };
        match (message.class(), message.method()) {
            (MessageClass::Indication, SEND) => sent(&message, bytes),
            (MessageClass::Request, BINDING) if self.may_answer(client, now) => {
                let unknown = not_understood(&message, &[]);
                if unknown.is_empty() {
                    Outcome::Answer(answer::binding(&message, client.remote))
                } else {
                    Outcome::Answer(answer::not_understood(&message, &unknown, None))
                }
            }
            (MessageClass::Request, ALLOCATE | REFRESH | CREATE_PERMISSION | CHANNEL_BIND) => {
                let stranger = !self.knows(client);
                // To look at a credential is work, so a spent address is not even refused.
                if stranger && !self.might_answer(client, now) {
                    return Outcome::Nothing;
                }
                let known = match self.known(&message, client, now) {
                    Ok(known) => known,
                    Err(refusal) if self.may_answer(client, now) => return Outcome::Answer(refusal),
                    Err(_) => return Outcome::Nothing,
                };
                let key = known.key.clone();
                let answer = self.known_request(ports, &message, client, known, now);
                if stranger && !self.knows(client) {
                    self.may_answer(client, now);
                }
                Outcome::Answer(answer.unwrap_or_else(|code| Answer::refusal(&message, code).signed(&key)))
            }
            _ => Outcome::Nothing,
        }
    }

    /// Who asks (RFC 8489 §9.2.4), else how that is refused.
    fn known(&self, request: &Message<'_>, client: &Client, now: Now) -> Result<Known, Vec<u8>> {
        let from = client.remote.ip();
        let challenge = |code| answer::challenge(request, code, &self.nonces, from, now);
        if !request.has_attribute(MessageIntegrity::TYPE) && !request.has_attribute(MessageIntegritySha256::TYPE) {
            return Err(challenge(ErrorCode::UNAUTHORIZED));
        }
        let (Ok(username), Ok(realm), Ok(nonce)) =
            (request.attribute::<Username>(), request.attribute::<Realm>(), request.attribute::<Nonce>())
        else {
            return Err(Answer::refusal(request, ErrorCode::BAD_REQUEST).plain());
        };
        let username = username.username();
        let allocation = self.by_client.get(client).and_then(|number| Some((*number, self.all.get(*number)?)));
        let key = match allocation {
            Some((_, allocation)) if allocation.username == username => allocation.key.clone(),
            _ => self.credentials.key(username),
        };
        if realm.realm() != REALM || request.validate_integrity_with_key(&key).is_err() {
            return Err(challenge(ErrorCode::UNAUTHORIZED));
        }
        if !self.nonces.is_good(nonce.nonce(), from, now.running) {
            return Err(challenge(ErrorCode::STALE_NONCE));
        }
        let ended = || holder(username).is_none_or(|holder| now.wall / 1000 >= holder.expiry);
        match allocation {
            Some((_, allocation)) if allocation.username != username => {
                Err(Answer::refusal(request, ErrorCode::WRONG_CREDENTIALS).signed(&key))
            }
            // Only what begins is refused; see `credentials::LIFETIME`.
            None if request.method() == ALLOCATE && ended() => Err(challenge(ErrorCode::UNAUTHORIZED)),
            _ => Ok(Known { username: username.to_owned(), key, allocation: allocation.map(|(number, _)| number) }),
        }
    }

    /// The answer to one who is known, or the code of an error.
    fn known_request(
        &mut self,
        ports: &mut impl Ports<Port = P>,
        request: &Message<'_>,
        client: &Client,
        known: Known,
        now: Now,
    ) -> Result<Vec<u8>, u16> {
        let own: &[AttributeType] = match request.method() {
            ALLOCATE => &[
                RequestedTransport::TYPE,
                Lifetime::TYPE,
                DontFragment::TYPE,
                EvenPort::TYPE,
                RequestedAddressFamily::TYPE,
                AdditionalAddressFamily::TYPE,
            ],
            REFRESH => &[Lifetime::TYPE, RequestedAddressFamily::TYPE],
            CREATE_PERMISSION => &[XorPeerAddress::TYPE],
            _ => &[XorPeerAddress::TYPE, ChannelNumber::TYPE],
        };
        let unknown = not_understood(request, own);
        if !unknown.is_empty() {
            return Ok(answer::not_understood(request, &unknown, Some(&known.key)));
        }
        if request.method() == ALLOCATE {
            return self.allocate(ports, request, client, known, now);
        }
        let allocation = known.allocation.ok_or(ErrorCode::ALLOCATION_MISMATCH)?;
        match request.method() {
            REFRESH => self.refresh(request, allocation, &known.key, now.running),
            CREATE_PERMISSION => self.permit(request, allocation, &known.key, now.running),
            _ => self.bind(request, allocation, &known.key, now.running),
        }
    }

    /// Refresh (RFC 8656 §8).
    fn refresh(&mut self, request: &Message<'_>, allocation: usize, key: &IntegrityKey, now: Millis) -> Result<Vec<u8>, u16> {
        let family = match request.attribute::<RequestedAddressFamily>() {
            Ok(family) => Some(family.family() == AddressFamily::IPV4),
            Err(_) if request.has_attribute(RequestedAddressFamily::TYPE) => return Err(ErrorCode::BAD_REQUEST),
            Err(_) => None,
        };
        let found = self.all.get_mut(allocation).ok_or(ErrorCode::ALLOCATION_MISMATCH)?;
        if family.is_some_and(|ipv4| found.relays.iter().all(|relay| relay.told.is_ipv4() != ipv4)) {
            return Err(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH);
        }
        let seconds = lifetime(request);
        if seconds == 0 {
            self.end(allocation, |relay| family.is_none_or(|ipv4| relay.told.is_ipv4() == ipv4), now);
        } else {
            found.until = now + Millis::from(seconds) * 1000;
        }
        Ok(Answer::success(request).with(&Lifetime::new(seconds)).signed(key))
    }

    /// CreatePermission (RFC 8656 §10): all that is asked for, or nothing.
    fn permit(&mut self, request: &Message<'_>, allocation: usize, key: &IntegrityKey, now: Millis) -> Result<Vec<u8>, u16> {
        let peers = request.iter_attributes().filter(|(_, attribute)| attribute.get_type() == XorPeerAddress::TYPE);
        let peers: Result<Vec<_>, _> = peers.take(MOST + 1).map(|(_, attribute)| XorPeerAddress::from_raw(attribute)).collect();
        let peers = peers.map_err(|_| ErrorCode::BAD_REQUEST)?;
        // More could not all be let in, and each costs a look through those that are.
        if peers.is_empty() || peers.len() > MOST {
            return Err(ErrorCode::BAD_REQUEST);
        }
        let peers: Result<Vec<_>, _> = peers
            .into_iter()
            .map(|peer| peer.addr(request.transaction_id()))
            .map(|peer| self.allowed(allocation, peer).map(|outside| (peer, outside)))
            .collect();
        let found = self.all.get_mut(allocation).ok_or(ErrorCode::ALLOCATION_MISMATCH)?;
        for (peer, outside) in peers? {
            if !found.permit(peer.ip(), outside, now) {
                return Err(ErrorCode::INSUFFICIENT_CAPACITY);
            }
        }
        Ok(Answer::success(request).signed(key))
    }

    /// ChannelBind (RFC 8656 §12).
    fn bind(&mut self, request: &Message<'_>, allocation: usize, key: &IntegrityKey, now: Millis) -> Result<Vec<u8>, u16> {
        let (Ok(number), Ok(peer)) = (request.attribute::<ChannelNumber>(), request.attribute::<XorPeerAddress>()) else {
            return Err(ErrorCode::BAD_REQUEST);
        };
        let (number, peer) = (number.channel(), peer.addr(request.transaction_id()));
        if !CHANNELS.contains(&number) || peer.port() == 0 {
            return Err(ErrorCode::BAD_REQUEST);
        }
        let outside = self.allowed(allocation, peer)?;
        let found = self.all.get_mut(allocation).ok_or(ErrorCode::ALLOCATION_MISMATCH)?;
        found.bind(number, peer, now).map_err(|error| match error {
            ChannelError::Taken => ErrorCode::BAD_REQUEST,
            ChannelError::Full => ErrorCode::INSUFFICIENT_CAPACITY,
        })?;
        if !found.permit(peer.ip(), outside, now) {
            return Err(ErrorCode::INSUFFICIENT_CAPACITY);
        }
        Ok(Answer::success(request).signed(key))
    }

    fn allowed(&self, allocation: usize, peer: SocketAddr) -> Result<bool, u16> {
        let found = self.all.get(allocation).ok_or(ErrorCode::ALLOCATION_MISMATCH)?;
        if found.relay(peer.ip()).is_none() {
            return Err(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH);
        }
        self.judge(found, peer).ok_or(ErrorCode::FORBIDDEN)
    }
}

/// Seconds to live that are given for those asked for.
fn lifetime(request: &Message<'_>) -> u32 {
    match request.attribute::<Lifetime>().map(|lifetime| lifetime.seconds()) {
        Ok(0) => 0,
        Ok(seconds) => seconds.clamp(LIFETIME, LIFETIME_MAX),
        Err(_) => LIFETIME,
    }
}

/// A Send indication (RFC 8656 §11): never answered.
fn sent<'a>(message: &Message<'a>, whole: &'a [u8]) -> Outcome<'a> {
    if !not_understood(message, &[XorPeerAddress::TYPE, Data::TYPE, DontFragment::TYPE]).is_empty() {
        return Outcome::Nothing;
    }
    let found = (message.attribute::<XorPeerAddress>(), message.raw_attribute_and_offset(Data::TYPE));
    let (Ok(peer), Some((offset, data))) = found else { return Outcome::Nothing };
    let start = offset + 4;
    match whole.get(start..start + data.value.len()) {
        Some(bytes) => Outcome::Send { to: peer.addr(message.transaction_id()), bytes },
        None => Outcome::Nothing,
    }
}

/// Attributes that one would have to understand (RFC 8489 §14), beyond those in `understood`.
fn not_understood(message: &Message<'_>, understood: &[AttributeType]) -> Vec<AttributeType> {
    let types = message.iter_attributes().map(|(_, attribute)| attribute.get_type());
    types.filter(|it| it.comprehension_required() && !understood.contains(it) && !EVERYWHERE.contains(it)).collect()
}

impl From<SocketAddr> for Target {
    fn from(peer: SocketAddr) -> Self {
        Self::Peer(peer)
    }
}

#[cfg(test)]
mod tests;
