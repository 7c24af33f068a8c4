//! This machine's addresses, as the system tells them.

use std::net::{IpAddr, SocketAddr};

use if_addrs::IfAddr;

use super::peers::{Interface, is_private};

/// All of them, now. None if the system does not say.
pub(crate) fn here() -> Vec<Interface> {
    let known = if_addrs::get_if_addrs().inspect_err(|error| tracing::warn!(%error, "the system does not tell its addresses"));
    let interface = |interface: if_addrs::Interface| match interface.addr {
        IfAddr::V4(it) => Interface { address: it.ip.into(), prefix: it.prefixlen },
        IfAddr::V6(it) => Interface { address: it.ip.into(), prefix: it.prefixlen },
    };
    known.unwrap_or_default().into_iter().map(interface).collect()
}

/// The subnets into which a server that listens there relays, because it is known by a private address.
pub(crate) fn shared(interfaces: &[Interface], listening: &[SocketAddr], public: &[IpAddr]) -> Vec<String> {
    let listens = |address: IpAddr| {
        let same_family = |it: &&SocketAddr| it.is_ipv4() == address.is_ipv4();
        listening.iter().filter(same_family).any(|it| it.ip().is_unspecified() || it.ip() == address)
    };
    let told = |own: IpAddr| public.iter().copied().find(|public| public.is_ipv4() == own.is_ipv4()).unwrap_or(own);
    let shared = interfaces.iter().filter(|it| listens(it.address) && is_private(it.address) && is_private(told(it.address)));
    shared.map(|it| format!("{}/{}", it.address, it.prefix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_loopback() {
        assert!(here().iter().any(|interface| interface.address == IpAddr::from([127, 0, 0, 1]) && interface.prefix == 8));
    }

    #[test]
    fn a_private_address_shares_its_subnet_unless_a_public_one_is_told() {
        let interfaces = [("127.0.0.1", 8), ("10.1.2.3", 24), ("192.168.7.1", 24), ("203.0.113.5", 24), ("fd00::2", 64)]
            .map(|(address, prefix)| Interface { address: address.parse().expect("an address"), prefix });
        let everywhere = ["0.0.0.0:3478", "[::]:3478"].map(|at| at.parse().expect("an address"));
        assert_eq!(shared(&interfaces, &everywhere, &[]), ["10.1.2.3/24", "192.168.7.1/24", "fd00::2/64"]);
        assert_eq!(shared(&interfaces, &everywhere[..1], &[]), ["10.1.2.3/24", "192.168.7.1/24"]);
        let public = [IpAddr::from([203, 0, 113, 5])];
        assert_eq!(shared(&interfaces, &everywhere, &public), ["fd00::2/64"]);
        let here = ["192.168.7.1:3478".parse().expect("an address")];
        assert_eq!(shared(&interfaces, &here, &[]), ["192.168.7.1/24"]);
    }
}
