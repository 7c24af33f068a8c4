//! A UDP socket that takes and gives many datagrams in one system call, and knows which own address each came to.
//!
//! It looks into none of them.

use std::{
    cell::RefCell,
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
};

use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use tokio::{io::Interest, net::UdpSocket, task::yield_now};

/// How many buffers are filled at once. Each may hold many datagrams of one sender.
const BATCH: usize = 16;
/// The longest run of datagrams that the system joins, or takes to be parted.
const RUN: usize = 65_535;
/// The same without the heads that it adds.
const RUN_OUT: usize = 65_000;
/// The system's buffers: a burst of key frames waits there. Cut to what the system allows.
const SYSTEM_BUFFER: usize = 4 << 20;

/// Where datagrams are received into: one for all sockets of a thread.
pub(super) struct Buffers(Vec<u8>);

impl Buffers {
    pub(super) fn new() -> RefCell<Self> {
        RefCell::new(Self(vec![0; BATCH * RUN]))
    }
}

/// Datagrams that came together from one sender: all are as long as the first, but the last may be shorter.
pub(super) struct Datagrams<'a> {
    pub(super) from: SocketAddr,
    /// The own address they came to, where the system says it.
    pub(super) to: Option<IpAddr>,
    bytes: &'a [u8],
    each: usize,
}

impl<'a> Datagrams<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.bytes.chunks(self.each.max(1))
    }

    /// Of the first, and of all others but the last.
    pub(super) fn each(&self) -> usize {
        self.each
    }

    /// Of all of them.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// See the module.
pub(super) struct Socket {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Socket {
    /// # Errors
    /// The system's.
    pub(super) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        for set in [UdpSocketState::set_recv_buffer_size, UdpSocketState::set_send_buffer_size] {
            // With what the system gives by itself it works too.
            _ = set(&state, UdpSockRef::from(&socket), SYSTEM_BUFFER);
        }
        Ok(Self { socket: UdpSocket::from_std(socket)?, state })
    }

    /// Waits for datagrams and hands over all that are there, as many as fit; then lets others have their turn.
    ///
    /// # Errors
    /// The system's.
    pub(super) async fn receive(&self, buffers: &RefCell<Buffers>, mut each: impl FnMut(&Datagrams<'_>)) -> io::Result<()> {
        self.socket.readable().await?;
        self.take(&mut buffers.borrow_mut(), &mut each)?;
        // Datagrams that come faster than they are read would keep all others waiting.
        yield_now().await;
        Ok(())
    }

    fn take(&self, buffers: &mut Buffers, each: &mut impl FnMut(&Datagrams<'_>)) -> io::Result<()> {
        let mut about = [RecvMeta::default(); BATCH];
        let count = self.socket.try_io(Interest::READABLE, || {
            let mut parts = buffers.0.chunks_exact_mut(RUN);
            let mut slices: [_; BATCH] = std::array::from_fn(|_| IoSliceMut::new(parts.next().unwrap_or_default()));
            self.state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut about)
        });
        let count = match count {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            count => count?,
        };
        for (about, bytes) in about.iter().zip(buffers.0.chunks_exact(RUN)).take(count) {
            let bytes = &bytes[..about.len.min(RUN)];
            each(&Datagrams { from: about.addr, to: about.dst_ip, bytes, each: about.stride });
        }
        Ok(())
    }

    /// Sends datagrams that are each so long, but the last may be shorter. What the system does not take at once is lost, as
    /// datagrams are.
    pub(super) fn send(&self, to: SocketAddr, from: Option<IpAddr>, bytes: &[u8], each: usize) {
        if bytes.is_empty() {
            return self.send_run(to, from, bytes, None);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let most = self.state.max_gso_segments().min(RUN_OUT / each.max(1)).max(1) * each;
            let (run, later) = rest.split_at(most.min(rest.len()));
            self.send_run(to, from, run, (run.len() > each).then_some(each));
            rest = later;
        }
    }

    fn send_run(&self, destination: SocketAddr, src_ip: Option<IpAddr>, contents: &[u8], segment_size: Option<usize>) {
        let run = Transmit { destination, ecn: None, contents, segment_size, src_ip };
        let sent = self.state.try_send(UdpSockRef::from(&self.socket), &run);
        // A device that cannot part them says so once; from then on they are sent one by one.
        if let (Err(error), Some(each)) = (sent, segment_size)
            && error.kind() != io::ErrorKind::WouldBlock
        {
            for one in contents.chunks(each) {
                self.send_run(destination, src_ip, one, None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_leaves_others_their_turn() {
        let socket = Socket::new(std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port")).expect("a socket");
        socket.socket.writable().await.expect("an open socket");
        let client = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
        client.connect(socket.socket.local_addr().expect("an address")).expect("a way");
        let sent = 4 * BATCH;
        (0..sent).for_each(|_| assert_eq!(client.send(b"hello").expect("sent"), 5));
        socket.socket.readable().await.expect("an open socket");
        let (buffers, mut read) = (Buffers::new(), 0);
        let reading = async {
            while read < sent {
                socket.receive(&buffers, |datagrams| read += datagrams.iter().count()).await.expect("received");
            }
        };
        tokio::select! {
            biased;
            () = reading => panic!("all at once"),
            () = yield_now() => {}
        }
        assert!(read > 0 && read < sent, "{read} of {sent}");
    }
}
