//! [`Session`]: one participant's page. What is derived (which connections, which tracks, which media is said, what is kept) is
//! reconciled after every input, so that no input has to remember it.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    Millis,
    client::{
        Device, Effect, Entry, Input, Mark, Notice, NoticeKind, PeerEvent, PeerOp, Preferences, Saved, Setup,
        call::CallState,
        chat::Chat,
        devices::Devices,
        line::{Line, PATIENCE},
        pair::Pair,
        reach::Reach,
        room::RoomState,
        weak::Weak,
    },
    id::{CallId, PageId, ParticipantId, RoomCode, RoomId},
    message::{ClientMessage, IceConfig, Media, PeerBody},
};

/// How many notices wait to be read at the most.
const NOTICES_MAX: usize = 5;
/// When to ask for the ICE servers again.
const ICE_AGAIN: Millis = 2_000;

/// A request that waits for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Enter(RoomCode),
    Leave,
}

/// What was dropped or taken back, for the console and the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Letters of another page than the one connected to.
    pub stale: u64,
    /// Letters seen before.
    pub duplicates: u64,
    /// Messages and letters of a kind unknown here.
    pub unknown: u64,
    /// Offers ignored by this end (glare).
    pub ignored_offers: u64,
    /// Own offers taken back (glare).
    pub rollbacks: u64,
    /// ICE restarts.
    pub restarts: u64,
    /// Connections put in the place of one that carried nothing any more.
    pub replaced: u64,
}

/// One participant's page. See [`crate::client`]. (Not `Debug`: it holds a token.)
pub struct Session {
    pub(super) effects: VecDeque<Effect>,
    pub(super) page: PageId,
    rng: u64,
    pub(super) link: Option<RoomCode>,
    pub(super) preferences: Preferences,
    pub(super) name: String,
    pub(super) token: String,
    pub(super) line: Line,
    pub(super) reach: Reach,
    /// How often in a row the server could not be reached.
    pub(super) attempts: Millis,
    pub(super) pings: u32,
    pub(super) you: Option<ParticipantId>,
    pub(super) incarnation: u32,
    /// The incarnation this page was welcomed with, while it is still its own.
    pub(super) resuming: Option<u32>,
    pub(super) own_code: Option<RoomCode>,
    /// The code by which one came into the room, if not the own.
    pub(super) entered: Option<RoomCode>,
    pub(super) room: Option<RoomState>,
    /// The room the page before this one was in, until this one is in a room.
    pub(super) before: Option<RoomId>,
    /// The call the page before this one had left, until this one is in a room.
    pub(super) left: Option<CallId>,
    /// The call that the person takes part in without the camera, whatever is preferred.
    pub(super) without_camera: Option<CallId>,
    pub(super) requests: u32,
    pub(super) pending: Option<Pending>,
    pub(super) entry: Entry,
    /// How connections begin; until it is known there are none.
    pub(super) ice: Option<IceConfig>,
    /// When to ask for it again.
    ice_again_at: Option<Millis>,
    pub(super) devices: Devices,
    pub(super) pairs: BTreeMap<ParticipantId, Pair>,
    pub(super) weak: Weak,
    pub(super) generations: u32,
    pub(super) chat: Chat,
    /// What this page last said of its media.
    pub(super) said: Media,
    pub(super) notices: Vec<Notice>,
    notice_ids: u32,
    pub(super) counters: Counters,
    pub(super) saved: Option<Saved>,
    pub(super) remembered: Preferences,
    pub(super) location: Option<RoomCode>,
    pub(super) first_frame_seen: bool,
    /// The page has been asked to load itself anew.
    pub(super) reloading: bool,
}

