//! What the program says in the terminal about https: the address, its QR code for phones, and where to trust the authority.

use std::{
    fmt::Write as _,
    io::{Write as _, stdout},
    net::IpAddr,
    sync::Arc,
};

use qrcodegen::{QrCode, QrCodeEcc};
use tokio::sync::watch;

use crate::tls::Https;

/// The white border that readers need, in modules (ISO/IEC 18004 §9.1 says 4; in a terminal every line counts, and phones take 2).
const QUIET: i32 = 2;
/// Black on white whatever the terminal's colours are, and back.
const PAPER: &str = "\x1b[38;5;16;48;5;231m";
const PLAIN: &str = "\x1b[0m";

/// What to say of https, and when to say it anew.
pub struct Announcer {
    https: Arc<Https>,
    addresses: watch::Receiver<Vec<IpAddr>>,
}

impl Announcer {
    pub(crate) fn of(https: &Arc<Https>) -> Option<Self> {
        let mut addresses = https.lan_addresses()?;
        addresses.mark_unchanged();
        Some(Self { https: https.clone(), addresses })
    }

    /// Says it on the standard output, now and whenever it has changed, for ever. `colours`: a terminal reads it.
    pub async fn run(mut self, colours: bool) {
        loop {
            // Nobody reads it where the output is closed.
            _ = stdout().write_all(self.text(colours).as_bytes());
            if self.addresses.changed().await.is_err() {
                return;
            }
        }
    }

    /// The address as it is now, a QR code, and where phones find the authority.
    fn text(&self, colours: bool) -> String {
        let urls = self.https.lan_urls();
        let Some((url, others)) = urls.split_first() else {
            return "No address of this machine is reached by https from its network.\n".to_owned();
        };
        let mut text = format!("Baylanys: {url}\n");
        text += &qr(url, colours).unwrap_or_default();
        if !others.is_empty() {
            _ = writeln!(text, "In other networks of this machine: {}", others.join(" "));
        }
        let plain = url.replacen("https://", "http://", 1);
        _ = writeln!(text, "To be without the browser's warning, trust this server once on each device: {plain}/ca");
        if let Some(authority) = self.https.authority() {
            _ = writeln!(text, "The SHA-256 fingerprint to compare: {}", authority.fingerprint());
        }
        text
    }
}

/// A QR code of two modules a character. Without colours it is drawn for dark terminals, light on dark; readers take both.
fn qr(text: &str, colours: bool) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let ink = |x: i32, y: i32| code.get_module(x, y) == colours;
    let mut drawn = String::new();
    let mut y = -QUIET;
    while y < code.size() + QUIET {
        let line: String = (-QUIET..code.size() + QUIET)
            .map(|x| match (ink(x, y), ink(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        _ = if colours { writeln!(drawn, "{PAPER}{line}{PLAIN}") } else { writeln!(drawn, "{line}") };
        y += 2;
    }
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_finds_the_code_on_paper_and_on_a_dark_screen() {
        let paper = qr("https://192.168.1.5:8443", true).expect("short enough");
        let dark = qr("https://192.168.1.5:8443", false).expect("short enough");
        let rows = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.trim_start_matches(PAPER).trim_end_matches(PLAIN).to_owned()).collect()
        };
        let (paper, dark) = (rows(&paper), rows(&dark));
        assert_eq!(paper[0].trim(), "", "the border is white");
        assert_eq!(dark[0].trim_matches('█'), "", "and light");
        assert!(paper[1].starts_with("  █▀▀▀▀▀█ ") && dark[1].starts_with("██ ▄▄▄▄▄ █"), "{}\n{}", paper[1], dark[1]);
        assert!(paper.iter().all(|row| row.chars().count() == paper[0].chars().count()));
        assert!(paper[0].chars().count() <= 80, "a terminal is no wider");
    }
}
