//! Nonces (RFC 8489 §9.2): a time and a keyed digest of it and of the asker's address, so that nothing has to be kept.
//!
//! Short, because each is in a refusal that anybody may ask for. Pure; time is a parameter.

use std::net::IpAddr;

use hmac::{Hmac, Mac as _};
use protocol::Millis;
use sha2::Sha256;

/// How long one is taken.
const LIFETIME: u64 = 60 * 60;

/// Issues and checks.
#[derive(Clone)]
pub(crate) struct Nonces {
    mac: Hmac<Sha256>,
}

impl Nonces {
    /// With a key of this run.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { mac: Hmac::new_from_slice(key).expect("HMAC takes a key of any length") }
    }

    /// For one who asks from there.
    pub(crate) fn issue(&self, to: IpAddr, now: Millis) -> String {
        self.at(now / 1000, to)
    }

    /// Whether it was issued to this address, not too long ago.
    pub(crate) fn is_good(&self, nonce: &str, from: IpAddr, now: Millis) -> bool {
        let issued = nonce.get(..8).and_then(|time| u64::from_str_radix(time, 16).ok());
        issued.is_some_and(|issued| {
            let age = (now / 1000).wrapping_sub(issued) & 0xffff_ffff;
            // It is no secret: whoever reads it may use it.
            age <= LIFETIME && nonce == self.at(issued, from)
        })
    }

    fn at(&self, seconds: u64, address: IpAddr) -> String {
        let seconds = seconds & 0xffff_ffff;
        let digest = self.mac.clone().chain_update(format!("{seconds:08x} {address}")).finalize().into_bytes();
        let tag = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("{seconds:08x}{tag}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_for_an_hour_at_the_address_it_was_given_to() {
        let nonces = Nonces::new(&[7; 32]);
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let nonce = nonces.issue(here, 5_000_000);
        assert_eq!(nonce.len(), 20);
        assert!(nonces.is_good(&nonce, here, 5_000_000));
        assert!(nonces.is_good(&nonce, here, 5_000_000 + 3_600_000));
        assert!(!nonces.is_good(&nonce, here, 5_000_000 + 3_601_000), "stale");
        assert!(!nonces.is_good(&nonce, here, 4_000_000), "from the future");
        assert!(!nonces.is_good(&nonce, there, 5_000_000));
        assert!(!Nonces::new(&[8; 32]).is_good(&nonce, here, 5_000_000), "of another run");
        for forged in ["", "00001388", "00001388000000000000", "ährlich gut geraten?"] {
            assert!(!nonces.is_good(forged, here, 5_000_000), "{forged}");
        }
    }
}
