//! How good the connection to one other person is: from a second's measures to a word that does not flicker.
//!
//! It looks at both directions, because a lesson needs both. It asks for nothing and changes nothing.

use crate::client::{Incoming, Measured};

/// From this share of lost packets on sound is heard to suffer: Opus hides single losses, hardly more than a few in a hundred.
const LOSS_WEAK: f64 = 0.03;
/// From this on words are lost: in the E-model (ITU-T G.107, G.113) one packet in ten makes most listeners unhappy.
const LOSS_POOR: f64 = 0.10;
/// Seconds there and back from which people begin to talk into each other's words: 150 ms one way (ITU-T G.114).
const ROUND_TRIP_WEAK: f64 = 0.3;
/// And from which talking needs turns: 400 ms one way, G.114's limit for planning.
const ROUND_TRIP_POOR: f64 = 0.8;
/// Seconds of jitter that the receiver hides only by holding sound back about twice as long.
const JITTER_WEAK: f64 = 0.06;
/// Beyond this it holds back as long as a poor round trip takes.
const JITTER_POOR: f64 = 0.2;
/// The share of a second in which the picture may stand still.
const FROZEN_WEAK: f64 = 0.25;
/// More than this is no moving picture.
const FROZEN_POOR: f64 = 0.6;
/// Bits a second that a small picture beside sound needs.
const LINE_WEAK: f64 = 200e3;
/// Below this little is left for any picture.
const LINE_POOR: f64 = 90e3;

/// How many seconds count for the better: a line that has just come back is not believed at once.
const UP_AFTER: usize = 10;
/// How many of the last seconds count for the worse: two of them are enough, one alone is chance.
const DOWN_AMONG: usize = 3;

/// How good a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nobody notices it.
    #[default]
    Good,
    /// It is noticed now and then.
    Weak,
    /// Talking is hard.
    Poor,
    /// Nothing arrives.
    Lost,
}

/// What lies behind the word, for who wants to know. Of the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// There and back, in milliseconds.
    pub round_trip: Option<u32>,
    /// Of a hundred packets that should have come, how many were lost.
    pub lost_in: u32,
    /// Of a hundred that were sent, how many the other end says were lost.
    pub lost_out: u32,
    /// It goes by way of a relay.
    pub relayed: bool,
    /// The other's picture, in pixels; zero: none comes.
    pub size: (u32, u32),
    /// Kilobits a second received.
    pub rate_in: u32,
    /// Kilobits a second sent.
    pub rate_out: u32,
}

/// The quality of one connection.
#[derive(Debug, Default)]
pub(super) struct Quality {
    last: Option<Measured>,
    /// The latest seconds, newest last; at most [`UP_AFTER`].
    seconds: Vec<Level>,
    shown: Option<Level>,
    pub(super) details: Details,
}

