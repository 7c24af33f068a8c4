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

/// Whether one person speaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Voice {
    heard: Option<Millis>,
}

impl Voice {
    /// Takes in the level now (`audioLevel`, W3C WebRTC §5.6: linear, 1 is 0 dBov) and says whether they speak.
    pub fn speaks(&mut self, level: f64, now: Millis) -> bool {
        if level >= f64::from(SPEECH_FROM) {
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
        assert!(!voice.speaks(0.001, 0));
        assert!(voice.speaks(0.05, 100));
        assert!(voice.speaks(0.0, 700));
        assert!(!voice.speaks(0.0, 801));
    }
}
