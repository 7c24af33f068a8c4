//! The program: configuration, log, signals. All else is in the library.

use std::{
    io::{IsTerminal as _, stdout},
    process::ExitCode,
};

use clap::Parser as _;
use server::{Config, ServeError, Server, address_to_open, files, listen, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse().settled();
    if config.print_config {
        print!("{}", config.printed());
        return ExitCode::SUCCESS;
    }
    telemetry::start(config.log);
    files::raise_limit();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Baylanys: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), ServeError> {
    let server = Server::new(config.clone())?;
    let listeners = listen(&config).await?;
    let shutdown = CancellationToken::new();
    stop_on_signals(shutdown.clone()).map_err(ServeError::Signals)?;
    println!("Baylanys: {}", address_to_open(&config, &listeners));
    if let Some(announcer) = server.announcer(&listeners) {
        tokio::spawn(announcer.run(stdout().is_terminal()));
    }
    server.run(listeners, shutdown).await;
    Ok(())
}

/// The first SIGINT or SIGTERM stops the server, the second ends it at once.
fn stop_on_signals(shutdown: CancellationToken) -> std::io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
            }
            if shutdown.is_cancelled() {
                std::process::exit(1);
            }
            shutdown.cancel();
        }
    });
    Ok(())
}
