//! Deliberate bugs, each of which the simulation must catch: only with the feature `faults`, which no build of the product has.
//!
//! A rule that can be broken asks [`active`]; without the feature the answer is a constant `false` and costs nothing.

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The polite end does not take an offer that meets its own, like the impolite one.
    NoRollback,
    /// The room takes a message sent again for a new one.
    NoChatDedupe,
    /// A message sent again gets a new id.
    ResendNewId,
    /// A letter of another page's link is acted on.
    StaleLinkAccepted,
    /// A letter that came before is acted on again.
    SeqNotChecked,
    /// Both ends add transceivers.
    BothAllocate,
    /// The older page is still served when a newer one has come.
    OldIncarnationServed,
    /// A code follows its owner also out of a room in which others stay.
    CodeAlwaysFollows,
    /// Entering takes along the code of a room in which others have spoken.
    SpokenRoomDragged,
    /// A ring is never over by itself.
    RingTimeoutIgnored,
    /// The server drops a hang-up.
    HangUpLost,
    /// Picture and sound are sent while it rings.
    LiveBeforeAccept,
    /// A candidate is added before its description.
    CandidatesNotQueued,
    /// A later letter's older media state replaces a newer one.
    MediaCounterIgnored,
    /// A camera that is switched off stays open.
    CameraStaysOpen,
    /// What is unsent is not kept for a reload.
    UnsentNotSaved,
    /// A member whose connection is gone keeps the seat for ever.
    SeatNeverGiven,
    /// Nobody is told that a member has gone.
    GoneNotTold,
    /// A page that was told by the other page that the call is over does not tell the server.
    HangUpNotPassedOn,
    /// Who left the room and came back on the same page is still connected to as before.
    ReturnIgnored,
    /// An offer without an answer is not said again.
    OfferSaidOnce,
    /// A ring refused while the server was out of reach is not refused on coming back.
    DeclineForgotten,
    /// A call left while the server was out of reach is not left by the page that is loaded next.
    HangUpForgotten,
    /// A page that shall hide its addresses until a call is accepted does not.
    AddressesShown,
    /// A connection that began over a relay stays there.
    RelayedForEver,
    /// Who goes from room to room is not written down.
    MoveNotKept,
    /// The end of a room is not written down.
    EndNotKept,
    /// What a server lost of a chat is not said again.
    LostNotSaidAgain,
    /// What the other end wishes to be sent is not kept to.
    WishIgnored,
    /// Which end opens the DTLS association is left open in later offers.
    RoleLeftOpen,
    /// A connection that carries nothing any more is not replaced.
    NeverReplaced,
    /// The end whose transceivers a remote offer has made takes its own offers back.
    AdopterRollsBack,
    /// An offer said again that meets an own one is not answered again.
    AnswerSaidOnce,
}

impl Fault {
    /// Every one.
    pub const ALL: [Self; 33] = [
        Self::NoRollback,
        Self::NoChatDedupe,
        Self::ResendNewId,
        Self::StaleLinkAccepted,
        Self::SeqNotChecked,
        Self::BothAllocate,
        Self::OldIncarnationServed,
        Self::CodeAlwaysFollows,
        Self::SpokenRoomDragged,
        Self::RingTimeoutIgnored,
        Self::HangUpLost,
        Self::LiveBeforeAccept,
        Self::CandidatesNotQueued,
        Self::MediaCounterIgnored,
        Self::CameraStaysOpen,
        Self::UnsentNotSaved,
        Self::SeatNeverGiven,
        Self::GoneNotTold,
        Self::HangUpNotPassedOn,
        Self::ReturnIgnored,
        Self::OfferSaidOnce,
        Self::DeclineForgotten,
        Self::HangUpForgotten,
        Self::AddressesShown,
        Self::RelayedForEver,
        Self::MoveNotKept,
        Self::EndNotKept,
        Self::LostNotSaidAgain,
        Self::WishIgnored,
        Self::RoleLeftOpen,
        Self::NeverReplaced,
        Self::AdopterRollsBack,
        Self::AnswerSaidOnce,
    ];
}

#[cfg(feature = "faults")]
thread_local! {
    static ACTIVE: std::cell::Cell<Option<Fault>> = const { std::cell::Cell::new(None) };
}

/// Breaks this rule, or none, from now on in this thread.
#[cfg(feature = "faults")]
pub fn set(fault: Option<Fault>) {
    ACTIVE.set(fault);
}

/// Whether this rule is broken.
#[cfg(feature = "faults")]
#[must_use]
pub fn active(fault: Fault) -> bool {
    ACTIVE.get() == Some(fault)
}

/// Whether this rule is broken: never.
#[cfg(not(feature = "faults"))]
#[must_use]
pub const fn active(_: Fault) -> bool {
    false
}
