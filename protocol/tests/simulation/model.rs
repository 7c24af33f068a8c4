//! One `RTCPeerConnection` as JSEP (RFC 8829) and the W3C recommendation describe it: signaling, m-lines, transceivers, ICE generations.
//!
//! Each operation is carried out at once; whoever drives it (the simulated browser, a script) adds the operations chain and time.
//! It knows no packets. `scripts` holds it against real browsers.

mod description;
mod negotiation;
mod tests;

use std::collections::BTreeMap;

use protocol::message::{Candidate, SdpType};

pub(crate) use description::{Description, Direction, Kind, Line};

/// `RTCSignalingState`, without provisional answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signaling {
    /// No exchange is under way.
    Stable,
    /// An own offer waits for its answer.
    HaveLocalOffer,
    /// Their offer waits for our answer.
    HaveRemoteOffer,
    /// Over.
    Closed,
}

impl Signaling {
    /// As in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::HaveLocalOffer => "have-local-offer",
            Self::HaveRemoteOffer => "have-remote-offer",
            Self::Closed => "closed",
        }
    }
}

/// How a promise fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// Not in this signaling state.
    InvalidState,
    /// The description does not fit what was negotiated.
    InvalidAccess,
    /// Could not be applied.
    Operation,
}

impl Error {
    /// The exception's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InvalidState => "InvalidStateError",
            Self::InvalidAccess => "InvalidAccessError",
            Self::Operation => "OperationError",
        }
    }
}

/// Whose quirks it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Nobody's: what the specifications say.
    #[default]
    Standard,
    /// Drops a candidate of another ICE generation without a word. Refuses another DTLS role, and every description after that.
    Chromium,
    /// Rolls an own offer back for one that restarts ICE, but then fails it, unless the own offer restarted too. Answers always as the
    /// DTLS client if it may choose, and finds out about two of them only when it connects.
    Firefox,
}

/// `RTCRtpTransceiver`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transceiver {
    /// Sound or pictures.
    pub(crate) kind: Kind,
    /// Its m-line, once associated.
    pub(crate) mid: Option<String>,
    /// What is wished.
    pub(crate) direction: Direction,
    /// What was negotiated last.
    pub(crate) current: Option<Direction>,
    /// Associated by the exchange under way: a rollback undoes it.
    fresh: bool,
    /// Made by the remote offer under way: a rollback removes it.
    remote: bool,
    /// A remote offer has made it.
    theirs: bool,
}

/// The model.
#[derive(Clone, Debug)]
pub(crate) struct PeerConnection {
    /// Which one: its fingerprint.
    pub(crate) id: u64,
    /// Whose quirks it has.
    pub(crate) engine: Engine,
    /// Whether this end is the DTLS client, once that is settled. It stays so.
    pub(crate) active: Option<bool>,
    /// `signalingState`.
    pub(crate) signaling: Signaling,
    /// `currentLocalDescription`.
    pub(crate) current_local: Option<Description>,
    /// `pendingLocalDescription`.
    pub(crate) pending_local: Option<Description>,
    /// `currentRemoteDescription`.
    pub(crate) current_remote: Option<Description>,
    /// `pendingRemoteDescription`.
    pub(crate) pending_remote: Option<Description>,
    /// `getTransceivers()`.
    pub(crate) transceivers: Vec<Transceiver>,
    /// How often a pending offer was rolled back.
    pub(crate) rollbacks: u32,
    /// The candidates taken, by ICE generation.
    pub(crate) candidates: BTreeMap<String, u32>,
    data_channel: bool,
    /// The mid of the data m-line, and whether the exchange under way made it.
    data: Option<(String, bool)>,
    negotiation_needed: bool,
    /// Local ufrags an ICE restart shall replace (`[[LocalIceCredentialsToReplace]]`).
    replace: Vec<String>,
    /// It takes no description any more.
    spoilt: bool,
    next_mid: u32,
    next_ufrag: u32,
}

impl PeerConnection {
    /// A new one; `id` is unique in its world.
    pub(crate) fn new(id: u64) -> Self {
        Self {
            id,
            engine: Engine::Standard,
            active: None,
            signaling: Signaling::Stable,
            current_local: None,
            pending_local: None,
            current_remote: None,
            pending_remote: None,
            transceivers: Vec::new(),
            rollbacks: 0,
            candidates: BTreeMap::new(),
            data_channel: false,
            data: None,
            negotiation_needed: false,
            replace: Vec::new(),
            spoilt: false,
            next_mid: 0,
            next_ufrag: 0,
        }
    }

    /// `localDescription`.
    pub(crate) fn local(&self) -> Option<&Description> {
        self.pending_local.as_ref().or(self.current_local.as_ref())
    }

    /// `remoteDescription`.
    pub(crate) fn remote(&self) -> Option<&Description> {
        self.pending_remote.as_ref().or(self.current_remote.as_ref())
    }

    /// `addTransceiver(kind, {direction})`.
    pub(crate) fn add_transceiver(&mut self, kind: Kind, direction: Direction) -> Result<(), Error> {
        self.open()?;
        self.transceivers.push(Transceiver {
            kind,
            mid: None,
            direction,
            current: None,
            fresh: false,
            remote: false,
            theirs: false,
        });
        Ok(())
    }

    /// `createDataChannel`.
    pub(crate) fn create_data_channel(&mut self) -> Result<(), Error> {
        self.open()?;
        self.data_channel = true;
        Ok(())
    }

