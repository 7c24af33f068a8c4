//! How loud something is, for the eye: the steps of a meter, and whether somebody speaks.

use crate::Millis;

/// How many steps a meter has.
pub const METER_STEPS: u8 = 12;
/// What a meter's first step stands for, in dBFS: a quiet room is below it.
const METER_FROM: f32 = -54.0;
/// What its last one stands for.
const METER_TO: f32 = -6.0;
/// From this level on it is speech: -40 dBov, above the noise of a fan and below a quiet voice.
const SPEECH_FROM: f32 = 0.01;
/// Between two words it is speech still, in milliseconds.
const SPEECH_HOLD: Millis = 700;

/// The steps of a meter, 0 to [`METER_STEPS`], at this root mean square of samples from -1 to 1.
#[must_use]
pub fn meter_steps(rms: f32) -> u8 {
    let decibels = 20.0 * rms.max(1e-6).log10();
    let share = ((decibels - METER_FROM) / (METER_TO - METER_FROM)).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to METER_STEPS")]
    let steps = (share * f32::from(METER_STEPS)).ceil() as u8;
    steps
}

/// What of a person's sound was played last (W3C WebRTC §5.6).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Played {
    /// `audioLevel`: linear, from 0 to 1; 1 is 0 dBov.
    pub level: f64,
    /// `rtpTimestamp`, where the browser tells it: a browser goes on telling the last level for seconds after packets have ceased.
    pub timestamp: Option<u32>,
}

/// Whether one person speaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Voice {
    heard: Option<Millis>,
    last: Option<u32>,
}

impl Voice {
    /// Takes in what was played last, and says whether they speak.
    pub fn speaks(&mut self, played: Played, now: Millis) -> bool {
        let is_new = played.timestamp.is_none() || played.timestamp != self.last;
        self.last = played.timestamp;
        if is_new && played.level >= f64::from(SPEECH_FROM) {
            self.heard = Some(now);
        }
        self.heard.is_some_and(|heard| now.saturating_sub(heard) <= SPEECH_HOLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_shows_nothing_and_a_loud_voice_everything() {
        assert_eq!(meter_steps(0.0), 0);
        assert_eq!(meter_steps(0.001), 0);
        assert_eq!(meter_steps(0.01), 4);
        assert_eq!(meter_steps(0.1), 9);
        assert_eq!(meter_steps(0.6), METER_STEPS);
        assert_eq!(meter_steps(f32::NAN), 0);
    }

    #[test]
    fn somebody_speaks_through_the_pauses_between_words_and_no_longer() {
        let mut voice = Voice::default();
        let played = |level| Played { level, timestamp: None };
        assert!(!voice.speaks(played(0.001), 0));
        assert!(voice.speaks(played(0.05), 100));
        assert!(voice.speaks(played(0.0), 700));
        assert!(!voice.speaks(played(0.0), 801));
    }

    #[test]
    fn a_connection_that_broke_off_in_the_middle_of_a_word_is_silence() {
        let mut voice = Voice::default();
        let played = Played { level: 0.05, timestamp: Some(4_800) };
        assert!(voice.speaks(played, 0));
        assert!(!voice.speaks(played, 701));
        assert!(voice.speaks(Played { timestamp: Some(9_600), ..played }, 800));
    }
}
