//! The ports of relays: opened when an allocation is made, closed when it ends.

use std::{
    net::{IpAddr, SocketAddr},
    rc::Rc,
};

use tokio::task::{AbortHandle, spawn_local};

use super::Engine;
use crate::ice::{listen, table::Ports, udp::Socket};

/// How many ports are tried before all count as taken: what others on this machine have open lies somewhere among them.
const TRIES: usize = 64;

/// An open port and the task that reads from it.
pub(super) struct Port {
    pub(super) socket: Rc<Socket>,
    reader: AbortHandle,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Opens ports for the table.
pub(super) struct Opener {
    pub(super) engine: Rc<Engine>,
}

impl Ports for Opener {
    type Port = Port;

    fn open(&mut self, allocation: usize, local: IpAddr, even: bool) -> Option<(u16, Port)> {
        let range = self.engine.ports;
        let width = u64::from(range.to - range.from) + 1;
        // By chance, so that nobody can tell the next one; then one after the other.
        let first = getrandom::u64().unwrap_or_default() % width;
        let numbers = (0..width.min(TRIES as u64)).map(|step| (first + step) % width);
        let numbers = numbers.filter_map(|offset| u16::try_from(u64::from(range.from) + offset).ok());
        for number in numbers.filter(|number| !even || number % 2 == 0) {
            match listen::relay(SocketAddr::new(local, number)).and_then(Socket::new) {
                Ok(socket) => {
                    let socket = Rc::new(socket);
                    let reader = spawn_local(read(self.engine.clone(), socket.clone(), allocation)).abort_handle();
                    return Some((number, Port { socket, reader }));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
                Err(error) => {
                    tracing::warn!(%error, "no port for a relay");
                    return None;
                }
            }
        }
        tracing::warn!("no port for a relay: those tried are taken");
        None
    }
}

/// Hands on what peers send to a relay.
async fn read(engine: Rc<Engine>, socket: Rc<Socket>, allocation: usize) {
    loop {
        let received = socket.receive(&engine.buffers, |datagrams| {
            let table = engine.table.borrow();
            if let Some(way) = table.receive(allocation, datagrams.from, datagrams.len(), engine.now()) {
                engine.carry(&way, datagrams.each(), datagrams.iter());
            }
        });
        if let Err(error) = received.await {
            tracing::debug!(%error, "a relay's port did not read");
            tokio::task::yield_now().await;
        }
    }
}
