//! The check before a lesson, leg by leg: what is tried in which order, how each leg went, and what to do about it.
//!
//! Driven by the page `/check`: [`Check::handle`], then [`Check::poll`] until `None`. It opens nothing itself and has no words.

mod leg;

use std::collections::VecDeque;

pub use self::leg::{Fault, Leg, State, Verdict};
use crate::{
    Millis,
    client::DeviceError,
    message::{IceConfig, IceServer},
};

/// How long the server, and what it names, may take to answer.
const ANSWER: Millis = 8_000;
/// How long a STUN server may: browsers ask again and again for longer than that.
const STUN: Millis = 6_000;
/// How long a camera may take to its first pictures.
const PICTURES: Millis = 10_000;
/// How long the microphone waits for a word.
const WORD: Millis = 15_000;
/// How long a picture may be on its way through the relay.
const MEDIA: Millis = 15_000;
/// So many pictures are a film.
const FILM: u32 = 3;
/// Steps of the meter from which a voice is heard.
const VOICE: u8 = 3;

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The person begins, or begins again.
    Start,
    /// The camera or the microphone opened, or did not.
    Opened(Leg, Result<(), DeviceError>),
    /// So many pictures have come from the camera.
    Pictures(u32),
    /// How loud the microphone is, in steps of the meter.
    Sound(u8),
    /// The person says whether the tone was heard.
    Heard(bool),
    /// The socket opened, or did not.
    Connected(bool),
    /// `ice_servers` answered; `None`: it could not be asked.
    IceServers(Option<IceConfig>),
    /// A candidate line was found for a leg (RFC 8839 §5.1); `None` ends them.
    Candidate(Leg, Option<String>),
    /// The browser says that the leg's server can't be found (`icecandidateerror`).
    Unknown(Leg),
    /// So many pictures have come through the relay.
    Relayed(u32),
    /// Time has passed.
    Wake,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open the camera or the microphone; answered by `Opened`.
    Open(Leg),
    /// Open a socket; answered by `Connected`.
    Connect,
    /// Ask for the servers; answered by `IceServers`.
    FetchIceServers,
    /// Gather candidates; answered by `Candidate`.
    Gather {
        /// For which leg.
        leg: Leg,
        /// The leg's servers.
        servers: Vec<IceServer>,
        /// Only relayed ones.
        relay_only: bool,
    },
    /// Send a picture from one connection to another in this page, only over these; answered by `Relayed`.
    Relay(Vec<IceServer>),
    /// Close what the leg has open.
    Close(Leg),
}

/// The check.
#[derive(Debug, Default)]
pub struct Check {
    states: [State; 8],
    deadlines: [Option<Millis>; 8],
    relays: Vec<IceServer>,
    /// Whoever relays over UDP is who is asked for STUN.
    relay_is_stun: bool,
    effects: VecDeque<Effect>,
}

impl Check {
    /// How each leg stands, in the order of [`Leg::ALL`].
    #[must_use]
    pub const fn states(&self) -> &[State; 8] {
        &self.states
    }

