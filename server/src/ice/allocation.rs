//! One allocation (RFC 8656 §3.2): whose it is, its relays, whom it may hear and its channels. Pure; time is a parameter.

use std::net::{IpAddr, SocketAddr};

use protocol::Millis;
use stun_types::message::{IntegrityKey, TransactionId};

use super::quota::Charged;

/// How long a permission holds (RFC 8656 §9).
const PERMISSION: Millis = 300_000;
/// How long a channel holds (RFC 8656 §12).
const CHANNEL: Millis = 600_000;
/// How many permissions, and how many channels, an allocation has at the most: a browser needs one for each candidate it tries.
pub(crate) const MOST: usize = 128;

/// Through what a client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Via {
    /// Which of the sockets.
    Udp(usize),
    /// Which connection.
    Tcp(u64),
}

/// A client by its five-tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    pub(crate) via: Via,
    pub(crate) remote: SocketAddr,
    /// The own address that it came to.
    pub(crate) local: IpAddr,
}

/// A relayed transport address.
#[derive(Debug)]
pub(crate) struct Relay<P> {
    /// What others are told.
    pub(crate) told: SocketAddr,
    /// The own address that its port is open on.
    pub(crate) local: IpAddr,
    pub(crate) port: P,
}

/// Somebody an allocation may send to and hear.
#[derive(Clone, Copy, Debug)]
struct Permission {
    peer: IpAddr,
    /// Somebody out there. Else it is this server itself: only its relays are meant.
    outside: bool,
    until: Millis,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    until: Millis,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Allocation<P> {
    pub(crate) client: Client,
    pub(crate) username: String,
    /// What its messages are signed with.
    pub(crate) key: IntegrityKey,
    pub(crate) account: Charged,
    /// The request that made it; asked again it is answered again.
    pub(crate) transaction: TransactionId,
    pub(crate) until: Millis,
    /// One of a family, at the most.
    pub(crate) relays: Vec<Relay<P>>,
    permissions: Vec<Permission>,
    channels: Vec<Channel>,
}

/// Why a channel is not bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChannelError {
    /// The number has another peer, or the peer another number.
    Taken,
    /// There are too many.
    Full,
}

impl<P> Allocation<P> {
    pub(crate) fn new(
        client: Client,
        (username, key): (String, IntegrityKey),
        account: Charged,
        transaction: TransactionId,
        until: Millis,
    ) -> Self {
        let (relays, permissions, channels) = (Vec::new(), Vec::new(), Vec::new());
        Self { client, username, key, account, transaction, until, relays, permissions, channels }
    }

    /// The relay for peers of this family.
    pub(crate) fn relay(&self, peer: IpAddr) -> Option<&Relay<P>> {
        self.relays.iter().find(|relay| relay.told.is_ipv4() == peer.is_ipv4())
    }

    /// Lets a peer in for some time. `false`: there are too many.
    pub(crate) fn permit(&mut self, peer: IpAddr, outside: bool, now: Millis) -> bool {
        let until = now + PERMISSION;
        if let Some(known) = self.permissions.iter_mut().find(|permission| permission.peer == peer) {
            *known = Permission { peer, outside, until };
            return true;
        }
        self.permissions.retain(|permission| now < permission.until);
        let fits = self.permissions.len() < MOST;
        if fits {
            self.permissions.push(Permission { peer, outside, until });
        }
        fits
    }

    /// Whether it may send to a peer and hear it: `Some(true)`: one out there, `Some(false)`: a relay of this server.
    pub(crate) fn permits(&self, peer: IpAddr, now: Millis) -> Option<bool> {
        self.permissions.iter().find(|permission| permission.peer == peer && now < permission.until).map(|it| it.outside)
    }

