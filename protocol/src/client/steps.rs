//! How much picture is sent to one other person: fewer pixels, then fewer frames, when the line or the machine does not carry it,
//! and back, slowly. Sound is never reduced. Off altogether only the person may switch the camera.
//!
//! Counted in reports, one a second of a call. The browser follows the line by itself too, but starves the sound before it gives up
//! a large picture, and does not say when it has nothing left to give.

use crate::client::Measured;

/// Less than this share of what is sent may be lost: beyond it forward error correction no longer fills the gaps in sound.
const LOST: f64 = 0.08;
/// Seconds there and back that only a queue on the way explains.
const QUEUED: f64 = 1.0;
/// How many reports a step is given to show its effect.
const SETTLE: u32 = 3;
/// How many reports without trouble come before a step up; doubled, up to the most, when the last one up did not last.
const PATIENCE: u32 = 10;
const PATIENCE_MAX: u32 = 80;
/// How many reports in a row the machine may be too slow. The browser helps itself first.
const STRAINED: u32 = 10;
/// The last step that is taken for a slow machine: it says nothing of the line.
const STRAINED_LOWEST: usize = 3;
/// How many reports of trouble at the last step make it a question for the person.
const STARVED: u32 = 5;
/// The step for a wish to save data.
const SAVING: usize = 3;

/// The most that may be sent of a picture. `None`: as much as there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// Pixels of its shorter side.
    pub height: Option<u32>,
    /// Frames a second (`maxFramerate`).
    pub frames: Option<u32>,
    /// Bits a second (`maxBitrate`).
    pub bitrate: Option<u32>,
}

impl Limit {
    /// `scaleResolutionDownBy` for a camera of this size: 1 or more.
    #[must_use]
    pub fn scale(&self, width: f64, height: f64) -> f64 {
        self.height.map_or(1.0, |most| (width.min(height) / f64::from(most)).max(1.0))
    }
}

/// From all there is to the least that is still a picture.
const STEPS: [Limit; 5] = [
    Limit { height: None, frames: None, bitrate: None },
    Limit { height: Some(540), frames: None, bitrate: Some(1_200_000) },
    Limit { height: Some(360), frames: None, bitrate: Some(600_000) },
    Limit { height: Some(270), frames: Some(15), bitrate: Some(250_000) },
    Limit { height: Some(180), frames: Some(8), bitrate: Some(100_000) },
];
/// What the line must carry for a step to be worth its pixels, in bits a second; sound with it.
const NEEDS: [f64; STEPS.len()] = [450e3, 320e3, 200e3, 120e3, 70e3];
const LOWEST: usize = STEPS.len() - 1;

/// The steps of one connection.
#[derive(Debug)]
pub(super) struct Steps {
    at: usize,
    /// The last three reports, a bit each: trouble or not.
    troubles: u8,
    settle: u32,
    calm: u32,
    patience: u32,
    /// Reports since the last step up.
    risen: u32,
    strained: u32,
    starved: u32,
}

impl Default for Steps {
    fn default() -> Self {
        Self { at: 0, troubles: 0, settle: 0, calm: 0, patience: PATIENCE, risen: u32::MAX, strained: 0, starved: 0 }
    }
}

impl Steps {
    /// Takes in a second in which the camera was sent. `saving`: a wish keeps the picture small anyway.
    pub(super) fn measured(&mut self, now: &Measured, saving: bool) {
        let sent = &now.sent;
        let held = if saving { self.at.max(SAVING) } else { self.at };
        let narrow = sent.narrow && sent.line > 0.0 && sent.line < NEEDS[held];
        let trouble = now.lost() >= LOST || now.round_trip.is_some_and(|seconds| seconds >= QUEUED) || narrow;
        self.troubles = (self.troubles << 1 | u8::from(trouble)) & 0b111;
        self.risen = self.risen.saturating_add(1);
        self.strained = if sent.machine { self.strained + 1 } else { 0 };
        self.calm = if trouble || sent.machine { 0 } else { self.calm + 1 };
        let lasting = self.troubles.count_ones() >= 2;
        self.starved = if lasting && held == LOWEST { self.starved + 1 } else { 0 };
        if self.settle > 0 {
            self.settle -= 1;
        } else if lasting && held < LOWEST {
            // As far as the line says at once; else one at a time.
            let carried = (held + 1..LOWEST).find(|step| !narrow || sent.line >= NEEDS[*step]);
            self.down(carried.unwrap_or(LOWEST), sent.full_width.min(sent.full_height));
        } else if self.strained >= STRAINED && held < STRAINED_LOWEST {
            self.down(held + 1, sent.full_width.min(sent.full_height));
        } else if self.calm >= self.patience && self.at > 0 {
            self.up(sent.full_width.min(sent.full_height));
        }
    }

