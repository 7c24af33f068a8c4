//! The 200 scripts of operations that the model, Chromium and Firefox must answer alike.
//!
//! They are made here from seeds and kept, with the states the model gives, in `end2end/jsep/scripts.json`, which the browsers
//! are held against. `UPDATE=1 cargo test -p protocol --test simulation scripts` writes the file anew.

use std::{fmt::Write as _, fs, path::Path};

use protocol::message::{Candidate, SdpType};
use serde::{Deserialize, Serialize};

use super::{
    model::{Description, Direction, Kind, PeerConnection, Signaling},
    random::Random,
};

const SCRIPTS: u64 = 200;

/// One operation at one end of a pair of connections. Descriptions are numbered in the order in which `SetLocal` made them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Operation {
    AddTransceiver { kind: String, direction: String },
    CreateDataChannel,
    SetDirection { index: usize, direction: String },
    ReplaceTrack { index: usize },
    SetLocal,
    SetRemote { description: usize },
    AddCandidate { description: usize, ufrag: Fit, mid: Fit },
    EndOfCandidates,
    RestartIce,
    Close,
}

/// Whether a candidate's part is that of its description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fit {
    Right,
    Wrong,
}

/// An operation and what comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    /// 0 or 1.
    end: usize,
    operation: Operation,
    /// The name of the exception, if it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// A browser may do otherwise here, in a way that is known and that the product bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quirk: Option<Quirk>,
    /// Each end afterwards, where it is not as before.
    states: [Option<String>; 2],
}

/// What the two browsers do differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Quirk {
    /// A candidate of another generation: Firefox fails it, Chromium drops it without a word.
    SilentDrop,
    /// Firefox rolls an own offer back for one that restarts ICE, but then fails it; after an own offer that restarts too, it is taken.
    Again,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Script {
    seed: u64,
    steps: Vec<Step>,
}

/// Two connections and the descriptions made so far.
struct Pair {
    ends: [PeerConnection; 2],
    made: Vec<(usize, Description)>,
    states: [String; 2],
}

impl Pair {
    fn new() -> Self {
        let mut ends = [PeerConnection::new(0), PeerConnection::new(1)];
        let states = [state(&mut ends[0]), state(&mut ends[1])];
        Self { ends, made: Vec::new(), states }
    }

    fn run(&mut self, end: usize, operation: Operation) -> Step {
        let quirk = self.quirk(end, &operation);
        let pc = &mut self.ends[end];
        let result = match &operation {
            Operation::AddTransceiver { kind, direction } => {
                let kind = if kind == "audio" { Kind::Audio } else { Kind::Video };
                pc.add_transceiver(kind, Direction::parse(direction).expect("written by us"))
            }
            Operation::CreateDataChannel => pc.create_data_channel(),
            Operation::SetDirection { index, direction } => {
                pc.set_direction(*index, Direction::parse(direction).expect("written by us"))
            }
            Operation::ReplaceTrack { .. } => Ok(()),
            Operation::SetLocal => pc.set_local().cloned().map(|description| self.made.push((end, description))),
            Operation::SetRemote { description } => pc.set_remote(self.made[*description].1.clone()),
            Operation::AddCandidate { description, ufrag, mid } => {
                let of = &self.made[*description].1;
                pc.add_candidate(Some(&Candidate {
                    candidate: String::new(),
                    mid: Some(if *mid == Fit::Right { of.lines[0].mid.clone() } else { "none".to_owned() }),
                    line: None,
                    ufrag: Some(if *ufrag == Fit::Right { of.ufrag.clone() } else { "none".to_owned() }),
                }))
            }
            Operation::EndOfCandidates => pc.add_candidate(None),
            Operation::RestartIce => {
                pc.restart_ice();
                Ok(())
            }
            Operation::Close => {
                pc.close();
                Ok(())
            }
        };
        let states = [0, 1].map(|end| {
            let now = state(&mut self.ends[end]);
            let before = std::mem::replace(&mut self.states[end], now.replace(" needed", ""));
            (now != before).then_some(now)
        });
        Step { end, operation, error: result.err().map(|error| error.name().to_owned()), quirk, states }
    }

