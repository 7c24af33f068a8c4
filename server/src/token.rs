//! Signed tokens: who a page is, across reloads. HS256 (RFC 7515, RFC 7518 §3.2) and nothing else; only this server reads them.
//!
//! A token never carries a role or a name. It says who one is, not that the room is still there: that is the exchange's to say.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use protocol::{
    Millis,
    id::{ParticipantId, RoomCode},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long a token is good for after its issue. It is renewed over the socket.
pub const LIFETIME: Millis = 15 * 60 * 1000;

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The installation that signed.
    pub iss: String,
    /// Who.
    pub pid: ParticipantId,
    /// The own code.
    pub code: RoomCode,
    /// The page's incarnation when it was issued.
    pub inc: u32,
    /// When it was issued: Unix seconds.
    pub iat: u64,
    /// From when on it is void: Unix seconds.
    pub exp: u64,
}

/// Why a token is refused. The page is told none of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts, another algorithm or key, or unreadable claims.
    #[error("malformed")]
    Malformed,
    /// The signature is not ours.
    #[error("forged")]
    Forged,
    /// Signed with our key for another installation.
    #[error("of another installation")]
    Foreign,
    /// Its time is over.
    #[error("expired")]
    Expired,
}

/// Signs and verifies.
#[derive(Clone)]
pub struct Tokens {
    mac: Hmac<Sha256>,
    /// The encoded header. Verification compares with it, so neither algorithm nor key id is ever taken from a token.
    header: String,
    issuer: String,
    /// When the server started, and how long it was away before, in milliseconds.
    away: (Millis, Millis),
}

impl Tokens {
    /// With the installation's secret and its name.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn new(secret: &[u8], issuer: &str) -> Self {
        let mac = Hmac::new_from_slice(secret).expect("HMAC takes a key of any length");
        let key_id = BASE64.encode(&Sha256::digest([b"baylanys key id\0", secret].concat())[..6]);
        let header = BASE64.encode(format!(r#"{{"alg":"HS256","kid":"{key_id}","typ":"JWT"}}"#));
        Self { mac, header, issuer: issuer.to_owned(), away: (0, 0) }
    }

    /// The server was away from `seen` until `started`, in Unix milliseconds. That time does not count for the tokens of before: their
    /// pages could not have them renewed.
    #[must_use]
    pub fn after(mut self, seen: Millis, started: Millis) -> Self {
        self.away = (started, started.saturating_sub(seen));
        self
    }

    /// A token for a participant, good for [`LIFETIME`] from `now`, in Unix milliseconds.
    ///
    /// # Panics
    /// Never: the claims are plain data.
    #[must_use]
    pub fn sign(&self, participant: ParticipantId, code: RoomCode, incarnation: u32, now: Millis) -> String {
        let claims = Claims {
            iss: self.issuer.clone(),
            pid: participant,
            code,
            inc: incarnation,
            iat: now / 1000,
            exp: (now + LIFETIME) / 1000,
        };
        let claims = serde_json::to_vec(&claims).expect("claims are plain data");
        let signed = format!("{}.{}", self.header, BASE64.encode(claims));
        let signature = self.mac.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// What a token says, if it is one of ours and `now`, in Unix milliseconds, is before its end.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify(&self, token: &str, now: Millis) -> Result<Claims, TokenError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if header != self.header {
            return Err(TokenError::Malformed);
        }
        let signature = BASE64.decode(signature).map_err(|_| TokenError::Malformed)?;
        // In constant time.
        self.mac.clone().chain_update(signed).verify_slice(&signature).map_err(|_| TokenError::Forged)?;
        let claims = BASE64.decode(claims).map_err(|_| TokenError::Malformed)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| TokenError::Malformed)?;
        if claims.iss != self.issuer {
            return Err(TokenError::Foreign);
        }
        let (started, away) = self.away;
        let paused = if claims.iat < started / 1000 { away / 1000 } else { 0 };
        if now / 1000 >= claims.exp.saturating_add(paused) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    fn tokens() -> Tokens {
        Tokens::new(b"a secret of this installation...", "school.example")
    }

    fn token(tokens: &Tokens) -> String {
        let code = RoomCode::parse("k7m2-9xqd-4tza").expect("a code");
        tokens.sign(ParticipantId::new(7), code, 3, NOW)
    }

    #[test]
    fn a_token_says_who_it_was_signed_for_until_it_ends() {
        let tokens = tokens();
        let token = token(&tokens);
        let claims = tokens.verify(&token, NOW).expect("ours");
        assert_eq!((claims.pid, claims.inc, claims.code.to_string()), (ParticipantId::new(7), 3, "k7m2-9xqd-4tza".into()));
        assert_eq!(claims.exp - claims.iat, 15 * 60);
        assert!(tokens.verify(&token, NOW + LIFETIME - 1).is_ok());
        assert_eq!(tokens.verify(&token, NOW + LIFETIME), Err(TokenError::Expired));
    }

    #[test]
    fn the_time_a_server_was_away_does_not_count_for_the_tokens_of_before() {
        let hour = 60 * 60 * 1000;
        let token = token(&tokens());
        let minute = 60 * 1000;
        let again = tokens().after(NOW + minute, NOW + minute + hour);
        assert!(again.verify(&token, NOW + hour + LIFETIME - 1).is_ok());
        assert_eq!(again.verify(&token, NOW + hour + LIFETIME), Err(TokenError::Expired));
        let code = RoomCode::parse("k7m2-9xqd-4tza").expect("a code");
        let later = again.sign(ParticipantId::new(7), code, 3, NOW + 2 * hour);
        assert_eq!(again.verify(&later, NOW + 2 * hour + LIFETIME), Err(TokenError::Expired), "and for no others");
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let tokens = tokens();
        let token = token(&tokens);
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).expect("ASCII");
            assert!(tokens.verify(&forged, NOW).is_err(), "byte {index}");
        }
    }

    #[test]
    fn another_algorithm_is_never_considered() {
        let tokens = tokens();
        let token = token(&tokens);
        let claims = token.split('.').nth(1).expect("claims");
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"none","typ":"JWT"}"#, r#"{"alg":"HS512","typ":"JWT"}"#] {
            let header = BASE64.encode(header);
            for forged in [format!("{header}.{claims}."), format!("{header}.{claims}"), format!("{header}.{claims}.AAAA")] {
                assert_eq!(tokens.verify(&forged, NOW), Err(TokenError::Malformed), "{forged}");
            }
            // Even rightly signed by our key.
            let signed = format!("{header}.{claims}");
            let signature = BASE64.encode(tokens.mac.clone().chain_update(&signed).finalize().into_bytes());
            assert_eq!(tokens.verify(&format!("{signed}.{signature}"), NOW), Err(TokenError::Malformed));
        }
        for junk in ["", ".", "..", "...", "a.b.c", "қ.қ.қ"] {
            assert_eq!(tokens.verify(junk, NOW), Err(TokenError::Malformed), "{junk}");
        }
    }

    #[test]
    fn another_installations_token_is_refused_even_with_the_same_secret() {
        let elsewhere = Tokens::new(b"a secret of this installation...", "clinic.example");
        assert_eq!(tokens().verify(&token(&elsewhere), NOW), Err(TokenError::Foreign));
        let stranger = Tokens::new(b"a secret of another installation", "school.example");
        assert!(tokens().verify(&token(&stranger), NOW).is_err());
    }
}
