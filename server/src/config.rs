//! The configuration: each option is a flag, an environment variable `BAYLANYS_…` and a line of `--help`, from one description.
//!
//! Validated while it is read: what starts has a configuration that makes sense.

mod ice_server;
mod limits;
pub mod tls;
mod turn;

use std::{ffi::OsString, fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{CommandFactory as _, Parser, ValueEnum, builder::BoolishValueParser, value_parser};
use protocol::{exchange::Settings, message::IceConfig};

pub use self::{
    ice_server::IceServerOption,
    limits::{Limits, ROOM_COST},
    turn::{PortRange, TurnHost, TurnListen, TurnOptions},
};
use crate::{config::tls::TlsOptions, files, request::Origin};

/// The server of Baylanys: video calls and chat by a code or a link.
///
/// Without any option it serves http://localhost:3000 to this machine, and relays what can't go straight from browser to browser on port
/// 3478 (UDP and TCP). Browsers give camera and microphone to others only over https: --tls lan, --acme, --tls-cert, or a proxy.
#[derive(Clone, Debug, Parser)]
#[command(name = "baylanys", version, after_long_help = OPERATING)]
pub struct Config {
    /// What to do.
    #[arg(value_enum, default_value_t = Verb::Serve, hide_default_value = true)]
    pub verb: Verb,

    /// Addresses to listen on, separated by commas. Only this machine can reach the default; behind a proxy or in a
    /// container use 0.0.0.0:3000. Browsers give camera and microphone only to https and to localhost.
    #[arg(long, env = "BAYLANYS_LISTEN", value_name = "ADDRESS:PORT", value_delimiter = ',', value_parser = address, default_value = "127.0.0.1:3000")]
    pub listen: Vec<SocketAddr>,

    /// The address people open, such as https://talk.example.org: for links and QR codes, and whose pages the server answers. If https is
    /// served here, who comes to another address by http is led there. [default with --acme: https of its first name]
    #[arg(long, env = "BAYLANYS_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Origin>,

    /// How long a call rings unanswered, in seconds.
    #[arg(long, env = "BAYLANYS_RING_TIMEOUT", value_name = "SECONDS", default_value_t = 45, value_parser = value_parser!(u64).range(1..=3600))]
    pub ring_timeout: u64,

    /// How long an empty room, and the place of somebody without a connection, is kept, in seconds.
    #[arg(long, env = "BAYLANYS_ROOM_GRACE", value_name = "SECONDS", default_value_t = 600, value_parser = value_parser!(u64).range(1..=86_400))]
    pub room_grace: u64,

    /// How many people the server keeps at once, those without a connection included.
    #[arg(long, env = "BAYLANYS_MAX_PARTICIPANTS", value_name = "NUMBER", default_value_t = 100_000, value_parser = value_parser!(u32).range(1..))]
    pub max_participants: u32,

    /// How many connections the server keeps at once, of all visitors together: each person has one or two, and six more while the page
    /// loads. Never more than the system lets the program have open.
    #[arg(long, env = "BAYLANYS_MAX_CONNECTIONS", value_name = "NUMBER", default_value_t = 20_000, value_parser = value_parser!(u32).range(10..))]
    pub max_connections: u32,

    /// Another STUN or TURN server for the browsers, beside the built-in one, such as stun:stun.example.org or
    /// turn:turn.example.org,user,credential. May be given several times; in the environment separated by spaces.
    #[arg(long = "ice-server", env = "BAYLANYS_ICE_SERVER", value_name = "URL[,USER,CREDENTIAL]", value_delimiter = ' ')]
    pub ice_servers: Vec<IceServerOption>,

    /// The built-in STUN and TURN server.
    #[command(flatten)]
    pub turn: TurnOptions,

    /// Until a call is accepted, let people learn nothing of each other's network address: what goes between them before is
    /// relayed. Without any TURN server two people are connected only when the call is accepted, so pictures come later.
    #[arg(long, env = "BAYLANYS_HIDE_ADDRESSES", value_parser = BoolishValueParser::new())]
    pub hide_addresses: bool,

    /// The secret that sessions are signed with, at least 32 characters. Better given in the environment: other users of the
    /// machine can read flags. Without it one is drawn once and kept in the data folder.
    #[arg(long, env = "BAYLANYS_SECRET", value_name = "TEXT", hide_env_values = true)]
    pub secret: Option<Secret>,

    /// The server is reached only through a proxy that sets X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto: believe them.
    #[arg(long, env = "BAYLANYS_TRUSTED_PROXY", value_parser = BoolishValueParser::new())]
    pub trusted_proxy: bool,

    /// How https is served.
    #[command(flatten)]
    pub tls: TlsOptions,

    /// Where the server keeps what a restart must not lose: the secret, rooms, codes and chat while the rooms live.
    /// [default: baylanys in the system's folder for a user's data]
    #[arg(long, env = "BAYLANYS_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// Write nothing of rooms, codes and chat to disk: a restart ends them.
    #[arg(long, env = "BAYLANYS_MEMORY_ONLY", value_parser = BoolishValueParser::new())]
    pub memory_only: bool,

    /// The folder of the front end. [default: the one in the program, else target/site]
    #[arg(long, env = "BAYLANYS_SITE_ROOT", value_name = "FOLDER")]
    pub site_root: Option<PathBuf>,

    /// Addresses at which figures are given to Prometheus (/metrics), separated by commas; such as 127.0.0.1:9464. They name
    /// nobody, but are not for everybody. [default: none]
    #[arg(long, env = "BAYLANYS_METRICS_LISTEN", value_name = "ADDRESS:PORT", value_delimiter = ',', value_parser = address)]
    pub metrics_listen: Vec<SocketAddr>,

    /// The form of the log, which goes to the standard error. RUST_LOG chooses how much of it.
    #[arg(long, env = "BAYLANYS_LOG", value_enum, value_name = "FORM", default_value_t = LogForm::Pretty)]
    pub log: LogForm,

    /// Print the configuration in effect, as environment variables, and stop.
    #[arg(long)]
    pub print_config: bool,

    /// What is not for an operator to choose.
    #[arg(skip)]
    pub limits: Limits,
}

impl Config {
    /// With what follows from other options filled in.
    #[must_use]
    pub fn settled(mut self) -> Self {
        if let (None, Some(name)) = (&self.public_url, self.tls.acme.first()) {
            let port = self.tls.addresses().first().map_or(443, SocketAddr::port);
            self.public_url = format!("https://{name}:{port}").parse().ok();
        }
        self
    }

    /// What the rooms' rules need of it.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            ring_timeout: self.ring_timeout * 1000,
            room_grace: self.room_grace * 1000,
            participants_max: usize::try_from(self.max_participants).unwrap_or(usize::MAX),
            ..Settings::default()
        }
    }

    /// How many connections are kept, of all visitors together.
    #[must_use]
    pub fn connections_max(&self) -> usize {
        // Beside them there are relays, the journal, the log.
        let others = u64::from(self.turn.turn_max_allocations.get()) + 100;
        let most = files::limit().map_or(u64::MAX, |files| files.saturating_sub(others).max(files / 4));
        usize::try_from(most.min(self.max_connections.into())).unwrap_or(usize::MAX)
    }

    /// How the pages' connections begin, as far as the operator has said it.
    #[must_use]
    pub fn ice(&self) -> IceConfig {
        let servers = self.ice_servers.iter().map(|option| option.server().clone()).collect();
        IceConfig { servers, hide_addresses: self.hide_addresses, ..IceConfig::default() }
    }

    /// The configuration in effect as an environment file. Secrets are not shown.
    #[must_use]
    pub fn printed(&self) -> String {
        let list = |items: Vec<String>, between: &str| Some(items.join(between)).filter(|list| !list.is_empty());
        let [turn, turn_address, turn_ports, turn_rate, turn_allocations, turn_max] = self.turn.printed();
        let lines = [
            ("LISTEN", list(self.listen.iter().map(ToString::to_string).collect(), ",")),
            ("PUBLIC_URL", self.public_url.as_ref().map(ToString::to_string)),
            ("RING_TIMEOUT", Some(self.ring_timeout.to_string())),
            ("ROOM_GRACE", Some(self.room_grace.to_string())),
            ("MAX_PARTICIPANTS", Some(self.max_participants.to_string())),
            ("MAX_CONNECTIONS", Some(self.max_connections.to_string())),
            ("ICE_SERVER", list(self.ice_servers.iter().map(ToString::to_string).collect(), " ")),
            turn,
            turn_address,
            turn_ports,
            turn_rate,
            turn_allocations,
            turn_max,
            ("HIDE_ADDRESSES", Some(self.hide_addresses.to_string())),
            ("SECRET", self.secret.as_ref().map(|_| HIDDEN.to_owned())),
            ("TRUSTED_PROXY", Some(self.trusted_proxy.to_string())),
            ("DATA_DIR", Some(self.data_dir().display().to_string())),
            ("MEMORY_ONLY", Some(self.memory_only.to_string())),
            ("SITE_ROOT", self.site_root().map(|folder| folder.display().to_string())),
            ("METRICS_LISTEN", list(self.metrics_listen.iter().map(ToString::to_string).collect(), ",")),
            ("LOG", Some(self.log.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned()))),
        ];
        let line = |(name, value): (&str, Option<String>)| match value {
            Some(value) => format!("BAYLANYS_{name}={value}\n"),
            None => format!("# BAYLANYS_{name} is not set\n"),
        };
        lines.into_iter().chain(self.tls.printed()).map(line).collect()
    }

    /// The data folder: the option, else the one systemd gives a service, else the user's.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        let folder = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let of_user =
            || folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share"))).map(|data| data.join("baylanys"));
        let chosen = self.data_dir.clone().or_else(|| folder("STATE_DIRECTORY")).or_else(of_user);
        chosen.unwrap_or_else(|| "baylanys-data".into())
    }

    /// The folder of the front end: the option, else what cargo-leptos says.
    #[must_use]
    pub fn site_root(&self) -> Option<PathBuf> {
        self.site_root.clone().or_else(|| std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from))
    }
}