impl Session {
    /// A page that has not started.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let saved = setup.saved.clone().unwrap_or_default();
        let name = if saved.name.is_empty() { setup.preferences.name.clone() } else { saved.name };
        Self {
            effects: VecDeque::new(),
            page: setup.page,
            rng: setup.seed,
            link: setup.link,
            remembered: setup.preferences.clone(),
            devices: Devices::new(&setup.preferences),
            preferences: setup.preferences,
            name,
            token: saved.token,
            line: Line::Idle,
            reach: Reach::default(),
            attempts: 0,
            pings: 0,
            you: None,
            incarnation: 0,
            resuming: None,
            own_code: None,
            entered: saved.entered,
            room: None,
            before: saved.room,
            left: saved.left,
            without_camera: saved.without_camera,
            requests: 0,
            pending: None,
            entry: Entry::Idle,
            ice: None,
            ice_again_at: None,
            pairs: BTreeMap::new(),
            weak: Weak::default(),
            generations: 0,
            chat: Chat::restore(saved.unsent),
            said: Media::default(),
            notices: Vec::new(),
            notice_ids: 0,
            counters: Counters::default(),
            saved: setup.saved,
            location: setup.link,
            first_frame_seen: false,
            reloading: false,
        }
    }

    /// Takes in what happened. `now` never decreases. Then [`Self::poll`] until `None`.
    pub fn handle(&mut self, input: Input, now: Millis) {
        let idle = self.call_state() == CallState::None;
        if let Input::IceServers(answer) = &input {
            self.reach.asked(answer.is_ok());
        }
        match input {
            Input::Start => {
                self.open_devices();
                self.ask_for_ice_servers(now);
                self.connect(now);
            }
            Input::Command(command) => self.command(command, now),
            Input::RoomCreated(result) => self.room_created(result, now),
            Input::IceServers(Ok(ice)) => self.ice_servers(ice, now),
            Input::IceServers(Err(_)) if self.ice.is_some() => {}
            Input::IceServers(Err(_)) => self.ice_again_at = Some(now + ICE_AGAIN),
            Input::SocketOpen => self.socket_open(),
            Input::SocketMessage(message) => self.message(message, now),
            Input::SocketClosed { code } => self.socket_closed(code, now),
            Input::DevicesOpened { request, camera, microphone } => {
                let notices = self.devices.opened(request, camera, microphone, &mut self.effects);
                notices.into_iter().flatten().for_each(|kind| self.notice(kind));
            }
            Input::DevicesFailed { request, error } => {
                let notice = self.devices.failed(request, error, &mut self.effects);
                notice.into_iter().for_each(|kind| self.notice(kind));
            }
            Input::DeviceEnded(device) => self.devices.ended(device, &mut self.effects),
            Input::DeviceList(list) => self.devices.listed(list, &mut self.effects),
            Input::Peer { peer, generation, event } => self.peer_event(peer, generation, event, now),
            Input::Hidden => self.send(ClientMessage::Away { away: true }),
            Input::Shown => self.shown(now),
            Input::NetworkChanged => self.network_changed(now),
            Input::Wake => {}
        }
        self.wake(now);
        if idle && self.call_state() != CallState::None {
            // The next call makes old news of the last one.
            self.notices.retain(|notice| !notice.kind.is_of_a_call());
        }
        self.reconcile(now);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to send [`Input::Wake`] at the latest. In the past: at once.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let pairs = self.pairs.values().filter_map(Pair::deadline);
        pairs.chain(self.line_deadline()).chain(self.chat.deadline()).chain(self.ice_again_at).min()
    }

    /// What was dropped or taken back so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut counters = self.counters;
        for pair in self.pairs.values() {
            pair.count_into(&mut counters);
        }
        counters
    }

    /// Sends a frame, if the server can be reached; what must not get lost is kept by its owner.
    pub(super) fn send(&mut self, message: ClientMessage) {
        if self.online() {
            self.effects.push_back(Effect::Send(message));
        }
    }

    pub(super) fn random(&mut self) -> u64 {
        // SplitMix64.
        self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn notice(&mut self, kind: NoticeKind) {
        self.notices.retain(|n| n.kind != kind);
        if self.notices.len() == NOTICES_MAX {
            self.notices.remove(0);
        }
        self.notice_ids += 1;
        self.notices.push(Notice { id: self.notice_ids, kind });
    }

    fn peer_event(&mut self, peer: ParticipantId, generation: u32, event: PeerEvent, now: Millis) {
        let Some(pair) = self.pairs.get_mut(&peer).filter(|p| p.generation == generation) else {
            return;
        };
        match event {
            PeerEvent::ControlMessage(message) => self.letter(message),
            PeerEvent::FirstFrame => {
                if !self.first_frame_seen && self.in_call_with(peer) {
                    self.first_frame_seen = true;
                    self.effects.push_back(Effect::Mark(Mark::FirstRemoteFrame));
                }
            }
            PeerEvent::Measured(measured) => self.measured(peer, *measured),
            event => {
                let opened = event == PeerEvent::ControlOpen;
                pair.event(event, now, &mut self.effects);
                if pair.is_first_not_made() {
                    self.notice(NoticeKind::NoConnection);
                }
                if let Some(member) = self.room.as_ref().and_then(|room| room.member(peer)).filter(|_| self.in_call_with(peer))
                    && let Some(pair) = self.pairs.get_mut(&peer)
                    && pair.restart_if_silent(&member.media, now)
                {
                    self.doubt_the_line(now);
                }
                if opened {
                    self.effects.push_back(Effect::Mark(Mark::PeerReady));
                    let media = self.said.clone();
                    self.say_to(peer, PeerBody::Media { media });
                }
            }
        }
    }

    /// Sends a letter on every way there is; the first that arrives counts.
    pub(super) fn say_to(&mut self, peer: ParticipantId, body: PeerBody) {
        let (Some(me), Some(pair)) = (self.you, self.pairs.get_mut(&peer)) else {
            return;
        };
        let message = pair.letter(me, body);
        if pair.control {
            let op = PeerOp::Control(message.clone());
            self.effects.push_back(Effect::Peer { peer, generation: pair.generation, op });
        }
        self.send(ClientMessage::Peer { message });
    }

    /// The way to `peer` was cut: says again what must not get lost.
    pub(super) fn say_again(&mut self, peer: ParticipantId) {
        let messages = self.pairs.get(&peer).map(|pair| pair.letters.repeated()).unwrap_or_default();
        for message in messages {
            self.send(ClientMessage::Peer { message });
        }
    }

    /// Without a session there is nobody to connect to: then it is asked when there is one.
    pub(super) fn ask_for_ice_servers(&mut self, now: Millis) {
        let token = self.token.clone();
        self.ice_again_at = (!token.is_empty()).then_some(now + PATIENCE);
        if !token.is_empty() {
            self.effects.push_back(Effect::FetchIceServers { token });
        }
    }

    /// New ones are asked for long before the credentials end. Connections that there are get them for their next ICE restart.
    fn ice_servers(&mut self, ice: IceConfig, now: Millis) {
        self.ice_again_at = ice.good_for.map(|seconds| now + Millis::from(seconds) * 1000 / 2);
        if self.ice.as_ref().is_some_and(|known| known.servers != ice.servers) {
            self.pairs.values().for_each(|pair| pair.renew(&ice.servers, &mut self.effects));
        }
        self.ice = Some(ice);
    }

    fn wake(&mut self, now: Millis) {
        self.line_wake(now);
        for message in self.chat.wake(now) {
            self.send(message);
        }
        if self.ice_again_at.is_some_and(|at| at <= now) {
            self.ask_for_ice_servers(now);
        }
        let mut again = Vec::new();
        for (peer, pair) in &mut self.pairs {
            if pair.wake(now, &mut self.effects) {
                again.push(*peer);
            }
        }
        for peer in again {
            self.say_again(peer);
        }
    }

    /// The server no longer knows this session: begin anew, as the same person.
    pub(super) fn forget_session(&mut self) {
        self.token.clear();
        self.link = self.link.or(self.entered.take());
        self.room = None;
        self.before = None;
        self.you = None;
        self.resuming = None;
        self.pending = None;
        if self.entry == Entry::Busy {
            self.entry = Entry::Idle;
        }
    }

    /// This page is out of the call; another one may be in it.
    pub(super) fn stop_call(&mut self) {
        if let Some(room) = &mut self.room {
            room.told = None;
            room.accepting = None;
            room.wants_none = false;
        }
        for device in [Device::Camera, Device::Microphone] {
            self.devices.release(device, &mut self.effects);
        }
    }

    /// Asks for the devices that the person wants.
    pub(super) fn open_devices(&mut self) {
        let camera = self.preferences.camera && self.without_camera.is_none();
        self.devices.start(camera, self.preferences.microphone, &mut self.effects);
    }

    /// Whether another page has taken over.
    pub(super) fn superseded(&self) -> bool {
        self.line == Line::Superseded
    }

    /// The id of the call one is in or that rings, for commands.
    pub(super) fn call_id(&self) -> Option<CallId> {
        self.room.as_ref()?.told.as_ref().map(|c| c.id)
    }
}
