//! Letters at an even pace: each client sends one every so often, their turns evenly spread, whether answers come or not. So a server
//! that falls behind is seen in the times, and two servers get the same load.

use std::time::Duration;

use clap::Args;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Outcome, Server, address,
    peers::{End, moment, two},
    process::cpu,
};

/// How many connect at once.
const AT_ONCE: usize = 32;
/// How long the last letters may take.
const PATIENCE: Duration = Duration::from_secs(10);
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    plan: Plan,
}

/// How much is told, and how long.
#[derive(Args, Clone, Copy)]
pub(crate) struct Plan {
    /// How many pairs.
    #[arg(long, default_value_t = 200)]
    pub(crate) pairs: u32,
    /// How many letters a second, of all pairs together.
    #[arg(long, default_value_t = 10_000)]
    rate: u32,
    /// How many seconds before it is measured.
    #[arg(long, default_value_t = 5)]
    warm: u64,
    /// How many seconds are measured.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// What was measured.
#[derive(Default)]
pub(crate) struct Figures {
    /// How long letters took, in ms, sorted.
    times: Vec<f64>,
    pub(crate) lost: u64,
    cpu: Duration,
}

impl Figures {
    /// Letters, CPU time and how long letters took.
    pub(crate) fn told(&self, plan: Plan) -> Value {
        json!({
            "messages": self.times.len(),
            "seconds": plan.seconds,
            "cpuSeconds": self.cpu.as_secs_f64(),
            "p50": quantile(&self.times, 0.5),
            "p99": quantile(&self.times, 0.99),
            "max": self.times.last(),
            "lost": self.lost,
        })
    }
}

/// The value at a share of sorted ones.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "within the slice")]
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).copied()
}

pub(crate) async fn run(Options { server, plan }: Options) -> Outcome<Value> {
    let ends = connected(server, plan.pairs).await?;
    let (_, figures) = tell(ends, server.pid, plan).await?;
    Ok(figures.told(plan))
}

/// Pairs that know of each other, both ends of each.
pub(crate) async fn connected(server: Server, pairs: u32) -> Outcome<Vec<End>> {
    let pairs = stream::iter(0..pairs).map(|number| two(server, address(number))).buffer_unordered(AT_ONCE);
    let pairs: Vec<[End; 2]> = pairs.try_collect().await?;
    Ok(pairs.into_iter().flatten().collect())
}

/// When who sends.
#[derive(Clone, Copy)]
struct Schedule {
    begun: Instant,
    measured_from: Instant,
    every: Duration,
    /// How many letters each sends, and gets.
    letters: u64,
}

/// Lets all tell their letters.
pub(crate) async fn tell(ends: Vec<End>, pid: u32, plan: Plan) -> Outcome<(Vec<End>, Figures)> {
    let clients = u32::try_from(ends.len())?;
    let begun = Instant::now();
    let measured_from = begun + Duration::from_secs(plan.warm);
    let until = measured_from + Duration::from_secs(plan.seconds);
    let every = Duration::from_secs(1) * clients / plan.rate;
    let letters = u64::try_from((until - begun).as_nanos() / every.as_nanos())?;
    let schedule = Schedule { begun, measured_from, every, letters };
    let each = ends.into_iter().zip(0..).map(|(end, number)| {
        let first = begun + every * number / clients;
        async move { tokio::spawn(client(end, schedule, first)).await? }
    });
    let watched = async {
        sleep_until(measured_from).await;
        let before = cpu(pid)?;
        sleep_until(until).await;
        Ok(cpu(pid)? - before)
    };
    let (all, cpu) = futures_util::future::try_join(try_join_all(each), watched).await?;
    let mut figures = Figures { cpu, ..Figures::default() };
    let (mut sent, mut received) = (0, 0);
    let mut ends = Vec::with_capacity(all.len());
    for (end, tally) in all {
        sent += tally.sent;
        received += tally.received;
        figures.times.extend(tally.times);
        ends.push(end);
    }
    figures.lost = sent - received;
    figures.times.sort_unstable_by(f64::total_cmp);
    Ok((ends, figures))
}

/// What one client counts.
#[derive(Default)]
struct Tally {
    sent: u64,
    received: u64,
    times: Vec<f64>,
}

/// Sends and receives.
async fn client(mut end: End, schedule: Schedule, first: Instant) -> Outcome<(End, Tally)> {
    let Schedule { begun, measured_from, every, letters } = schedule;
    let measured_from = nanoseconds(measured_from - begun)?;
    let mut tally = Tally::default();
    let mut next = first;
    let mut heartbeat = begun + HEARTBEAT_EVERY;
    while tally.sent < letters || tally.received < letters {
        let due = if tally.sent < letters { next } else { next + PATIENCE };
        tokio::select! {
            frame = end.socket.next() => {
                let Message::Text(text) = frame.ok_or("the server has closed")?? else { continue };
                let Some(sent) = moment(&text) else { continue };
                tally.received += 1;
                if sent >= measured_from {
                    let took = Duration::from_nanos(nanoseconds(begun.elapsed())?.saturating_sub(sent));
                    tally.times.push(took.as_secs_f64() * 1000.0);
                }
            }
            () = sleep_until(due) => {
                if tally.sent == letters {
                    break;
                }
                if let Some(beat) = end.heartbeat().filter(|_| due >= heartbeat) {
                    heartbeat += HEARTBEAT_EVERY;
                    end.socket.feed(Message::text(beat)).await?;
                }
                let letter = end.letter(nanoseconds(begun.elapsed())?)?;
                end.socket.send(Message::text(letter)).await?;
                tally.sent += 1;
                next += every;
            }
        }
    }
    Ok((end, tally))
}

fn nanoseconds(span: Duration) -> Outcome<u64> {
    Ok(u64::try_from(span.as_nanos())?)
}
