//! What others feel of attackers: pairs measured alone, then while a second process attacks from one other address. That one is
//! of the lowest priority, so that it takes of this core only what the pairs leave: who is attacked is the server.

use std::process::Stdio;

use clap::Args;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::{
    Outcome, Server,
    pairs::{Plan, connected, tell},
};

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    plan: Plan,
    /// How many sockets the attackers hold beside those that they send on.
    #[arg(long, default_value_t = 2_000)]
    held: u32,
}

pub(crate) async fn run(Options { server, plan, held }: Options) -> Outcome<Value> {
    let ends = connected(server, plan.pairs).await?;
    let (ends, without) = tell(ends, server.pid, plan).await?;
    let mut attackers = Command::new("nice")
        .args(["-n", "19"])
        .arg(std::env::current_exe()?)
        .args(["attack", "--at", &server.at.to_string(), "--pid", &server.pid.to_string(), "--held", &held.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(attackers.stdout.take().ok_or("no output")?).lines();
    // The first line: they have what they hold.
    lines.next_line().await?.ok_or("no attackers")?;
    let (_, with) = tell(ends, server.pid, plan).await?;
    drop(attackers.stdin.take());
    let done: Value = serde_json::from_str(&lines.next_line().await?.ok_or("no word of the attackers")?)?;
    attackers.wait().await?;
    Ok(json!({ "without": without.told(plan), "with": with.told(plan), "attackers": done }))
}
