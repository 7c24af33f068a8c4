//! When to ask a browser for the camera's full picture. The engine drives it, once a second of a call, and asks the browser.
//!
//! Chromium begins a video with what 300 kbit/s carry, a picture of 320 × 180 say, and then climbs a step in many seconds, though the
//! line was measured long ago: a small picture is allowed only few bits, and few bits keep it small. Asked once to keep the
//! resolution it goes to full size at once, and stays there when the wish is taken back. On a weak line nothing is asked for.

use crate::client::Sent;

/// The line must carry this many bits a second for each pixel of the full picture: 460 kbit/s for 1280 × 720.
const BITS_A_PIXEL: f64 = 0.5;
/// How many looks (one a second) the wish stands.
const HOLD: u32 = 3;
/// How many looks to wait before the second try; it doubles with each.
const AGAIN: u32 = 10;
/// A line on which this many tries did not last is left alone.
const TRIES: u32 = 5;

/// What to prefer when not everything can be had (W3C WebRTC Extensions, `RTCDegradationPreference`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// The picture's size (`maintain-resolution`).
    Sharp,
    /// Its frames a second (`maintain-framerate`).
    Smooth,
}

/// What to do at a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Rest,
    /// Look at what is sent, for [`Sharpness::judge`].
    Look,
    /// Ask the browser for this.
    Ask(Prefer),
}

/// The tries made for one connection.
#[derive(Debug, Default)]
pub struct Sharpness {
    looks: u32,
    tries: u32,
    next_try: u32,
    hold_until: Option<u32>,
}

impl Sharpness {
    /// A second of the call has passed.
    pub fn tick(&mut self) -> Step {
        self.looks += 1;
        match self.hold_until {
            Some(until) if self.looks < until => Step::Rest,
            Some(_) => {
                self.hold_until = None;
                Step::Ask(Prefer::Smooth)
            }
            None if self.looks > self.next_try && self.tries < TRIES => Step::Look,
            None => Step::Rest,
        }
    }

    /// Whether to ask for the full size now.
    pub fn judge(&mut self, sent: Sent) -> Option<Prefer> {
        let small = sent.width > 0.0 && sent.width < sent.full_width;
        let carries = sent.line >= sent.full_width * sent.full_height * BITS_A_PIXEL;
        if self.hold_until.is_some() || sent.machine || !small || !carries {
            return None;
        }
        self.hold_until = Some(self.looks + HOLD);
        self.next_try = self.looks + HOLD + (AGAIN << self.tries);
        self.tries += 1;
        Some(Prefer::Sharp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Sent = Sent { width: 320.0, full_width: 1280.0, full_height: 720.0, line: 1e6, machine: false, narrow: true };

    #[test]
    fn a_small_picture_on_a_good_line_is_made_sharp_then_left_to_the_browser() {
        let mut sharpness = Sharpness::default();
        assert_eq!(sharpness.tick(), Step::Look);
        assert_eq!(sharpness.judge(SMALL), Some(Prefer::Sharp));
        assert_eq!(sharpness.judge(SMALL), None, "an answer to an earlier look");
        assert_eq!(sharpness.tick(), Step::Rest);
        assert_eq!(sharpness.tick(), Step::Rest);
        assert_eq!(sharpness.tick(), Step::Ask(Prefer::Smooth));
        assert_eq!(sharpness.tick(), Step::Rest, "not again at once");
    }

    #[test]
    fn a_weak_line_a_slow_machine_and_a_full_picture_are_left_alone() {
        for sent in
            [Sent { line: 3e5, ..SMALL }, Sent { machine: true, ..SMALL }, Sent { width: 1280.0, ..SMALL }, Sent::default()]
        {
            let mut sharpness = Sharpness::default();
            assert_eq!(sharpness.judge(sent), None);
            assert_eq!(sharpness.tick(), Step::Look, "looks on");
        }
    }

    #[test]
    fn a_line_that_does_not_keep_it_is_asked_ever_more_seldom() {
        let mut sharpness = Sharpness::default();
        let mut asked = Vec::new();
        for look in 1..2_000_u32 {
            if sharpness.tick() == Step::Look && sharpness.judge(SMALL).is_some() {
                asked.push(look);
            }
        }
        assert_eq!(asked, [1, 15, 39, 83, 167]);
    }
}
