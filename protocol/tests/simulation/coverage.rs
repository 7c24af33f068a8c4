//! How often each transition occurred. One that never occurs is not tested, so a zero fails.

use protocol::client::Counters;

macro_rules! seen {
    ($($name:ident => $words:literal,)*) => {
        /// A transition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Seen { $(
            #[doc = $words]
            $name,
        )* }

        impl Seen {
            const ALL: &[(Self, &str)] = &[$((Self::$name, $words),)*];
        }
    };
}

seen! {
    Glare => "glare",
    Rollback => "rollback",
    OfferIgnored => "offer ignored (glare)",
    RemoteRefused => "remote description refused",
    CandidateBeforeDescription => "candidate before its description",
    CandidateRefused => "candidate refused",
    PromiseFailed => "promise failed without cause",
    IceRestart => "ICE restart",
    ConnectionDead => "connection that carries nothing any more",
    ConnectionReplaced => "connection replaced",
    NotMade => "connection not made",
    ConnectionFailed => "connection failed",
    ControlClosed => "control channel closed",
    LetterByPairFirst => "letter by the pair first",
    DuplicateDropped => "duplicate letter dropped",
    StaleDropped => "letter of a stale link dropped",
    StaleAtServer => "letter of a stale link dropped by the server",
    FirstFrame => "first remote frame",
    FinalDataSaved => "in a call at the end, with the data saver on",
    Rang => "rang",
    Accepted => "accepted",
    AcceptedWithoutCamera => "accepted without camera",
    Declined => "declined",
    Cancelled => "ring cancelled",
    Unanswered => "ring timeout",
    HungUp => "hung up",
    Vanished => "vanished",
    Unchanged => "act that no longer fits",
    DoubleRing => "double ring",
    RingMeetsHangUp => "ring meets hang-up",
    RingMeetsDecline => "ring meets decline",
    AcceptMeetsHangUp => "accept meets hang-up",
    AcceptMeetsTimeout => "accept meets timeout",
    DeclineMeetsHangUp => "decline meets hang-up",
    HangUpMeetsAccept => "hang-up meets accept",
    HangUpMeetsDecline => "hang-up meets decline",
    DoubleHangUp => "double hang-up",
    Entered => "entered by code",
    CodeCarried => "code came along",
    CodeKept => "code stayed with its room",
    CrosswiseCodes => "crosswise codes",
    RoomLeft => "room left",
    SeatTaken => "seat taken",
    WrongCode => "wrong code",
    OwnCode => "own code",
    Full => "room full",
    InCall => "refused in a call",
    Takeover => "takeover",
    UseHere => "use here",
    AnswerLost => "room or ICE servers never told",
    IceServersRefused => "ICE servers not told",
    CredentialsRenewed => "credentials of a relay renewed in a connection",
    AddressesHidden => "call with addresses hidden until then",
    AddressesRevealed => "addresses revealed",
    Reload => "reload",
    ReloadInCall => "reload in a call",
    TabClosed => "tab closed",
    Thawed => "thawed",
    SessionExpired => "session expired",
    OlderSocketReplaced => "older socket of the same page replaced",
    SocketCut => "socket cut",
    SocketHalfOpen => "socket half open",
    PairCut => "pair cut",
    AddressChanged => "address changed",
    NetworkChanged => "network changed, and told",
    ServerRestart => "server restarted",
    RoomsRestored => "server restarted with its rooms",
    ChatLost => "chat lost by a restart",
    ChatSaid => "chat said",
    ChatResent => "chat resent",
    ChatAgain => "chat told again to its sender",
    ChatRefused => "chat refused",
    ChatByHand => "chat resent by hand",
    DeviceDenied => "device denied",
    DeviceMissing => "device missing",
    DeviceBusy => "device busy",
    DeviceEnded => "device ended",
    DeviceChosen => "device chosen",
    DeviceReturned => "device returned by itself",
    LateDevices => "late devices",
    FinalCall => "call at the end",
    FinalMediaOn => "picture or sound at the end",
    Emptied => "world emptied",
}

/// The counts.
#[derive(Clone, Debug)]
pub(crate) struct Coverage([u64; Seen::ALL.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Self([0; Seen::ALL.len()])
    }
}

impl Coverage {
    /// It occurred.
    pub(crate) fn count(&mut self, seen: Seen) {
        self.0[seen as usize] += 1;
    }

    /// How often it occurred.
    pub(crate) fn of(&self, seen: Seen) -> u64 {
        self.0[seen as usize]
    }

    /// What a session counted itself.
    pub(crate) fn add_counters(&mut self, counters: Counters) {
        self.0[Seen::DuplicateDropped as usize] += counters.duplicates;
        self.0[Seen::StaleDropped as usize] += counters.stale;
        self.0[Seen::OfferIgnored as usize] += counters.ignored_offers;
        self.0[Seen::IceRestart as usize] += counters.restarts;
        self.0[Seen::ConnectionReplaced as usize] += counters.replaced;
    }

    /// Adds a number of occurrences.
    pub(crate) fn add(&mut self, seen: Seen, number: u64) {
        self.0[seen as usize] += number;
    }

    /// Adds another story's counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// One line each.
    pub(crate) fn table(&self) -> String {
        Seen::ALL.iter().map(|(seen, name)| format!("{:>9}  {name}\n", self.0[*seen as usize])).collect()
    }

    /// What never occurred.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        Seen::ALL.iter().filter(|(seen, _)| self.0[*seen as usize] == 0).map(|(_, name)| *name).collect()
    }
}
