//! The words for not having come into a room.

use protocol::message::EnterError;

use crate::i18n::Texts;

/// Why one did not come in, in the visitor's words.
#[must_use]
pub fn refusal(error: EnterError, texts: &Texts) -> String {
    match error {
        EnterError::Empty => texts.code_required.to_owned(),
        EnterError::Malformed => texts.code_malformed.to_owned(),
        EnterError::OwnCode => texts.own_code.to_owned(),
        EnterError::NotFound => texts.no_room.to_owned(),
        EnterError::Full => texts.room_full.to_owned(),
        EnterError::TooManyAttempts { retry_after } => (texts.too_many_attempts)(retry_after),
        EnterError::InCall => texts.in_call.to_owned(),
    }
}
