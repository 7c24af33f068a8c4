//! Credentials of limited life (TURN REST): the username `expiry:participant`, the password `base64(HMAC-SHA-1(secret, username))`.
//!
//! Nothing of them is kept: whoever knows the secret can make and check them. Pure; time is a parameter.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac as _};
use protocol::{Millis, id::ParticipantId};
use sha1::Sha1;
use sha2::Sha256;
use stun_types::message::{IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials};

/// The realm of long-term credentials (RFC 8489 §9.2). Short: it is in every refusal.
pub(crate) const REALM: &str = "baylanys";

/// How long one may allocate with a credential after its issue. What is allocated lives on as long as it is refreshed: a long
/// lesson does not break, and who holds an allocation was let in by this server.
pub(crate) const LIFETIME: Millis = 12 * 60 * 60 * 1000;

/// Issues and checks.
#[derive(Clone)]
pub(crate) struct Credentials {
    mac: Hmac<Sha1>,
}

/// A username and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// What a username says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) participant: ParticipantId,
    /// From when on nothing is allocated for it: Unix seconds.
    pub(crate) expiry: u64,
}

impl Credentials {
    /// With the installation's secret, of which an own key is derived.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let derived = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        let key = derived.chain_update(b"baylanys turn credentials").finalize().into_bytes();
        Self { mac: Hmac::new_from_slice(&key).expect("HMAC takes a key of any length") }
    }

    /// For a participant, good for [`LIFETIME`] from `now`, in Unix milliseconds.
    pub(crate) fn issue(&self, participant: ParticipantId, now: Millis) -> Credential {
        let username = format!("{}:{participant}", (now + LIFETIME) / 1000);
        Credential { password: self.password(&username), username }
    }

    fn password(&self, username: &str) -> String {
        BASE64.encode(self.mac.clone().chain_update(username).finalize().into_bytes())
    }

    /// What messages of a username are signed with (RFC 8489 §9.2.2).
    pub(crate) fn key(&self, username: &str) -> IntegrityKey {
        LongTermKeyCredentials::new(username.to_owned(), self.password(username), REALM.to_owned())
            .make_key(IntegrityAlgorithm::Sha1)
    }
}

/// Who a username, found to be ours, was issued to.
pub(crate) fn holder(username: &str) -> Option<Holder> {
    let (expiry, participant) = username.split_once(':')?;
    Some(Holder { participant: participant.parse().ok()?, expiry: expiry.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    #[test]
    fn a_username_tells_its_end_and_its_holder() {
        let participant = ParticipantId::new(0xab);
        let credential = Credentials::new(b"secret").issue(participant, NOW);
        assert_eq!(credential.username, "1800043200:00000000000000ab");
        assert_eq!(holder(&credential.username), Some(Holder { participant, expiry: NOW / 1000 + 12 * 3600 }));
        for other in ["", "1800043200", "1800043200:", "soon:00000000000000ab", "1800043200:ab"] {
            assert_eq!(holder(other), None, "{other}");
        }
    }

    #[test]
    fn a_password_is_the_secrets_and_the_usernames() {
        let credentials = Credentials::new(b"secret");
        let one = credentials.issue(ParticipantId::new(1), NOW);
        // Twenty bytes of HMAC-SHA-1.
        assert_eq!(BASE64.decode(&one.password).map(|bytes| bytes.len()), Ok(20));
        assert_eq!(one, credentials.issue(ParticipantId::new(1), NOW + 999));
        for other in [
            credentials.issue(ParticipantId::new(2), NOW),
            credentials.issue(ParticipantId::new(1), NOW + 1000),
            Credentials::new(b"another").issue(ParticipantId::new(1), NOW),
        ] {
            assert_ne!(one.password, other.password);
        }
    }
}
