//! What an idle connection costs: the server's memory before and after, once every client has been through a whole round of heartbeats.

use std::time::Duration;

use clap::Args;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedSender, unbounded_channel},
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Kind, Outcome, Server, address,
    page::{Page, Told},
    peers::{HEARTBEAT, registered},
    process::memory,
    socket::Socket,
};

const AT_ONCE: usize = 32;
/// What is made once, at the first connection, is no connection's.
const WARM: u32 = 20;

/// `peer`'s own client says so often that it is there. Four make the span of one of our server's rounds.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
const HEARTBEATS: usize = 4;

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    /// How many.
    #[arg(long, default_value_t = 5_000)]
    clients: u32,
}

/// Somebody connected.
enum Client {
    Ours(Box<Page>),
    Peer(Box<Socket>),
}

pub(crate) async fn run(Options { server, clients }: Options) -> Outcome<Value> {
    for client in connected(server, 0..WARM).await? {
        match client {
            Client::Ours(page) => page.close().await?,
            Client::Peer(mut socket) => {
                socket.close().await?;
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    }
    let before = memory(server.pid).await?;
    let all = connected(server, WARM..WARM + clients).await?;
    let (sender, mut reports) = unbounded_channel();
    for (number, client) in all.into_iter().enumerate() {
        match client {
            Client::Ours(page) => tokio::spawn(page.live(number, sender.clone())),
            Client::Peer(socket) => tokio::spawn(beat(*socket, number, sender.clone())),
        };
    }
    let mut waiting = vec![true; usize::try_from(clients)?];
    let mut left = clients;
    while left > 0 {
        match reports.recv().await {
            Some((number, Told::Beat)) => left -= u32::from(std::mem::take(&mut waiting[number])),
            Some((_, Told::Lost)) | None => return Err("a connection broke".into()),
            Some(_) => {}
        }
    }
    let after = memory(server.pid).await?;
    let each = f64::from(u32::try_from(after.saturating_sub(before))?) / f64::from(clients);
    Ok(json!({ "clients": clients, "before": before, "after": after, "each": each }))
}

async fn connected(server: Server, numbers: std::ops::Range<u32>) -> Outcome<Vec<Client>> {
    let connecting = stream::iter(numbers).map(|number| async move {
        let from = address(number);
        Outcome::Ok(match server.kind {
            Kind::Ours => {
                let mut page = Page::start(server, from, number).await;
                page.until_with(1).await;
                Client::Ours(Box::new(page))
            }
            Kind::Peer => Client::Peer(Box::new(registered(server, from, &format!("idle-{number}")).await?)),
        })
    });
    connecting.buffer_unordered(AT_ONCE).try_collect().await
}

/// Does what `peer`'s client does while nothing happens, and reports when it has done so for a while.
async fn beat(mut socket: Socket, number: usize, reports: UnboundedSender<(usize, Told)>) {
    let mut beats = interval(HEARTBEAT_EVERY);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = 0;
    loop {
        let going_on = tokio::select! {
            _ = beats.tick() => {
                said += 1;
                socket.send(Message::text(HEARTBEAT)).await.is_ok()
            }
            frame = socket.next() => frame.is_some_and(|frame| frame.is_ok_and(|frame| !frame.is_close())),
        };
        let told = if !going_on {
            Told::Lost
        } else if said == HEARTBEATS {
            Told::Beat
        } else {
            Told::Other
        };
        if !matches!(told, Told::Other) && reports.send((number, told)).is_err() || !going_on {
            return;
        }
    }
}
