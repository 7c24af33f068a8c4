//! How soon everybody is back after a restart of the server, by the page's own rules. Somebody else restarts it once `ready` is printed.

use std::{
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::unbounded_channel,
    task::spawn_blocking,
    time::{Instant, timeout},
};

use crate::{
    Outcome, Server, address,
    page::{Page, Told},
    pairs::quantile,
};

const AT_ONCE: usize = 32;
/// How often it is looked whether the server listens.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How long the whole may take.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    /// How many clients, two in a room.
    #[arg(long, default_value_t = 2_000)]
    clients: u32,
}

pub(crate) async fn run(Options { server, clients }: Options) -> Outcome<Value> {
    let pairs = stream::iter(0..clients / 2).map(|number| pair(server, number));
    let pages: Vec<_> = pairs.buffer_unordered(AT_ONCE).try_collect().await?;
    let (sender, mut reports) = unbounded_channel();
    let mut rooms = Vec::new();
    for (room, pages) in pages {
        for page in pages {
            tokio::spawn(page.live(rooms.len(), sender.clone()));
            rooms.push(room);
        }
    }
    println!("{}", json!({ "ready": rooms.len() }));

    let listening = spawn_blocking(move || restarted(server.at));
    let mut gone = vec![false; rooms.len()];
    let mut back = vec![None; rooms.len()];
    let mut left = rooms.len();
    let returning = async {
        while left > 0 {
            match reports.recv().await {
                Some((number, Told::Lost)) => gone[number] = true,
                Some((number, Told::In { room, people: 2, .. })) if gone[number] && room == rooms[number] => {
                    if back[number].replace(Instant::now()).is_none() {
                        left -= 1;
                    }
                }
                Some((_, Told::In { .. })) => return Err("somebody came back into another room, or alone".into()),
                Some(_) => {}
                None => return Err("no page lives".into()),
            }
        }
        Outcome::Ok(())
    };
    timeout(PATIENCE, returning).await.map_err(|_| "not everybody came back")??;
    let (away, listening) = listening.await??;
    let mut times: Vec<f64> =
        back.into_iter().flatten().map(|at| at.saturating_duration_since(listening).as_secs_f64() * 1000.0).collect();
    times.sort_unstable_by(f64::total_cmp);
    Ok(json!({
        "clients": times.len(),
        "away": away.as_secs_f64() * 1000.0,
        "p50": quantile(&times, 0.5),
        "p99": quantile(&times, 0.99),
        "all": times.last(),
    }))
}

/// Two pages in one room.
async fn pair(server: Server, number: u32) -> Outcome<(protocol::id::RoomId, [Page; 2])> {
    let from = address(number);
    let mut host = Page::start(server, from, 2 * number).await;
    let mut guest = Page::start(server, from, 2 * number + 1).await;
    let (room, code) = host.until_with(1).await;
    guest.until_with(1).await;
    guest.enter(code).await;
    let (entered, _) = guest.until_with(2).await;
    if entered != room {
        return Err("another room than the host's".into());
    }
    Ok((room, [host, guest]))
}

/// How long nobody listened, and since when somebody does again. Blocking, on a thread of its own: all those who come back keep the
/// other busy, and the moment is a short one.
fn restarted(at: SocketAddr) -> Outcome<(Duration, Instant)> {
    let begun = Instant::now();
    let mut gone = None;
    while begun.elapsed() < PATIENCE {
        match (TcpStream::connect(at), gone) {
            (Err(_), None) => gone = Some(Instant::now()),
            (Ok(_), Some(since)) => {
                let now = Instant::now();
                return Ok((now - since, now));
            }
            _ => {}
        }
        thread::sleep(LOOK_EVERY);
    }
    Err("the server was not restarted".into())
}