    fn quirk(&self, end: usize, operation: &Operation) -> Option<Quirk> {
        let pc = &self.ends[end];
        match operation {
            Operation::SetRemote { description } => {
                let offer = &self.made[*description].1;
                let restarts = pc.current_remote.as_ref().is_some_and(|before| before.ufrag != offer.ufrag);
                (pc.signaling == Signaling::HaveLocalOffer && offer.sdp_type == SdpType::Offer && restarts)
                    .then_some(Quirk::Again)
            }
            Operation::AddCandidate { description, ufrag, mid: Fit::Right } => {
                let of = &self.made[*description].1.ufrag;
                let known = [&pc.current_remote, &pc.pending_remote].into_iter().flatten().any(|d| d.ufrag == *of);
                (pc.remote().is_some() && (*ufrag == Fit::Wrong || !known)).then_some(Quirk::SilentDrop)
            }
            _ => None,
        }
    }
}

/// What is compared: signaling state, m-lines, each transceiver's line, wish and outcome, and whether `negotiationneeded` fired.
fn state(pc: &mut PeerConnection) -> String {
    let mut text = pc.signaling.name().to_owned();
    if pc.signaling == Signaling::Closed {
        return text;
    }
    let lines = |description: Option<&Description>| description.map_or(0, |d| d.lines.len());
    let _ = write!(text, " local {} remote {}", lines(pc.local()), lines(pc.remote()));
    let place = |mid: &Option<String>| {
        let mid = mid.as_ref()?;
        [pc.local(), pc.remote()].into_iter().flatten().find_map(|description| description.index_of(mid))
    };
    for transceiver in &pc.transceivers {
        let line = place(&transceiver.mid).map_or("-".to_owned(), |line| line.to_string());
        let current = transceiver.current.map_or("null", Direction::name);
        let _ = write!(text, " [{} {line} {} {current}]", transceiver.kind.name(), transceiver.direction.name());
    }
    if pc.update_negotiation_needed() {
        text.push_str(" needed");
    }
    text
}

/// Chooses operations that mostly make sense, and now and then ones that do not.
///
/// What the two browsers are known to do differently, or wrongly, and the product never does, is left out: descriptions are taken
/// in the order they were made, an answer is never passed over, an offer is not made twice, and the first exchange meets no other
/// unless both ends are of one kind without data (Chromium: header extension ids collide, SCTP does not start).
struct Author {
    random: Random,
    pair: Pair,
    steps: Vec<Step>,
    /// How many of all descriptions each end has taken or passed over.
    taken: [usize; 2],
    /// Makes the first offer.
    first: usize,
    /// Gives way when two offers meet.
    polite: usize,
    /// What may be added.
    kinds: Vec<Kind>,
    data: bool,
}

impl Author {
    fn script(seed: u64) -> Script {
        let mut random = Random::new(seed);
        let kinds = match random.below(5) {
            0 => vec![Kind::Audio],
            1 => vec![Kind::Video],
            _ => vec![Kind::Audio, Kind::Video],
        };
        let (first, polite) = (usize::from(random.chance(50)), usize::from(random.chance(50)));
        let data = random.chance(70);
        let mut author = Self { random, pair: Pair::new(), steps: Vec::new(), taken: [0; 2], first, polite, kinds, data };
        author.begin();
        let length = usize::try_from(author.random.between(14, 30)).expect("small");
        // An end may find nothing to do in a turn.
        for _ in 0..10 * length {
            if author.steps.len() < length {
                let end = author.end();
                author.next(end);
            }
        }
        Script { seed, steps: author.steps }
    }

    fn begin(&mut self) {
        for kind in self.kinds.clone() {
            self.add(self.first, kind);
        }
        for _ in 0..self.random.between(0, 3) {
            let end = self.end();
            self.add_any(end);
        }
        if self.data {
            self.push(0, Operation::CreateDataChannel);
            self.push(1, Operation::CreateDataChannel);
        }
    }

    fn end(&mut self) -> usize {
        usize::from(self.random.chance(50))
    }

    fn push(&mut self, end: usize, operation: Operation) {
        let step = self.pair.run(end, operation);
        self.steps.push(step);
    }

    fn add_any(&mut self, end: usize) {
        if self.pair.ends[end].transceivers.len() < 5 {
            let kind = *self.random.pick(&self.kinds).expect("at least one");
            self.add(end, kind);
        }
    }

    fn add(&mut self, end: usize, kind: Kind) {
        let direction = self.direction();
        self.push(end, Operation::AddTransceiver { kind: kind.name().to_owned(), direction });
    }

    fn direction(&mut self) -> String {
        let sendrecv = self.random.chance(50);
        let any = *self.random.pick(&Direction::ALL).expect("four");
        if sendrecv { Direction::SendRecv } else { any }.name().to_owned()
    }