/// Those that look like options in the environment and are none: misspelt, mostly.
#[must_use]
pub fn unknown(names: impl Iterator<Item = OsString>) -> Vec<String> {
    let command = Config::command();
    let is_option = |name: &str| command.get_arguments().any(|option| option.get_env().is_some_and(|known| known == name));
    let names = names.filter_map(|name| name.into_string().ok());
    names.filter(|name| name.starts_with("BAYLANYS_") && !is_option(name)).collect()
}

/// An address to listen on.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:3001; 0.0.0.0:3000 is port 3000 of all addresses")
}

const HIDDEN: &str = "…";

/// What an operator should know beside the options.
const OPERATING: &str = "\
Signals:  SIGTERM and SIGINT end it in good order: pages are told to come back, calls go on without it. A second one ends it at once.
Ports:    that of --listen or of https, and 3478 (UDP and TCP) for STUN and TURN; relay ports need not be open to anybody.
Health:   /healthz answers while it runs, /readyz while it takes people; `baylanys health` asks, with the same options, and exits with 0 or 1.
Data:     rooms while they live, the secret, certificates, in the data folder; one server a folder. Readable by the server alone.
Log:      on the standard error; it names nobody. RUST_LOG=debug tells of each request.
Exit:     0 after a signal, 1 if it could not start or go on, 2 for options that make no sense.";

