//! Carries out what the table says, on a thread of its own: one task a socket, one a TCP client, one a relay's port, none of
//! which ever waits for another; nothing is locked, and nothing is queued but for slow TCP clients.

mod clients;
mod ports;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::Millis;
use tokio::{
    net::TcpListener,
    task::{LocalSet, spawn_local},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::ports::{Opener, Port};
use super::{
    allocation::{Client, Via},
    answer, framing, interfaces,
    listen::Listening,
    peers::Interface,
    table::{Now, Setup, Table, Way},
    tcp::Connection,
    udp::{Buffers, Socket},
};
use crate::{Clock, config::PortRange, ice::credentials::Credentials, metrics::Relayed, shares::Shares};

/// How often what has ended is looked for.
const SWEEP: Duration = Duration::from_secs(5);
/// TCP connections from one address: a large class behind one.
const FROM_ONE: usize = 256;
/// In how many sweeps the machine's addresses are looked at again.
const INTERFACES: u32 = 6;

/// What the driver needs.
pub(super) struct Start {
    pub(super) listening: Vec<Listening>,
    pub(super) setup: Setup,
    pub(super) ports: PortRange,
    pub(super) credentials: Credentials,
    pub(super) interfaces: Vec<Interface>,
    pub(super) clock: Arc<Clock>,
    pub(super) relayed: Relayed,
    pub(super) stop: CancellationToken,
}

/// What the tasks share.
struct Engine {
    table: RefCell<Table<Port>>,
    sockets: Vec<Socket>,
    connections: RefCell<HashMap<u64, Rc<Connection>>>,
    /// Who has how many of them.
    shares: RefCell<Shares>,
    next_connection: Cell<u64>,
    buffers: RefCell<Buffers>,
    /// What is about to be sent.
    out: RefCell<Vec<u8>>,
    ports: PortRange,
    started: Instant,
    clock: Arc<Clock>,
    relayed: Relayed,
}

/// Runs it until it is stopped. The tracker waits for its end.
pub(super) fn start(start: Start, tasks: &TaskTracker) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = tasks.token();
    std::thread::Builder::new().name("turn".to_owned()).spawn(move || {
        if let Err(error) = LocalSet::new().block_on(&runtime, run(start)) {
            tracing::error!(%error, "the TURN server has ended");
        }
        drop(token);
    })?;
    Ok(())
}

async fn run(Start { listening, setup, ports, credentials, interfaces, clock, relayed, stop }: Start) -> std::io::Result<()> {
    let mut sockets = Vec::new();
    let mut listeners = Vec::new();
    for Listening { udp, tcp, .. } in listening {
        sockets.push(Socket::new(udp)?);
        listeners.push(TcpListener::from_std(tcp)?);
    }
    let shares = RefCell::new(Shares::new(setup.most, FROM_ONE));
    let engine = Rc::new(Engine {
        table: RefCell::new(Table::new(setup, credentials, interfaces)),
        sockets,
        connections: RefCell::default(),
        shares,
        next_connection: Cell::new(0),
        buffers: Buffers::new(),
        out: RefCell::default(),
        ports,
        started: Instant::now(),
        clock,
        relayed,
    });
    for number in 0..engine.sockets.len() {
        spawn_local(clients::datagrams(engine.clone(), number));
    }
    for listener in listeners {
        spawn_local(clients::accept(engine.clone(), listener));
    }
    spawn_local(sweep(engine));
    stop.cancelled().await;
    Ok(())
}

async fn sweep(engine: Rc<Engine>) {
    let mut ticks = tokio::time::interval(SWEEP);
    for round in 1_u32.. {
        ticks.tick().await;
        engine.table.borrow_mut().sweep(engine.now());
        engine.relayed.allocations.set(i64::try_from(engine.table.borrow().len()).unwrap_or(i64::MAX));
        if round % INTERFACES == 0 {
            engine.table.borrow_mut().set_interfaces(interfaces::here());
        }
    }
}

impl Engine {
    /// Milliseconds since the start.
    fn now(&self) -> Millis {
        Millis::try_from(self.started.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    fn both_clocks(&self) -> Now {
        Now { running: self.now(), wall: self.clock.now() }
    }

    fn opener(self: &Rc<Self>) -> Opener {
        Opener { engine: self.clone() }
    }

    /// Sends an answer to a client.
    fn answer(&self, client: &Client, bytes: &[u8]) {
        match client.via {
            Via::Udp(socket) => self.sockets[socket].send(client.remote, Some(client.local), bytes, bytes.len()),
            Via::Tcp(connection) => {
                if let Some(connection) = self.connections.borrow().get(&connection) {
                    connection.write(bytes);
                }
            }
        }
    }

    /// Sends bytes that belong together on their way: `each` long, but the last may be shorter.
    fn carry<'a>(&self, way: &Way<'_, Port>, each: usize, bytes: impl Iterator<Item = &'a [u8]>) {
        let mut out = self.out.borrow_mut();
        out.clear();
        match *way {
            Way::Out { port, to } => {
                bytes.for_each(|bytes| out.extend_from_slice(bytes));
                self.relayed.to_peers.inc_by(out.len() as u64);
                port.socket.send(to, None, &out, each);
            }
            Way::In { client, from, channel: None } => {
                for bytes in bytes {
                    self.relayed.to_clients.inc_by(bytes.len() as u64);
                    if let Some(indication) = answer::data(from, bytes) {
                        self.answer(&client, &indication);
                    }
                }
            }
            Way::In { client, channel: Some(channel), .. } => match client.via {
                Via::Udp(socket) => {
                    bytes.for_each(|bytes| framing::write_channel_data(channel, bytes, &mut out));
                    self.relayed.to_clients.inc_by(out.len() as u64);
                    self.sockets[socket].send(client.remote, Some(client.local), &out, each + framing::CHANNEL_HEAD);
                }
                Via::Tcp(connection) => {
                    let connections = self.connections.borrow();
                    let Some(connection) = connections.get(&connection) else { return };
                    for bytes in bytes {
                        framing::write_channel_data(channel, bytes, &mut out);
                        let padded = out.len().next_multiple_of(4);
                        out.resize(padded, 0);
                    }
                    self.relayed.to_clients.inc_by(out.len() as u64);
                    connection.write(&out);
                }
            },
        }
    }

    fn client(via: Via, remote: SocketAddr, local: IpAddr) -> Client {
        Client { via, remote, local: local.to_canonical() }
    }
}