impl Quality {
    /// Takes in a second of a call. `interrupted`: what should come does not. Returns the bytes that went either way in it.
    pub(super) fn measured(&mut self, now: Measured, interrupted: bool) -> u64 {
        let before = self.last.replace(now).unwrap_or(now);
        let bytes = |now: f64, before: f64| (now - before).max(0.0);
        let (bytes_in, bytes_out) = (bytes(now.bytes_in, before.bytes_in), bytes(now.bytes_out, before.bytes_out));
        let lost_in = lost(now.sound, before.sound).max(lost(now.picture, before.picture));
        // Of a microphone that is gone the browser goes on showing the last.
        let jitter = if now.sound.packets > before.sound.packets { now.sound.jitter } else { 0.0 };
        let frozen = now.picture.frozen - before.picture.frozen;
        self.details = Details {
            round_trip: now.round_trip.map(|seconds| whole(seconds * 1e3)),
            lost_in: whole(lost_in * 100.0),
            lost_out: whole(now.lost() * 100.0),
            relayed: now.relayed,
            size: if now.picture.packets > before.picture.packets {
                (whole(now.picture.width), whole(now.picture.height))
            } else {
                (0, 0)
            },
            rate_in: whole(bytes_in * 8.0 / 1e3),
            rate_out: whole(bytes_out * 8.0 / 1e3),
        };
        let line = if now.sent.narrow && now.sent.line > 0.0 { now.sent.line } else { f64::MAX };
        self.second(if interrupted {
            Level::Lost
        } else {
            [
                level(lost_in.max(now.lost()), LOSS_WEAK, LOSS_POOR),
                level(now.round_trip.unwrap_or_default(), ROUND_TRIP_WEAK, ROUND_TRIP_POOR),
                level(jitter, JITTER_WEAK, JITTER_POOR),
                level(frozen, FROZEN_WEAK, FROZEN_POOR),
                level(-line, -LINE_WEAK, -LINE_POOR),
            ]
            .into_iter()
            .fold(Level::Good, Level::max)
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, never negative; saturates")]
        let used = (bytes_in + bytes_out) as u64;
        used
    }

    /// What is shown; `None` while nothing was measured.
    pub(super) const fn shown(&self) -> Option<Level> {
        self.shown
    }

    /// A call begins: nothing is known of it yet.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    fn second(&mut self, level: Level) {
        let shown = match (self.shown, level) {
            (None, first) => first,
            // Known for certain, both ways; what it is like after a break only time can tell.
            (_, Level::Lost) => Level::Lost,
            (Some(Level::Lost), _) => Level::Poor,
            (Some(shown), _) => shown,
        };
        if shown == Level::Lost || self.shown == Some(Level::Lost) {
            self.seconds.clear();
        }
        if self.seconds.len() == UP_AFTER {
            self.seconds.remove(0);
        }
        self.seconds.push(level);
        let (mut worst, mut second_worst) = (Level::Good, Level::Good);
        for level in self.seconds.iter().rev().take(DOWN_AMONG) {
            second_worst = second_worst.max(worst.min(*level));
            worst = worst.max(*level);
        }
        let of_all = self.seconds.iter().copied().fold(Level::Good, Level::max);
        self.shown = Some(if second_worst > shown {
            second_worst
        } else if self.seconds.len() == UP_AFTER {
            shown.min(of_all)
        } else {
            shown
        });
    }
}

/// What share of what should have come in between was lost.
fn lost(now: Incoming, before: Incoming) -> f64 {
    let (lost, came) = ((now.lost - before.lost).max(0.0), (now.packets - before.packets).max(0.0));
    if lost + came > 0.0 { lost / (lost + came) } else { 0.0 }
}

fn level(value: f64, weak: f64, poor: f64) -> Level {
    if value >= poor {
        Level::Poor
    } else if value >= weak {
        Level::Weak
    } else {
        Level::Good
    }
}

fn whole(value: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; what is no number becomes 0")]
    let whole = (value + 0.5) as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Measured = Measured {
        sound: Incoming { packets: 50.0, lost: 0.0, jitter: 0.005, frozen: 0.0, width: 0.0, height: 0.0 },
        picture: Incoming { packets: 100.0, lost: 0.0, jitter: 0.005, frozen: 0.0, width: 1280.0, height: 720.0 },
        sent: crate::client::Sent {
            width: 1280.0,
            full_width: 1280.0,
            full_height: 720.0,
            line: 2e6,
            machine: false,
            narrow: false,
        },
        told: [crate::client::Told { lost: 0.0, age: 1.0 }; 3],
        round_trip: Some(0.04),
        relayed: false,
        bytes_in: 0.0,
        bytes_out: 0.0,
    };

    /// What is shown after each of these seconds: `g`ood, `w`eak, `p`oor, `l`ost.
    fn shown(seconds: &str) -> String {
        let mut quality = Quality::default();
        let each = |second| {
            quality.second(match second {
                'g' => Level::Good,
                'w' => Level::Weak,
                'p' => Level::Poor,
                _ => Level::Lost,
            });
            quality.shown().map_or('-', |level| match level {
                Level::Good => 'g',
                Level::Weak => 'w',
                Level::Poor => 'p',
                Level::Lost => 'l',
            })
        };
        seconds.chars().map(each).collect()
    }

    #[test]
    fn worse_within_three_seconds_better_after_ten_and_never_by_one_alone() {
        for (seconds, expected) in [
            ("ggpggggpgg", "gggggggggg"),
            ("ggpp", "gggp"),
            ("ggwpp", "gggwp"),
            ("gpgp", "gggp"),
            ("gpggpggpgg", "gggggggggg"),
            // A noisy line is what it is at its worst, and stays it.
            ("gpgpgpgpgpgpgpgpgpgp", "gggppppppppppppppppp"),
            ("gwgwgwpwgwgwgwgwgw", "gggwwwwwwwwwwwwwww"),
            ("ppgggggggggg", "pppppppppppg"),
            ("ppggggwgggggggg", "pppppppppppwwww"),
            ("ppggggwgggggggggg", "pppppppppppwwwwwg"),
            // Lost is said at once and taken back at once, but what comes after it has to prove itself.
            ("gglllgggggggggg", "gglllpppppppppg"),
        ] {
            assert_eq!(shown(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn each_measure_alone_makes_a_line_weak_or_poor_from_its_bound_on() {
        type Case = (&'static str, fn(&mut Measured, f64), f64, f64);
        let cases: [Case; 6] = [
            ("lost on the way here", |m, v| m.sound.lost = 50.0 * v / (1.0 - v), 0.03, 0.1),
            ("lost on the way there", |m, v| m.told[1].lost = v, 0.03, 0.1),
            ("round trip", |m, v| m.round_trip = Some(v), 0.3, 0.8),
            ("jitter", |m, v| m.sound.jitter = v, 0.06, 0.2),
            ("frozen", |m, v| m.picture.frozen = v, 0.25, 0.6),
            // The less the line carries the worse it is.
            ("line", |m, v| (m.sent.line, m.sent.narrow) = (400e3 - v, true), 200e3, 310e3),
        ];
        for (name, set, weak, poor) in cases {
            let bounds = [
                (weak * 0.999, Level::Good),
                (weak * 1.001, Level::Weak),
                (poor * 0.999, Level::Weak),
                (poor * 1.001, Level::Poor),
            ];
            for (value, expected) in bounds {
                let mut quality = Quality::default();
                quality.measured(Measured::default(), false);
                let mut now = CALM;
                set(&mut now, value);
                quality.measured(now, false);
                assert_eq!(quality.seconds.last(), Some(&expected), "{name} {value}");
            }
        }
    }

    #[test]
    fn a_microphone_that_is_gone_says_nothing_of_the_line() {
        let mut quality = Quality::default();
        let mut now = CALM;
        now.sound.jitter = 0.3;
        quality.measured(Measured::default(), false);
        quality.measured(now, false);
        assert_eq!(quality.shown(), Some(Level::Good), "one second alone is chance");
        for _ in 0..UP_AFTER {
            quality.measured(now, false);
        }
        assert_eq!(quality.seconds, [Level::Good; UP_AFTER]);
    }

    #[test]
    fn a_calm_line_is_good_and_its_figures_are_those_of_the_last_second() {
        let mut quality = Quality::default();
        assert_eq!(quality.shown(), None);
        assert_eq!(quality.measured(CALM, false), 0, "what went before the first look belongs to no second");
        let mut now = CALM;
        (now.bytes_in, now.bytes_out, now.relayed) = (125e3, 25e3, true);
        (now.picture.packets, now.picture.lost) = (199.0, 1.0);
        assert_eq!(quality.measured(now, false), 150_000);
        let details = Details {
            round_trip: Some(40),
            lost_in: 1,
            lost_out: 0,
            relayed: true,
            size: (1280, 720),
            rate_in: 1000,
            rate_out: 200,
        };
        assert_eq!((quality.shown(), quality.details), (Some(Level::Good), details));
        // A new path begins to count anew: nothing was used, nothing is negative.
        assert_eq!(quality.measured(CALM, false), 0);
        assert_eq!(quality.details.size, (0, 0), "no picture has come");
    }
}
