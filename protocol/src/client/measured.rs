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
    /// What share of what is sent the other end last said to be lost (`fractionLost`, the worst of all sources), from 0 to 1.
    pub lost: f64,
    /// To the other end and back (`currentRoundTripTime`), in seconds.
    pub round_trip: Option<f64>,
    /// It goes by way of a relay.
    pub relayed: bool,
    /// Everything received over this connection, in bytes.
    pub bytes_in: f64,
    /// Everything sent.
    pub bytes_out: f64,
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