/// What the program does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Verb {
    /// Serve the site; also without any word.
    #[default]
    Serve,
    /// Ask the server that runs here with the same options whether it is ready, and exit with 0 or 1.
    Health,
    /// Explain every option, as --help does.
    Help,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// A secret text. Its debug form shows nothing of it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().count() < 32 {
            return Err("a secret has at least 32 characters");
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str]) -> Result<Config, clap::Error> {
        Config::try_parse_from([&["baylanys"], flags].concat())
    }

    #[test]
    fn flags_environment_help_and_print_config_agree() {
        let printed = parse(&[]).expect("defaults").printed();
        let command = Config::command();
        command.clone().debug_assert();
        let mut options = 0;
        for argument in
            command.get_arguments().filter(|a| !matches!(a.get_id().as_str(), "help" | "version" | "print_config" | "verb"))
        {
            let long = argument.get_long().expect("a flag");
            let env = format!("BAYLANYS_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().and_then(|env| env.to_str()), Some(env.as_str()));
            assert!(argument.get_help().is_some(), "--{long} has no help");
            assert!(printed.contains(&env), "{env} is not printed");
            options += 1;
        }
        assert_eq!(printed.lines().count(), options);
    }

    #[test]
    fn nonsense_is_refused() {
        for flags in [
            &["--listen", "3000"][..],
            &["--ring-timeout", "0"],
            &["--room-grace", "soon"],
            &["--max-participants", "0"],
            &["--secret", "short"],
            &["--public-url", "talk.example.org"],
            &["--public-url", "https://talk.example.org/path"],
            &["--ice-server", "stun.example.org"],
            &["--ice-server", "turn:turn.example.org"],
            &["--ice-server", "http://turn.example.org"],
            &["--turn", "3478"],
            &["--turn-address", "203.0.113.5:3478"],
            &["--turn-relay-ports", "2000-1999"],
            &["--turn-relay-ports", "80-90"],
            &["--turn-rate", "0"],
            &["--log", "loud"],
            &["--tls", "wan"],
            &["--tls-cert", "site.pem"],
            &["--tls-key", "site.key"],
            &["--tls", "lan", "--tls-cert", "site.pem", "--tls-key", "site.key"],
            &["--tls", "lan", "--acme", "talk.example.org"],
            &["--acme", "203.0.113.5"],
            &["--acme", "*.example.org"],
            &["--acme", "талк.example"],
            &["--acme-contact", "admin@example.org"],
        ] {
            assert!(parse(flags).is_err(), "{flags:?}");
        }
    }

    #[test]
    fn the_name_of_a_fetched_certificate_is_the_public_address() {
        let public = |flags: &[&str]| parse(flags).expect("good").settled().public_url.map(|url| url.to_string());
        assert_eq!(public(&["--acme", "Talk.example.org,www.example.org"]).as_deref(), Some("https://talk.example.org"));
        let elsewhere = ["--acme", "talk.example.org", "--tls-listen", "0.0.0.0:8443"];
        assert_eq!(public(&elsewhere).as_deref(), Some("https://talk.example.org:8443"));
        let said = ["--acme", "talk.example.org", "--public-url", "https://other.example"];
        assert_eq!(public(&said).as_deref(), Some("https://other.example"));
        assert_eq!(public(&["--tls", "lan"]), None);
    }

    #[test]
    fn https_listens_only_where_it_is_asked_for() {
        let listen =
            |flags: &[&str]| parse(flags).expect("good").tls.addresses().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(listen(&[]), Vec::<String>::new());
        assert_eq!(listen(&["--tls-listen", "0.0.0.0:9"]), Vec::<String>::new());
        assert_eq!(listen(&["--tls", "lan"]), ["0.0.0.0:8443", "[::]:8443"]);
        assert_eq!(listen(&["--acme", "talk.example.org"]), ["0.0.0.0:443", "[::]:443"]);
        assert_eq!(listen(&["--tls", "lan", "--tls-listen", "10.0.0.1:443"]), ["10.0.0.1:443"]);
    }

    #[test]
    fn a_misspelt_option_in_the_environment_is_noticed() {
        let names = ["PATH", "BAYLANYS_LISTEN", "BAYLANYS_ACME_ROOT", "BAYLANYS_TURN_RATE", "BAYLANYS_LISTN", "baylanys_listen"];
        assert_eq!(unknown(names.into_iter().map(OsString::from)), ["BAYLANYS_LISTN"]);
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = parse(&["--secret", secret, "--ice-server", "turn:t.example,user,hush,hush"]).expect("good");
        assert_eq!(config.ice().servers[0].credential.as_deref(), Some("hush,hush"));
        for shown in [config.printed(), format!("{config:?}")] {
            assert!(!shown.contains(secret) && !shown.contains("hush"), "{shown}");
        }
    }
}
