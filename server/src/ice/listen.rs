//! Opens what the TURN server listens on: the same port for UDP and TCP, at each of its addresses.

use std::{
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
};

use socket2::{Domain, Protocol, Socket, Type};

/// How often another free port is tried where any will do.
const TRIES: usize = 16;

/// An address, open for both.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    pub(crate) udp: UdpSocket,
    pub(crate) tcp: TcpListener,
}

/// Opens all of the addresses. Port 0: a free one, the same for all that say so.
///
/// # Errors
/// Which can't be had, and why.
pub(crate) fn all(addresses: &[SocketAddr]) -> Result<Vec<Listening>, (SocketAddr, io::Error)> {
    let free = addresses.iter().any(|address| address.port() == 0);
    let mut tries = if free { TRIES } else { 1 };
    loop {
        tries -= 1;
        match try_all(addresses) {
            Err((_, error)) if tries > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
}

fn try_all(addresses: &[SocketAddr]) -> Result<Vec<Listening>, (SocketAddr, io::Error)> {
    let mut open: Vec<Listening> = Vec::new();
    let mut free = 0;
    for address in addresses {
        let mut wanted = *address;
        if wanted.port() == 0 {
            wanted.set_port(free);
        }
        let listening = one(wanted).map_err(|error| (wanted, error))?;
        if address.port() == 0 {
            free = listening.address.port();
        }
        open.push(listening);
    }
    Ok(open)
}

fn one(address: SocketAddr) -> io::Result<Listening> {
    let udp: UdpSocket = socket(address, Type::DGRAM, Protocol::UDP)?.into();
    let address = udp.local_addr()?;
    let tcp = socket(address, Type::STREAM, Protocol::TCP)?;
    tcp.listen(128)?;
    Ok(Listening { address, udp, tcp: tcp.into() })
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        // IPv4 has a socket of its own.
        socket.set_only_v6(true)?;
    }
    if kind == Type::STREAM {
        // A server that starts again finds connections of the old one that are not quite over.
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A UDP port for a relay.
///
/// # Errors
/// The system's.
pub(crate) fn relay(address: SocketAddr) -> io::Result<UdpSocket> {
    Ok(socket(address, Type::DGRAM, Protocol::UDP)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_the_same_for_all() {
        let open = all(&["127.0.0.1:0", "[::1]:0"].map(|at| at.parse().expect("an address"))).expect("free ports");
        let port = open[0].address.port();
        assert!(port > 0 && open.iter().all(|it| it.address.port() == port));
        assert!(open.iter().all(|it| it.tcp.local_addr().expect("an address") == it.address));
        let (taken, error) = all(&[open[0].address]).err().expect("taken");
        assert_eq!((taken, error.kind()), (open[0].address, io::ErrorKind::AddrInUse));
    }
}
