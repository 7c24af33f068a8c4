//! Whom allocations may send to. A relay inside a network must not become a way into it: what is private, or this machine, is
//! refused, and so are its neighbours; in every form in which an address can be written (RFC 8656 §21 leaves it to the server). Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of this machine and how many of its leading bits its subnet shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    pub(crate) address: IpAddr,
    pub(crate) prefix: u8,
}

impl Interface {
    /// Whether an address is in its subnet.
    pub(crate) fn reaches(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u8| {
            let rest = u32::from(width.saturating_sub(self.prefix));
            // A subnet of everything is no subnet.
            self.prefix > 0 && one >> rest == other >> rest
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

/// Who asks for a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    /// Where the client is, as seen from here.
    pub(crate) client: IpAddr,
    /// The address of its relay that others are told.
    pub(crate) told: IpAddr,
    /// The own address that it sends from.
    pub(crate) local: IpAddr,
}

/// Whether an allocation may send to an address outside of this server. Its own relays, which are reached without the network,
/// are not asked about here.
pub(crate) fn may_send(interfaces: &[Interface], asker: Asker, peer: IpAddr) -> bool {
    let peer = plain(peer);
    let own = |interface: &Interface| interface.address == peer;
    if never(peer) || peer == asker.told || interfaces.iter().any(own) {
        return false;
    }
    // A neighbour may have a public address and yet rely on the network's firewall, which a relay inside of it would get around.
    let neighbour = interfaces.iter().any(|interface| interface.reaches(peer));
    if !is_private(peer) && !neighbour {
        return true;
    }
    // Neighbours are for neighbours; private ones only where the server is itself known by a private address.
    let client = plain(asker.client);
    let shared = |interface: &Interface| {
        interface.address == asker.local && interface.reaches(peer) && interface.reaches(client) && !is_edge(interface, peer)
    };
    (!is_private(peer) || is_private(asker.told)) && interfaces.iter().any(shared)
}

/// The subnet's own address and its broadcast.
fn is_edge(interface: &Interface, peer: IpAddr) -> bool {
    let (IpAddr::V4(_), IpAddr::V4(peer)) = (interface.address, peer) else { return false };
    let hosts = u32::MAX.checked_shr(interface.prefix.into()).unwrap_or(0);
    hosts > 1 && (peer.to_bits() & hosts == 0 || peer.to_bits() & hosts == hosts)
}

/// An address of which an allocation may be: what others can be told.
pub(crate) fn can_be_told(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_unspecified() && !address.is_link_local() && !address.is_multicast(),
        IpAddr::V6(address) => {
            !address.is_unspecified() && !address.is_unicast_link_local() && !address.is_multicast() && !address.is_loopback()
        }
    }
}

/// An IPv4 address in one of its IPv6 dresses, undressed: mapped, compatible, translated (RFC 6052), 6to4 (RFC 3056).
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(address) = address else { return address };
    let segments = address.segments();
    let last = || Ipv4Addr::from((u32::from(segments[6]) << 16) | u32::from(segments[7])).into();
    match segments {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => last(),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => last(),
        [0x2002, high, low, ..] => Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)).into(),
        _ => address.into(),
    }
}