    /// A second in which no picture was sent says nothing of how it goes.
    pub(super) const fn rest(&mut self) {
        (self.troubles, self.calm, self.strained, self.starved) = (0, 0, 0, 0);
    }

    /// At the last step the line still does not carry what is sent.
    pub(super) const fn starved(&self) -> bool {
        self.starved >= STARVED
    }

    /// The most that may be sent now. `video_max`: somebody's wish, in kbit/s.
    pub(super) fn limit(&self, video_max: Option<u32>) -> Limit {
        let Some(wish) = video_max else { return STEPS[self.at] };
        let step = STEPS[self.at.max(SAVING)];
        // The browser counts the picture alone; its packets' heads and what is sent again come on top.
        let most = wish.saturating_mul(1_000) / 100 * 85;
        Limit { bitrate: Some(step.bitrate.unwrap_or(most).min(most)), ..step }
    }

    fn down(&mut self, to: usize, camera: f64) {
        if self.risen <= PATIENCE {
            self.patience = (self.patience * 2).min(PATIENCE_MAX);
        }
        self.at = (to..LOWEST).find(|step| is_smaller(*step, camera)).unwrap_or(LOWEST);
        (self.settle, self.troubles, self.calm, self.strained) = (SETTLE, 0, 0, 0);
    }

    fn up(&mut self, camera: f64) {
        self.at = (1..self.at).rev().find(|step| is_smaller(*step, camera)).unwrap_or(0);
        (self.calm, self.risen) = (0, 0);
    }
}

