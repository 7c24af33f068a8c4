//! A load for a server of signaling: many clients at once over real sockets, each pair from an address of its own, and what the server
//! makes of it. `make bench` runs it beside another server; it prints one JSON object for each thing measured.
//!
//! It knows two servers: ours, and npm's `peer`. It starts and stops neither.

mod attack;
mod flood;
mod idle;
mod page;
mod pairs;
mod peers;
mod process;
mod resume;
mod socket;

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What may fail ends the program with one line.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A load for a server of signaling.
#[derive(Parser)]
struct Load {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Pairs tell each other letters at an even pace.
    Pairs(pairs::Options),
    /// Clients are connected and say no more than that they are there.
    Idle(idle::Options),
    /// Rooms of two outlive a restart of the server, which somebody else does once this says that it is ready.
    Resume(resume::Options),
    /// Pairs tell each other letters, at first alone, then beside attackers.
    Flood(flood::Options),
    /// The attackers, until the standard input ends.
    Attack(attack::Options),
}

/// Which server.
#[derive(Args, Clone, Copy)]
struct Server {
    /// Whose it is.
    #[arg(long, value_enum, default_value_t = Kind::Ours)]
    kind: Kind,
    /// Where it listens.
    #[arg(long)]
    at: SocketAddr,
    /// Its process.
    #[arg(long)]
    pid: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Ours.
    Ours,
    /// npm's `peer`, below the path `/peer`.
    Peer,
}

/// The address of the `number`th pair. Servers have limits for each address, and no school has all its people behind one.
fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + number)
}

// One thread: the server has a core, and this has another.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    server::files::raise_limit();
    let done = match Load::parse().what {
        What::Pairs(options) => pairs::run(options).await,
        What::Idle(options) => idle::run(options).await,
        What::Resume(options) => resume::run(options).await,
        What::Flood(options) => flood::run(options).await,
        What::Attack(options) => attack::run(options).await,
    };
    match done {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
