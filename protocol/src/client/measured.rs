//! What a browser has counted at one connection (W3C webrtc-stats), asked about once a second of a call.
//!
//! The engine reads it and judges nothing; `quality` and `steps` judge and read nothing.

/// Counts run since the connection began. What a browser does not tell is 0, or `None` where 0 would mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// The microphone, as it arrives.
    pub sound: Incoming,
    /// The camera, as it arrives.
    pub picture: Incoming,
    /// The camera, as it is sent.
    pub sent: Sent,
    /// What the other end says of what is sent, by [`Slot`](crate::client::Slot).
    pub told: [Told; 3],
    /// To the other end and back (`currentRoundTripTime`), in seconds.
    pub round_trip: Option<f64>,
    /// It goes by way of a relay.
    pub relayed: bool,
    /// Everything received over this connection, in bytes.
    pub bytes_in: f64,
    /// Everything sent.
    pub bytes_out: f64,
}

/// How long a report counts, in seconds: another is due within 7.5 (5 and half as much again: RFC 3550 §6.2, §6.3.1), unless nothing
/// is sent any more. A browser goes on showing the last.
const TOLD_FOR: f64 = 10.0;

impl Measured {
    /// What share of what is sent the other end says to be lost, from 0 to 1: the worst of all sources.
    #[must_use]
    pub fn lost(&self) -> f64 {
        self.told.iter().filter(|told| told.age <= TOLD_FOR).map(|told| told.lost).fold(0.0, f64::max)
    }
}

/// The other end's last report of a source that is sent (`remote-inbound-rtp`, §7.6).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// `fractionLost`: what share of the packets was lost since the report before, from 0 to 1.
    pub lost: f64,
    /// How long ago it came, in seconds.
    pub age: f64,
}

/// A source of the other's, as it arrives (`inbound-rtp`, §7.4).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Incoming {
    /// `packetsReceived`.
    pub packets: f64,
    /// `packetsLost`; a late packet takes one back.
    pub lost: f64,
    /// `jitter`, in seconds.
    pub jitter: f64,
    /// How long the picture has stood still so far (`totalFreezesDuration`), in seconds.
    pub frozen: f64,
    /// In pixels.
    pub width: f64,
    /// In pixels.
    pub height: f64,
}

/// What is sent from the camera now, and what could be (`outbound-rtp` §7.5, `media-source` §7.8, `candidate-pair` §7.14).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sent {
    /// The width sent, in pixels.
    pub width: f64,
    /// The camera's width, in pixels.
    pub full_width: f64,
    /// The camera's height, in pixels.
    pub full_height: f64,
    /// What the line carries (`availableOutgoingBitrate`), in bits a second. 0: the browser does not tell.
    pub line: f64,
    /// The machine is too slow, not the line (`qualityLimitationReason`).
    pub machine: bool,
    /// The line keeps the picture from being better.
    pub narrow: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_a_source_counts_while_it_is_said_again() {
        let told =
            |of: [(f64, f64); 3]| Measured { told: of.map(|(lost, age)| Told { lost, age }), ..Measured::default() }.lost();
        assert_eq!(told([(0.0, 0.0); 3]), 0.0);
        assert_eq!(told([(0.1, 7.5), (0.2, 1.0), (0.0, 0.0)]), 0.2);
        assert_eq!(told([(0.1, 9.9), (0.3, 10.1), (0.0, 0.0)]), 0.1, "the camera has been off for long");
    }
}