    fn next(&mut self, end: usize) {
        let closed = self.pair.ends[end].signaling == Signaling::Closed;
        match self.random.weighted(&[50, 6, 9, 4, 4, 10, 3, 6, 1]) {
            0 => self.negotiate(end),
            1 => self.add_any(end),
            2 | 3 if closed => {}
            2 => {
                if let Some(index) = self.transceiver(end) {
                    let direction = self.direction();
                    self.push(end, Operation::SetDirection { index, direction });
                }
            }
            3 => {
                if let Some(index) = self.transceiver(end) {
                    self.push(end, Operation::ReplaceTrack { index });
                }
            }
            4 if self.pair.ends[end].local().is_some() => self.push(end, Operation::RestartIce),
            5 => self.candidate(end),
            6 if self.pair.ends[end].remote().is_some() => self.push(end, Operation::EndOfCandidates),
            7 => self.disorder(end),
            8 => self.push(end, Operation::Close),
            _ => {}
        }
    }

    fn transceiver(&mut self, end: usize) -> Option<usize> {
        let count = self.pair.ends[end].transceivers.len();
        usize::try_from(self.random.below(count as u64)).ok().filter(|index| *index < count)
    }

    /// Perfect negotiation: take the other's next description, answer it, or offer.
    fn negotiate(&mut self, end: usize) {
        let signaling = self.pair.ends[end].signaling;
        let waiting = (self.taken[end]..self.pair.made.len()).find(|index| self.pair.made[*index].0 != end);
        // Letters take time: the other's offer may be under way when an own one is made.
        let unseen = waiting.filter(|_| signaling != Signaling::Stable || self.random.chance(65));
        if signaling == Signaling::HaveRemoteOffer {
            self.push(end, Operation::SetLocal);
        } else if let Some(description) = unseen {
            self.taken[end] = description + 1;
            let offer = self.pair.made[description].1.sdp_type == SdpType::Offer;
            let passed_over = match signaling {
                Signaling::HaveLocalOffer => offer && end != self.polite,
                _ => !offer,
            };
            if !passed_over {
                self.push(end, Operation::SetRemote { description });
            }
        } else if signaling != Signaling::HaveLocalOffer {
            let alone = self.kinds.len() == 1 && !self.data && !self.pair.ends[end].transceivers.is_empty();
            if end == self.first || self.pair.ends[end].current_local.is_some() || alone {
                self.push(end, Operation::SetLocal);
            }
        }
    }

    fn candidate(&mut self, end: usize) {
        let theirs: Vec<usize> = (0..self.pair.made.len()).filter(|index| self.pair.made[*index].0 != end).collect();
        let newest = theirs.last().copied();
        let any = self.random.pick(&theirs).copied();
        let Some(description) = (if self.random.chance(70) { newest } else { any }) else { return };
        let mut fit = |wrong| if self.random.chance(wrong) { Fit::Wrong } else { Fit::Right };
        let (ufrag, mid) = (fit(20), fit(10));
        self.push(end, Operation::AddCandidate { description, ufrag, mid });
    }

    /// What a doubled letter does: an answer again, when none is waited for or when it has other lines.
    fn disorder(&mut self, end: usize) {
        let pc = &self.pair.ends[end];
        let unfit = |(by, description): &(usize, Description)| {
            *by != end
                && description.sdp_type == SdpType::Answer
                && (pc.signaling != Signaling::HaveLocalOffer
                    || pc.local().is_some_and(|local| local.lines.len() != description.lines.len()))
        };
        let old: Vec<usize> = (0..self.taken[end]).filter(|index| unfit(&self.pair.made[*index])).collect();
        if let Some(description) = self.random.pick(&old) {
            self.push(end, Operation::SetRemote { description: *description });
        }
    }
}

#[test]
fn scripts_are_those_the_browsers_are_held_against() {
    let scripts: Vec<String> =
        (1..=SCRIPTS).map(|seed| serde_json::to_string(&Author::script(seed)).expect("plain data")).collect();
    let text = format!("[\n{}\n]\n", scripts.join(",\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/jsep/scripts.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).expect("the folder is there");
    }
    let kept = fs::read_to_string(&path).expect("the file is kept beside the browsers' runner");
    assert!(
        kept == text,
        "the model or the author of the scripts changed: UPDATE=1 writes them anew, then hold them against the browsers"
    );
    for wanted in
        ["InvalidStateError", "InvalidAccessError", "OperationError", "have-remote-offer", "\"restart_ice\"", "inactive]"]
    {
        assert!(text.contains(wanted), "no script shows {wanted}");
    }
}