    /// Binds a channel, or binds it again, for some time.
    pub(crate) fn bind(&mut self, number: u16, peer: SocketAddr, now: Millis) -> Result<(), ChannelError> {
        self.channels.retain(|channel| now < channel.until);
        let until = now + CHANNEL;
        for channel in &mut self.channels {
            match (channel.number == number, channel.peer == peer) {
                (true, true) => {
                    channel.until = until;
                    return Ok(());
                }
                (false, false) => {}
                _ => return Err(ChannelError::Taken),
            }
        }
        if self.channels.len() >= MOST {
            return Err(ChannelError::Full);
        }
        self.channels.push(Channel { number, peer, until });
        Ok(())
    }

    /// The peer of a channel.
    pub(crate) fn peer(&self, number: u16, now: Millis) -> Option<SocketAddr> {
        self.channels.iter().find(|channel| channel.number == number && now < channel.until).map(|channel| channel.peer)
    }

    /// The channel to a peer.
    pub(crate) fn channel(&self, peer: SocketAddr, now: Millis) -> Option<u16> {
        self.channels.iter().find(|channel| channel.peer == peer && now < channel.until).map(|channel| channel.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ice::{
        credentials::Credentials,
        quota::{Accounts, Quota},
    };

    fn allocation() -> Allocation<()> {
        let client = Client {
            via: Via::Udp(0),
            remote: SocketAddr::from(([198, 51, 100, 7], 4000)),
            local: IpAddr::from([203, 0, 113, 5]),
        };
        let held = || Accounts::new(Quota::new(1, 1).rate).take(1, 1, 0).expect("the first");
        let account = Charged { participant: held(), network: held() };
        let username = "1:0000000000000001".to_owned();
        let key = Credentials::new(b"secret").key(&username);
        Allocation::new(client, (username, key), account, TransactionId::from(1), 600_000)
    }

    #[test]
    fn permissions_end_and_are_renewed() {
        let (mut allocation, peer) = (allocation(), IpAddr::from([198, 51, 100, 9]));
        assert_eq!(allocation.permits(peer, 0), None);
        assert!(allocation.permit(peer, true, 0));
        assert_eq!(allocation.permits(peer, 299_999), Some(true));
        assert_eq!(allocation.permits(peer, 300_000), None);
        assert!(allocation.permit(peer, true, 200_000));
        assert_eq!(allocation.permits(peer, 300_000), Some(true));
        assert!(allocation.permit(IpAddr::from([203, 0, 113, 5]), false, 0));
        assert_eq!(allocation.permits(IpAddr::from([203, 0, 113, 5]), 0), Some(false));
    }

    #[test]
    fn a_channel_has_one_peer_and_a_peer_one_channel() {
        let mut allocation = allocation();
        let peers = [1, 2].map(|port| SocketAddr::from(([198, 51, 100, 9], port)));
        assert_eq!(allocation.bind(0x4000, peers[0], 0), Ok(()));
        assert_eq!(allocation.bind(0x4000, peers[1], 0), Err(ChannelError::Taken));
        assert_eq!(allocation.bind(0x4001, peers[0], 0), Err(ChannelError::Taken));
        assert_eq!(allocation.bind(0x4001, peers[1], 0), Ok(()));
        assert_eq!(allocation.bind(0x4000, peers[0], 500_000), Ok(()), "bound again");
        assert_eq!(allocation.peer(0x4000, 700_000), Some(peers[0]));
        assert_eq!(allocation.peer(0x4001, 700_000), None, "it has ended");
        assert_eq!(allocation.channel(peers[0], 700_000), Some(0x4000));
        assert_eq!(allocation.bind(0x4001, peers[1], 700_000), Ok(()));
    }

    #[test]
    fn neither_grows_without_bound() {
        let mut allocation = allocation();
        for host in 0..1_000_u16 {
            let peer = IpAddr::from([198, 51, (host >> 8).to_be_bytes()[1], host.to_be_bytes()[1]]);
            assert_eq!(allocation.permit(peer, true, 0), host < 128);
            assert_eq!(allocation.bind(0x4000 + host, (peer, 1).into(), 0).is_ok(), host < 128);
        }
        assert!(allocation.permit(IpAddr::from([192, 0, 2, 1]), true, 300_000), "the old ones have ended");
    }
}