    /// `transceiver.direction = …`. An unknown number changes nothing.
    pub(crate) fn set_direction(&mut self, index: usize, direction: Direction) -> Result<(), Error> {
        self.open()?;
        if let Some(transceiver) = self.transceivers.get_mut(index) {
            transceiver.direction = direction;
        }
        Ok(())
    }

    /// `restartIce()`.
    pub(crate) fn restart_ice(&mut self) {
        if self.signaling == Signaling::Closed {
            return;
        }
        let local = [&self.current_local, &self.pending_local];
        self.replace = local.into_iter().flatten().map(|description| description.ufrag.clone()).collect();
    }

    /// `setLocalDescription()`: an answer if there is an offer to answer, else an offer.
    pub(crate) fn set_local(&mut self) -> Result<&Description, Error> {
        self.open()?;
        self.unspoilt()?;
        if let Some(offer) = self.pending_remote.take() {
            let answer = self.answer_to(&offer);
            self.settle(answer, offer, true);
            return self.current_local.as_ref().ok_or(Error::Operation);
        }
        let offer = self.offer();
        self.signaling = Signaling::HaveLocalOffer;
        self.pending_local = Some(offer);
        self.pending_local.as_ref().ok_or(Error::Operation)
    }

    /// `setRemoteDescription(…)`; an offer over an own pending offer rolls that back first.
    pub(crate) fn set_remote(&mut self, description: Description) -> Result<(), Error> {
        self.open()?;
        self.unspoilt()?;
        match description.sdp_type {
            SdpType::Offer => {
                self.check_subsequent(&description)?;
                self.check_role(&description)?;
                if self.signaling == Signaling::HaveLocalOffer {
                    let unexpected =
                        self.restarts(&description) && !self.pending_local.as_ref().is_some_and(|own| self.restarted(own));
                    self.roll_back();
                    if self.engine == Engine::Firefox && unexpected {
                        self.signaling = Signaling::Stable;
                        return Err(Error::InvalidAccess);
                    }
                }
                self.signaling = Signaling::HaveRemoteOffer;
                self.associate(&description);
                self.pending_remote = Some(description);
            }
            SdpType::Answer => {
                if self.signaling != Signaling::HaveLocalOffer {
                    return Err(Error::InvalidState);
                }
                let fits = self.pending_local.as_ref().is_some_and(|offer| same_lines(&offer.lines, &description.lines));
                if !fits {
                    return Err(Error::InvalidAccess);
                }
                self.check_role(&description)?;
                let offer = self.pending_local.take().ok_or(Error::InvalidState)?;
                self.settle(offer, description, false);
            }
        }
        Ok(())
    }

    /// `addIceCandidate(…)`; `None` ends them.
    pub(crate) fn add_candidate(&mut self, candidate: Option<&Candidate>) -> Result<(), Error> {
        self.open()?;
        let Some(remote) = self.remote() else {
            return Err(Error::InvalidState);
        };
        let Some(candidate) = candidate else {
            return Ok(());
        };
        let placed = match (&candidate.mid, candidate.line) {
            (Some(mid), _) => remote.index_of(mid).is_some(),
            (None, Some(line)) => usize::from(line) < remote.lines.len(),
            (None, None) => false,
        };
        if !placed {
            return Err(Error::Operation);
        }
        let known = [&self.pending_remote, &self.current_remote];
        let generation = match &candidate.ufrag {
            Some(ufrag) => known.into_iter().flatten().map(|d| &d.ufrag).find(|known| *known == ufrag),
            None => Some(&remote.ufrag),
        };
        let Some(generation) = generation.cloned() else {
            return if self.engine == Engine::Chromium { Ok(()) } else { Err(Error::Operation) };
        };
        *self.candidates.entry(generation).or_default() += 1;
        Ok(())
    }

    /// `close()`.
    pub(crate) fn close(&mut self) {
        self.signaling = Signaling::Closed;
        self.negotiation_needed = false;
    }

    /// To be called when the operations chain is empty: whether `negotiationneeded` fires now (W3C WebRTC §4.7.3).
    pub(crate) fn update_negotiation_needed(&mut self) -> bool {
        if self.signaling != Signaling::Stable {
            return false;
        }
        let needed = self.needs_negotiation();
        let fires = needed && !self.negotiation_needed;
        self.negotiation_needed = needed;
        fires
    }

    /// Whether the other end chose the role that this end has.
    fn check_role(&mut self, description: &Description) -> Result<(), Error> {
        self.spoilt = self.engine != Engine::Firefox && description.active.is_some() && description.active == self.active;
        self.unspoilt()
    }

    /// Whether it shows nothing of what comes, after an own offer was rolled back: Chromium takes the channels of transceivers that
    /// a remote offer has made with it, makes others, and plugs no screen into them.
    pub(crate) fn is_blind_when_rolled_back(&self) -> bool {
        self.engine != Engine::Firefox && self.transceivers.iter().any(|transceiver| transceiver.theirs)
    }

    fn unspoilt(&self) -> Result<(), Error> {
        if self.spoilt { Err(Error::InvalidAccess) } else { Ok(()) }
    }

    fn open(&self) -> Result<(), Error> {
        if self.signaling == Signaling::Closed { Err(Error::InvalidState) } else { Ok(()) }
    }
}

fn line<'a>(description: &'a Description, mid: &str) -> Option<&'a Line> {
    description.lines.iter().find(|line| line.mid == mid)
}

fn same_lines(one: &[Line], other: &[Line]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.mid == b.mid && a.kind == b.kind)
}