    /// How all of it stands.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let failed = |leg: &Leg| matches!(self.states[*leg as usize], State::Failed(_));
        let by_relay = self.states[Leg::Media as usize] == State::Good;
        if self.states.iter().all(|state| *state == State::Waiting) {
            Verdict::Waiting
        } else if !self.states.iter().all(|state| state.is_settled()) {
            Verdict::Trying
        } else if !Leg::ALL.iter().any(failed) {
            Verdict::Good
        } else if by_relay
            && Leg::ALL.iter().filter(|leg| failed(leg)).all(|leg| matches!(leg, Leg::Stun | Leg::TurnUdp | Leg::TurnTcp))
        {
            Verdict::Limited
        } else {
            Verdict::Failed
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Takes in what happened. `now` never decreases.
    pub fn handle(&mut self, input: Input, now: Millis) {
        match input {
            Input::Start => self.start(now),
            Input::Opened(leg, opened) => {
                if self.is_tried(leg) {
                    let wait = if leg == Leg::Camera { PICTURES } else { WORD };
                    match opened {
                        Ok(()) => self.deadlines[leg as usize] = Some(now + wait),
                        Err(error) => self.settle(leg, State::Failed(Fault::Device(error))),
                    }
                }
                // One question at a time.
                if leg == Leg::Camera && self.states[Leg::Microphone as usize] == State::Waiting {
                    self.begin(Leg::Microphone, None, Effect::Open(Leg::Microphone));
                }
            }
            Input::Pictures(pictures) => self.good_if(Leg::Camera, pictures >= FILM),
            // A word said too late is still heard.
            Input::Sound(steps) => {
                let silent = self.states[Leg::Microphone as usize] == State::Failed(Fault::Nothing);
                if steps >= VOICE && (silent || self.is_tried(Leg::Microphone)) {
                    self.settle(Leg::Microphone, State::Good);
                }
            }
            Input::Heard(heard) => self.settle(Leg::Speaker, if heard { State::Good } else { State::Failed(Fault::Nothing) }),
            Input::Connected(true) => self.good_if(Leg::Server, true),
            Input::Connected(false) => self.fail(Leg::Server, Fault::NoAnswer),
            Input::IceServers(ice) => self.servers(ice, now),
            Input::Candidate(leg, Some(line)) => {
                let kind = if leg == Leg::Stun { " typ srflx" } else { " typ relay" };
                self.good_if(leg, line.contains(kind));
                // Its answer to an allocation names the browser's address too (RFC 8656 §7.3). On the machine of the server itself
                // browsers ask for STUN from addresses that do not reach it.
                if leg == Leg::TurnUdp && self.relay_is_stun {
                    self.good_if(Leg::Stun, line.contains(kind));
                }
            }
            // The answer named the address that the browser has anyway: browsers do not report that twice. Without an answer they
            // would still be asking.
            Input::Candidate(Leg::Stun, None) => self.good_if(Leg::Stun, true),
            Input::Candidate(leg, None) | Input::Unknown(leg) => self.fail(leg, Fault::NoAnswer),
            Input::Relayed(pictures) => self.good_if(Leg::Media, pictures >= FILM),
            Input::Wake => {}
        }
        for leg in Leg::ALL {
            if self.deadlines[leg as usize].is_some_and(|at| at <= now) {
                self.fail(leg, if matches!(leg, Leg::Camera | Leg::Microphone) { Fault::Nothing } else { Fault::NoAnswer });
            }
        }
        self.relay_when_known(now);
        if !matches!(self.verdict(), Verdict::Waiting | Verdict::Trying) {
            // Off when it is over.
            self.effects.extend([Effect::Close(Leg::Camera), Effect::Close(Leg::Microphone)]);
        }
    }

    fn start(&mut self, now: Millis) {
        let close = Leg::ALL.into_iter().filter(|_| self.verdict() != Verdict::Waiting).map(Effect::Close);
        *self = Self { effects: close.collect(), ..Self::default() };
        self.states[Leg::Speaker as usize] = State::Asking;
        // Without a deadline: the browser may be asking the person.
        self.begin(Leg::Camera, None, Effect::Open(Leg::Camera));
        self.begin(Leg::Server, Some(now + ANSWER), Effect::Connect);
        self.begin(Leg::Stun, Some(now + ANSWER), Effect::FetchIceServers);
        for leg in [Leg::TurnUdp, Leg::TurnTcp] {
            self.states[leg as usize] = State::Trying;
            self.deadlines[leg as usize] = Some(now + ANSWER);
        }
    }

    fn servers(&mut self, ice: Option<IceConfig>, now: Millis) {
        let Some(ice) = ice else {
            return [Leg::Stun, Leg::TurnUdp, Leg::TurnTcp].into_iter().for_each(|leg| self.fail(leg, Fault::NotTried));
        };
        let addresses = |leg| {
            ice.servers.iter().flat_map(|server| &server.urls).filter(move |url| leg_of(url) == leg).map(|url| address_of(url))
        };
        self.relay_is_stun = addresses(Leg::TurnUdp).all(|relay| addresses(Leg::Stun).any(|stun| stun == relay));
        for (leg, wait) in [(Leg::Stun, STUN), (Leg::TurnUdp, ANSWER), (Leg::TurnTcp, ANSWER)] {
            if !self.is_tried(leg) {
                continue;
            }
            let of_leg = |server: &IceServer| {
                let urls: Vec<String> = server.urls.iter().filter(|url| leg_of(url) == leg).cloned().collect();
                (!urls.is_empty()).then(|| IceServer { urls, ..server.clone() })
            };
            let servers: Vec<IceServer> = ice.servers.iter().filter_map(of_leg).collect();
            if servers.is_empty() {
                self.settle(leg, State::Absent);
                continue;
            }
            let relay_only = leg != Leg::Stun;
            if relay_only {
                self.relays.extend(servers.iter().cloned());
            }
            self.begin(leg, Some(now + wait), Effect::Gather { leg, servers, relay_only });
        }
    }

    /// Once both ways to a relay are known: over those that there are.
    fn relay_when_known(&mut self, now: Millis) {
        let turns = [self.states[Leg::TurnUdp as usize], self.states[Leg::TurnTcp as usize]];
        if self.states[Leg::Media as usize] != State::Waiting || !turns.iter().all(|state| state.is_settled()) {
            return;
        }
        if turns.contains(&State::Good) {
            for leg in [Leg::TurnUdp, Leg::TurnTcp] {
                if matches!(self.states[leg as usize], State::Failed(_)) {
                    self.states[leg as usize] = State::Failed(Fault::OtherWay);
                }
            }
            let relays = std::mem::take(&mut self.relays);
            self.begin(Leg::Media, Some(now + MEDIA), Effect::Relay(relays));
        } else if turns.iter().all(|state| *state == State::Absent) {
            self.states[Leg::Media as usize] = State::Absent;
        } else {
            self.states[Leg::Media as usize] = State::Failed(Fault::NotTried);
        }
    }

    fn begin(&mut self, leg: Leg, deadline: Option<Millis>, effect: Effect) {
        self.states[leg as usize] = State::Trying;
        self.deadlines[leg as usize] = deadline;
        self.effects.push_back(effect);
    }

    fn is_tried(&self, leg: Leg) -> bool {
        self.states[leg as usize] == State::Trying
    }

    fn good_if(&mut self, leg: Leg, good: bool) {
        if good && self.is_tried(leg) {
            self.settle(leg, State::Good);
        }
    }

    fn fail(&mut self, leg: Leg, fault: Fault) {
        if self.is_tried(leg) {
            self.settle(leg, State::Failed(fault));
        }
    }

    fn settle(&mut self, leg: Leg, state: State) {
        self.states[leg as usize] = state;
        self.deadlines[leg as usize] = None;
        // The devices go on: the person looks at the picture and speaks.
        if !matches!(leg, Leg::Camera | Leg::Microphone | Leg::Speaker) {
            self.effects.push_back(Effect::Close(leg));
        }
    }
}

/// Which leg an address belongs to (RFC 7064, RFC 7065): `turn:` is UDP unless it says otherwise.
fn leg_of(url: &str) -> Leg {
    if url.starts_with("stun") {
        Leg::Stun
    } else if url.starts_with("turns:") || url.ends_with("transport=tcp") {
        Leg::TurnTcp
    } else {
        Leg::TurnUdp
    }
}

/// Host and port, as given.
fn address_of(url: &str) -> &str {
    let address = url.split_once(':').map_or(url, |(_, address)| address);
    address.split('?').next().unwrap_or(address)
}

#[cfg(test)]
mod tests;
