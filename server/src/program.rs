//! The program: configuration, log, signals.

use std::{
    env,
    fmt::Display,
    io::{IsTerminal as _, stdout},
    process::ExitCode,
    thread::available_parallelism,
};

use clap::{CommandFactory as _, Parser as _};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{Config, Reach, ServeError, Server, address_to_open, config, config::Verb, files, health, listen, telemetry};

/// All that the program does, with the arguments and the environment it was started with.
pub fn main() -> ExitCode {
    // Where there is one core, threads that hand each other work would only be in each other's way.
    let has_one_core = available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut builder = if has_one_core { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    match builder.enable_all().build() {
        Ok(runtime) => runtime.block_on(act()),
        Err(error) => failed(&error),
    }
}

async fn act() -> ExitCode {
    let config = Config::parse().settled();
    if config.print_config {
        print!("{}", config.printed());
        return ExitCode::SUCCESS;
    }
    match config.verb {
        Verb::Serve => {}
        Verb::Health => {
            return match health::ask(&config).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(&error),
            };
        }
        Verb::Help => {
            return Config::command().print_long_help().map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS);
        }
    }
    telemetry::start(config.log);
    for name in config::unknown(env::vars_os().map(|(name, _)| name)) {
        tracing::warn!("{name} in the environment is no option; --print-config names all");
    }
    files::raise_limit();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn Display) -> ExitCode {
    eprintln!("Baylanys: {error}");
    ExitCode::FAILURE
}

async fn run(config: Config) -> Result<(), ServeError> {
    let server = Server::new(config.clone())?;
    let listeners = listen(&config).await?;
    let shutdown = CancellationToken::new();
    stop_on_signals(shutdown.clone()).map_err(ServeError::Signals)?;
    println!("Baylanys: {}", address_to_open(&config, &listeners));
    match Reach::of(&config) {
        Some(reach @ Reach::ThisMachine) => tracing::info!("{reach}"),
        Some(reach) => tracing::warn!("{reach}"),
        None => {}
    }
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
