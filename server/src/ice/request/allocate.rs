//! Allocate (RFC 8656 §7): a relay of the family asked for, or one of each.

use std::net::IpAddr;

use protocol::Millis;
use stun_types::{
    attribute::{ErrorCode, XorMappedAddress},
    message::Message,
    prelude::AttributeStaticType as _,
};
use turn_types::{
    AddressFamily,
    attribute::{
        AdditionalAddressFamily, AddressErrorCode, EvenPort, Lifetime, RequestedAddressFamily, RequestedTransport,
        XorRelayedAddress,
    },
};

use super::{
    super::{
        allocation::{Allocation, Client},
        answer::Answer,
        credentials,
        peers::{can_be_told, is_private},
        table::{Now, Ports, Table},
    },
    Known, lifetime,
};
use crate::shares::Lack;

impl<P> Table<P> {
    pub(super) fn allocate(
        &mut self,
        ports: &mut impl Ports<Port = P>,
        request: &Message<'_>,
        client: &Client,
        known: Known,
        now: Now,
    ) -> Result<Vec<u8>, u16> {
        if let Some(found) = known.allocation.and_then(|number| self.all.get(number)) {
            // Its answer was lost on the way: it is asked for again (RFC 8656 §7.2).
            let again = found.transaction == request.transaction_id();
            return if again { Ok(made(request, found, now.running)) } else { Err(ErrorCode::ALLOCATION_MISMATCH) };
        }
        let holder = credentials::holder(&known.username).ok_or(ErrorCode::UNAUTHORIZED)?;
        let transport = request.attribute::<RequestedTransport>().map_err(|_| ErrorCode::BAD_REQUEST)?;
        if transport.protocol() != RequestedTransport::UDP {
            return Err(ErrorCode::UNSUPPORTED_TRANSPORT_PROTOCOL);
        }
        let even = match request.attribute::<EvenPort>() {
            // The port after it cannot be kept for another allocation.
            Ok(even) if even.requested() => return Err(ErrorCode::INSUFFICIENT_CAPACITY),
            even => even.is_ok(),
        };
        let (asked, both) = families(request)?;
        // IPv4 unless something else is asked for; where there is none, what the client itself speaks is better than nothing.
        let ipv4 = asked.unwrap_or_else(|| client.local.is_ipv4() || self.local(client, true).is_some());
        let first = self.local(client, ipv4).ok_or(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED)?;
        let account = self.charge(holder.participant, client.remote.ip(), now.running).map_err(|lack| match lack {
            Lack::All => ErrorCode::INSUFFICIENT_CAPACITY,
            Lack::Address => ErrorCode::ALLOCATION_QUOTA_REACHED,
        })?;
        let lifetime = lifetime(request).max(super::LIFETIME);
        let until = now.running + Millis::from(lifetime) * 1000;
        let signed = (known.username, known.key.clone());
        let made_of = Allocation::new(*client, signed, account, request.transaction_id(), until);
        let number = self.all.insert(made_of);
        self.by_client.insert(*client, number);
        if !self.add_relay(ports, number, first, even) {
            self.end(number, |_| true, now.running);
            return Err(ErrorCode::INSUFFICIENT_CAPACITY);
        }
        if both && let Some(second) = self.local(client, !ipv4) {
            self.add_relay(ports, number, second, even);
        }
        let found = self.all.get(number).ok_or(ErrorCode::SERVER_ERROR)?;
        if both && found.relays.len() < 2 {
            return Ok(half(request, found, now.running));
        }
        Ok(made(request, found, now.running))
    }

    /// The own address for a relay of a family: the one the client came to, else the best there is.
    fn local(&self, client: &Client, ipv4: bool) -> Option<IpAddr> {
        let fits = |address: &IpAddr| address.is_ipv4() == ipv4 && can_be_told(*address);
        if fits(&client.local) || client.local.is_ipv4() == ipv4 && client.local.is_loopback() {
            return Some(client.local);
        }
        let own = self.interfaces.iter().map(|interface| interface.address);
        own.filter(|address| fits(address) && !address.is_loopback()).min_by_key(|address| is_private(*address))
    }
}

/// The family asked for (whether IPv4), and whether the other is wanted too (RFC 8656 §7.1).
fn families(request: &Message<'_>) -> Result<(Option<bool>, bool), u16> {
    let has = (request.has_attribute(RequestedAddressFamily::TYPE), request.has_attribute(AdditionalAddressFamily::TYPE));
    match has {
        (true, true) => Err(ErrorCode::BAD_REQUEST),
        (true, false) => match request.attribute::<RequestedAddressFamily>() {
            Ok(family) => Ok((Some(family.family() == AddressFamily::IPV4), false)),
            Err(_) => Err(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED),
        },
        (false, true) => match request.attribute::<AdditionalAddressFamily>() {
            Ok(family) if family.family() == AddressFamily::IPV6 => Ok((Some(true), true)),
            _ => Err(ErrorCode::BAD_REQUEST),
        },
        (false, false) => Ok((None, false)),
    }
}

/// What was allocated.
fn answer<'a, P>(request: &'a Message<'a>, allocation: &Allocation<P>, now: Millis) -> Answer<'a> {
    let transaction = request.transaction_id();
    let seconds = u32::try_from(allocation.until.saturating_sub(now) / 1000).unwrap_or(u32::MAX);
    let mut answer = Answer::success(request);
    for relay in &allocation.relays {
        answer = answer.with(&XorRelayedAddress::new(relay.told, transaction));
    }
    answer.with(&Lifetime::new(seconds)).with(&XorMappedAddress::new(allocation.client.remote, transaction))
}

fn made<P>(request: &Message<'_>, allocation: &Allocation<P>, now: Millis) -> Vec<u8> {
    answer(request, allocation, now).signed(&allocation.key)
}

/// Only the first of two families was to be had.
fn half<P>(request: &Message<'_>, allocation: &Allocation<P>, now: Millis) -> Vec<u8> {
    let code = ErrorCode::builder(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED).build().expect("a code between 300 and 699");
    let error = AddressErrorCode::new(AddressFamily::IPV6, code);
    answer(request, allocation, now).with(&error).signed(&allocation.key)
}