/// Refused whoever asks: this machine, this link, groups, nobody, and where clouds keep the secrets of their machines.
fn never(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let octets = address.octets();
            octets[0] == 0
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                // Reserved, and the broadcast.
                || octets[0] >= 240
                // Protocol assignments (RFC 6890), a metadata service among them, and another cloud's.
                || octets[..3] == [192, 0, 0]
                || octets == [168, 63, 129, 16]
                || octets == [100, 100, 100, 200]
        }
        IpAddr::V6(address) => {
            let segments = address.segments();
            address.is_unspecified()
                || address.is_loopback()
                || address.is_unicast_link_local()
                || address.is_multicast()
                // What was site-local, local translation (RFC 8215), Teredo, discarded.
                || segments[0] & 0xffc0 == 0xfec0
                || segments[..3] == [0x64, 0xff9b, 1]
                || segments[..2] == [0x2001, 0]
                || segments[..4] == [0x100, 0, 0, 0]
                || address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

/// Reached only from within a network: RFC 1918, RFC 6598 (shared), RFC 4193 (unique local).
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64,
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// A server with a public address, a private one, and IPv6 of both kinds.
    fn interfaces() -> Vec<Interface> {
        [("127.0.0.1", 8), ("203.0.113.5", 24), ("10.1.2.3", 24), ("2001:db8::5", 64), ("fd12:3456::5", 64)]
            .map(|(address, prefix)| Interface { address: ip(address), prefix })
            .to_vec()
    }

    fn public(peer: &str) -> bool {
        let asker = Asker { client: ip("198.51.100.7"), told: ip("203.0.113.5"), local: ip("203.0.113.5") };
        may_send(&interfaces(), asker, ip(peer))
    }

    #[test]
    fn whom_nobody_may_send_to() {
        for peer in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "169.254.169.254",
            "169.254.1.1",
            "fe80::1",
            "fec0::1",
            "224.0.0.1",
            "239.255.255.250",
            "ff02::1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.0.192",
            "168.63.129.16",
            "100.100.100.200",
            "fd00:ec2::254",
            "10.0.0.1",
            "10.1.2.9",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "fc00::1",
            "fd12:3456::9",
            // This machine, by each of its addresses.
            "203.0.113.5",
            "10.1.2.3",
            "2001:db8::5",
            // The same as IPv4 within IPv6.
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:10.0.0.1",
            "::ffff:203.0.113.5",
            "::ffff:0.0.0.0",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2001:0:7f00:1::",
            // Neighbours with public addresses.
            "203.0.113.6",
            "2001:db8::6",
        ] {
            assert!(!public(peer), "{peer}");
        }
        for peer in
            ["198.51.100.7", "8.8.8.8", "203.0.114.6", "172.32.0.1", "100.128.0.1", "2001:db8:1::6", "2a00::1", "::ffff:8.8.8.8"]
        {
            assert!(public(peer), "{peer}");
        }
    }

    #[test]
    fn a_server_known_by_a_private_address_serves_its_subnet_for_those_in_it() {
        let private = |client: &str, peer: &str| {
            may_send(&interfaces(), Asker { client: ip(client), told: ip("10.1.2.3"), local: ip("10.1.2.3") }, ip(peer))
        };
        assert!(private("10.1.2.50", "10.1.2.51"));
        assert!(private("10.1.2.50", "::ffff:10.1.2.51"));
        assert!(private("10.1.2.50", "198.51.100.7"));
        for peer in
            ["10.1.3.1", "192.168.1.1", "10.1.2.3", "10.1.2.0", "10.1.2.255", "127.0.0.1", "169.254.169.254", "fd12:3456::9"]
        {
            assert!(!private("10.1.2.50", peer), "{peer}");
        }
        assert!(!private("198.51.100.7", "10.1.2.51"), "for somebody outside it is no way in");
        let translated = Asker { client: ip("10.1.2.50"), told: ip("203.0.113.99"), local: ip("10.1.2.3") };
        assert!(!may_send(&interfaces(), translated, ip("10.1.2.51")), "known by a public address");
        assert!(!may_send(&interfaces(), translated, ip("203.0.113.99")), "its own public address");
    }

    #[test]
    fn neighbours_with_public_addresses_are_for_neighbours() {
        let of_neighbour = |peer: &str| {
            let asker = Asker { client: ip("203.0.113.50"), told: ip("203.0.113.5"), local: ip("203.0.113.5") };
            may_send(&interfaces(), asker, ip(peer))
        };
        assert!(of_neighbour("203.0.113.6"));
        assert!(!public("203.0.113.6"), "for others the network's firewall holds");
        assert!(!of_neighbour("203.0.113.255"));
        assert!(!of_neighbour("10.1.2.9"), "of another of the machine's networks");
    }

    #[test]
    fn what_nobody_may_reach_is_refused_to_neighbours_too() {
        let near = |own: &str, prefix: u8, client: &str, peer: &str| {
            let interfaces = [Interface { address: ip(own), prefix }];
            may_send(&interfaces, Asker { client: ip(client), told: ip(own), local: ip(own) }, ip(peer))
        };
        assert!(near("100.100.100.5", 24, "100.100.100.50", "100.100.100.201"));
        assert!(!near("100.100.100.5", 24, "100.100.100.50", "100.100.100.200"));
        assert!(near("fd00:ec2::5", 64, "fd00:ec2::50", "fd00:ec2::255"));
        assert!(!near("fd00:ec2::5", 64, "fd00:ec2::50", "fd00:ec2::254"));
        assert!(!near("127.0.0.1", 8, "127.0.0.1", "127.0.0.9"));
        assert!(!public("100::1"), "discarded, wherever one asks from");
    }

    #[test]
    fn the_machine_itself_is_refused_to_neighbours_by_each_of_its_addresses() {
        let interfaces = ["10.1.2.3", "10.1.2.4", "10.5.0.3"].map(|address| Interface { address: ip(address), prefix: 24 });
        let sends = |client: &str, told: &str, peer: &str| {
            may_send(&interfaces, Asker { client: ip(client), told: ip(told), local: ip("10.1.2.3") }, ip(peer))
        };
        assert!(sends("10.1.2.50", "10.1.2.3", "10.1.2.51"));
        assert!(!sends("10.1.2.50", "10.1.2.3", "10.1.2.4"), "another of its own");
        assert!(!sends("10.1.2.50", "10.9.9.9", "10.1.2.3"), "its own, though it is known by another");
        assert!(!sends("198.51.100.7", "192.0.2.77", "192.0.2.77"), "the one it is known by");
        assert!(!sends("10.5.0.50", "10.1.2.3", "10.5.0.51"), "out of one of its networks into another");
    }

    #[test]
    fn what_others_cannot_reach_is_not_told() {
        for address in ["0.0.0.0", "169.254.1.1", "224.0.0.1", "::", "::1", "fe80::1"] {
            assert!(!can_be_told(ip(address)), "{address}");
        }
        for address in ["127.0.0.1", "10.0.0.1", "203.0.113.5", "fd00::1", "2001:db8::1"] {
            assert!(can_be_told(ip(address)), "{address}");
        }
    }
}