/// Whether a step changes anything at a camera whose shorter side has this many pixels (0: not known).
fn is_smaller(step: usize, camera: f64) -> bool {
    camera <= 0.0 || STEPS[step].height.is_none_or(|height| f64::from(height) < camera)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Sent, Told};

    const FULL: Sent = Sent { width: 1280.0, full_width: 1280.0, full_height: 720.0, line: 2e6, machine: false, narrow: false };

    fn calm() -> Measured {
        Measured { sent: FULL, round_trip: Some(0.05), ..Measured::default() }
    }

    fn lossy() -> Measured {
        Measured { told: [Told { lost: 0.15, age: 1.0 }; 3], ..calm() }
    }

    fn narrow(line: f64) -> Measured {
        Measured { sent: Sent { line, narrow: true, ..FULL }, ..calm() }
    }

    /// The step after each report.
    fn after(steps: &mut Steps, reports: usize, report: Measured) -> Vec<usize> {
        (0..reports).map(|_| (steps.measured(&report, false), steps.at).1).collect()
    }

    #[test]
    fn a_lossy_line_is_given_less_step_by_step_until_only_the_person_can_help() {
        let mut steps = Steps::default();
        assert_eq!(after(&mut steps, 19, lossy()), [0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4]);
        assert!(!steps.starved());
        after(&mut steps, 1, lossy());
        assert!(steps.starved());
        after(&mut steps, 2, calm());
        assert!(!steps.starved());
    }

    #[test]
    fn it_comes_back_a_step_in_ten_seconds_and_ever_more_slowly_where_that_does_not_last() {
        let mut steps = Steps::default();
        after(&mut steps, 6, lossy());
        assert_eq!(steps.at, 2);
        assert_eq!(after(&mut steps, 10, calm()).last(), Some(&1));
        assert_eq!(after(&mut steps, 10, calm()).last(), Some(&0));
        // Each way up fails: the next is tried after 20, 40, 80 seconds, never later.
        for patience in [20, 40, 80, 80] {
            after(&mut steps, 2, lossy());
            assert_eq!((steps.at, steps.patience), (1, patience));
            let mut waited = 0;
            while steps.at > 0 {
                after(&mut steps, 1, calm());
                waited += 1;
            }
            assert_eq!(waited, patience);
        }
    }

    #[test]
    fn one_bad_second_in_ten_changes_nothing() {
        let mut steps = Steps::default();
        for _ in 0..20 {
            after(&mut steps, 1, lossy());
            after(&mut steps, 9, calm());
            assert_eq!(steps.at, 0);
        }
    }

    #[test]
    fn less_is_sent_where_forward_error_correction_ends_and_where_only_a_queue_explains_the_delay() {
        let lost = |share| Measured { told: [Told { lost: share, age: 1.0 }; 3], ..calm() };
        let round_trip = |seconds| Measured { round_trip: Some(seconds), ..calm() };
        for (report, lower) in [(lost(0.079), 0), (lost(0.08), 1), (round_trip(0.99), 0), (round_trip(1.0), 1)] {
            assert_eq!(after(&mut Steps::default(), 2, report), [0, lower], "{report:?}");
        }
    }

    #[test]
    fn a_narrow_line_is_given_at_once_what_it_carries() {
        for (line, expected) in
            [(1e6, 0), (450e3, 0), (449e3, 1), (320e3, 1), (319e3, 2), (200e3, 2), (199e3, 3), (120e3, 3), (119e3, 4), (30e3, 4)]
        {
            let mut steps = Steps::default();
            after(&mut steps, 3, narrow(line));
            assert_eq!(steps.at, expected, "{line}");
            let unlimited = Measured { sent: Sent { narrow: false, ..narrow(line).sent }, ..calm() };
            assert_eq!(after(&mut Steps::default(), 5, unlimited), [0; 5], "a picture that needs no more is left alone");
        }
    }

    #[test]
    fn a_slow_machine_is_helped_but_does_not_switch_off_the_camera() {
        let slow = Measured { sent: Sent { machine: true, ..FULL }, ..calm() };
        let mut steps = Steps::default();
        assert_eq!(after(&mut steps, 10, slow), [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        after(&mut steps, 100, slow);
        assert_eq!((steps.at, steps.starved()), (3, false));
    }

    #[test]
    fn steps_that_a_small_camera_would_not_notice_are_left_out() {
        let small = Sent { width: 640.0, full_width: 640.0, full_height: 360.0, ..FULL };
        let mut steps = Steps::default();
        assert_eq!(after(&mut steps, 2, Measured { sent: small, ..lossy() }), [0, 3]);
        assert_eq!(after(&mut steps, 10, Measured { sent: small, ..calm() }).last(), Some(&0));
    }

    #[test]
    fn a_wish_to_save_data_keeps_the_picture_small_and_within_what_was_wished() {
        let mut steps = Steps::default();
        assert_eq!(steps.limit(None), Limit::default());
        assert_eq!(steps.limit(Some(150)), Limit { height: Some(270), frames: Some(15), bitrate: Some(127_500) });
        for _ in 0..2 {
            steps.measured(&lossy(), true);
        }
        assert_eq!(steps.limit(Some(150)), Limit { height: Some(180), frames: Some(8), bitrate: Some(100_000) });
        assert_eq!(steps.limit(Some(u32::MAX)).bitrate, Some(100_000));
    }

    #[test]
    fn a_picture_is_scaled_by_its_shorter_side() {
        let limit = Limit { height: Some(360), ..Limit::default() };
        for (width, height, scale) in [(1280.0, 720.0, 2.0), (720.0, 1280.0, 2.0), (320.0, 240.0, 1.0), (0.0, 0.0, 1.0)] {
            assert_eq!(limit.scale(width, height), scale, "{width} × {height}");
        }
        assert_eq!(Limit::default().scale(1280.0, 720.0), 1.0);
    }
}
