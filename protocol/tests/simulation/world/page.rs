//! A page: a real session with a simulated browser around it. The browser does what each effect says and reports what came of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{
    client::{
        ApiError, Ask, CallView, Command, Device, DeviceError, DeviceInfo, Effect, FailedOp, Input, PeerEvent, PeerOp, Session,
        Setup, View,
    },
    id::{PageId, ParticipantId, RoomId},
    message::{ClientMessage, Endpoint, Link, Media},
};

use super::{Event, Time, World};
use crate::simulation::coverage::Seen;

/// What `getUserMedia` meets at a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Situation {
    /// It works.
    #[default]
    Works,
    /// It fails so.
    Fails(DeviceError),
}

/// A page.
pub(crate) struct Page {
    /// In which tab.
    pub(crate) tab: usize,
    /// When it was loaded.
    started: Time,
    /// Not yet unloaded.
    pub(crate) alive: bool,
    frozen: bool,
    /// What came meanwhile, and on which socket.
    backlog: VecDeque<(Option<usize>, Input)>,
    pub(crate) session: Session,
    /// What it shows.
    pub(crate) view: View,
    wake_at: Option<Time>,
    ticking: bool,
    pub(crate) socket: Option<usize>,
    /// Whether the session was told that its socket is open.
    pub(super) told_open: bool,
    /// The opening of each device held.
    pub(crate) camera: Option<u32>,
    /// Likewise.
    pub(crate) microphone: Option<u32>,
    /// The connection that could last not be made.
    not_made: BTreeSet<(ParticipantId, u32)>,
    /// How often it heard of a call.
    pub(crate) call_news: u64,
    /// The connection to each other participant.
    pub(crate) peers: BTreeMap<ParticipantId, usize>,
    /// As the server said.
    pub(crate) participant: Option<ParticipantId>,
    /// As the server said last.
    pub(crate) room: Option<RoomId>,
    /// Whom the hang-up was told by the pair, since which the person is in no call.
    pub(crate) left_call: BTreeSet<ParticipantId>,
    /// The newest it was told of each other's media, by incarnation.
    pub(crate) media: BTreeMap<ParticipantId, (u32, Media)>,
    /// The letters it has taken: in which room, whose, of which link, which.
    pub(crate) letters: BTreeSet<(Option<RoomId>, Endpoint, Link, u64)>,
    /// The chat messages it has sent.
    chats: BTreeSet<protocol::id::MessageId>,
    /// The moment and number of inputs in it: a session must come to rest.
    busy: (Time, u32),
}

impl Page {
    /// Neither frozen nor with reports that it has not seen.
    pub(crate) fn settled(&self) -> bool {
        !self.frozen && self.backlog.is_empty()
    }
}

impl World {
    /// Loads a page in a tab.
    pub(crate) fn load(&mut self, tab: usize) {
        let setup = Setup {
            page: PageId::new(self.random.number()),
            seed: self.random.number(),
            saved: self.tabs[tab].saved.clone(),
            preferences: self.tabs[tab].preferences.clone(),
            link: self.tabs[tab].link,
        };
        self.pages.push(Page {
            tab,
            started: self.now,
            alive: true,
            frozen: false,
            backlog: VecDeque::new(),
            session: Session::new(setup),
            view: View::default(),
            wake_at: None,
            ticking: false,
            socket: None,
            told_open: false,
            camera: None,
            microphone: None,
            not_made: BTreeSet::new(),
            call_news: 0,
            peers: BTreeMap::new(),
            participant: None,
            room: None,
            left_call: BTreeSet::new(),
            media: BTreeMap::new(),
            letters: BTreeSet::new(),
            chats: BTreeSet::new(),
            busy: (0, 0),
        });
        let page = self.pages.len() - 1;
        self.tabs[tab].page = Some(page);
        self.trace(|_| format!("tab {tab}: loads page {page}"));
        self.deliver(page, Input::Start);
    }

    /// Unloads the page of a tab.
    pub(crate) fn unload(&mut self, tab: usize) {
        let Some(page) = self.tabs[tab].page.take() else { return };
        if self.random.chance(80) {
            self.deliver(page, Input::Hidden);
        }
        self.trace(|_| format!("tab {tab}: page {page} is gone"));
        self.pages[page].alive = false;
        self.silenced(page);
        self.pages[page].camera = None;
        self.pages[page].microphone = None;
        if let Some(socket) = self.pages[page].socket.take() {
            self.drop_socket(socket);
        }
        for peer in std::mem::take(&mut self.pages[page].peers).into_values() {
            self.close_peer(peer);
        }
        let counters = self.pages[page].session.counters();
        self.seen.add_counters(counters);
    }

    /// The browser stops a page's timers and callbacks for a while; then everything comes at once.
    pub(crate) fn freeze(&mut self, tab: usize, length: Time) {
        let Some(page) = self.tabs[tab].page else { return };
        if !self.pages[page].frozen {
            self.trace(|_| format!("tab {tab}: frozen for {length} ms"));
            self.deliver(page, Input::Hidden);
            self.pages[page].frozen = true;
            self.later(length, Event::Thaw(page));
        }
    }

    pub(crate) fn thaw(&mut self, page: usize) {
        self.seen.count(Seen::Thawed);
        self.pages[page].frozen = false;
        self.pages[page].backlog.push_front((None, Input::Shown));
        while let Some((socket, input)) = self.pages[page].backlog.pop_front() {
            self.deliver_from(page, socket, input);
        }
    }

    pub(crate) fn page_wakes(&mut self, page: usize) {
        self.pages[page].wake_at = None;
        self.deliver(page, Input::Wake);
    }

    /// Gives a page an input and does what it wants done.
    pub(crate) fn deliver(&mut self, page: usize, input: Input) {
        self.deliver_from(page, None, input);
    }

    /// Likewise, if it comes from a socket that the page has not let go of.
    pub(crate) fn deliver_from(&mut self, page: usize, socket: Option<usize>, input: Input) {
        let it = &mut self.pages[page];
        if !it.alive || socket.is_some() && it.socket != socket {
            return;
        }
        if it.frozen {
            return it.backlog.push_back((socket, input));
        }
        let now = self.now - it.started;
        self.trace(|_| format!("page {page} <- {input:?}"));
        self.note_input(page, &input);
        let it = &mut self.pages[page];
        it.session.handle(input, now);
        while let Some(effect) = self.pages[page].session.poll() {
            self.perform(page, effect);
        }
        let it = &mut self.pages[page];
        it.view = it.session.view();
        if let Some(deadline) = it.session.next_deadline() {
            let mut at = (it.started + deadline).max(self.now);
            // Timers of hidden tabs are slow.
            if it.busy.0 == self.now {
                at = at.max(self.now + 1);
            }
            if it.wake_at.is_none_or(|planned| at < planned) {
                it.wake_at = Some(at);
                self.at(at, Event::Wake(page));
            }
        }
        let it = &mut self.pages[page];
        it.busy = if it.busy.0 == self.now { (self.now, it.busy.1 + 1) } else { (self.now, 0) };
        if it.busy.1 > 2_000 {
            self.fail(format!("page {page} does not come to rest"));
        }
        let it = &mut self.pages[page];
        if it.view.call != CallView::None {
            it.left_call.clear();
        }
        if matches!(it.view.call, CallView::Active { .. }) && !it.ticking {
            it.ticking = true;
            self.later(1_000, Event::Tick(page));
        }
        self.check_page(page);
    }

    /// What the session has been told of its ways.
    fn perform(&mut self, page: usize, effect: Effect) {
        self.trace(|_| format!("page {page} -> {effect:?}"));
        let tab = self.pages[page].tab;
        match effect {
            // Asked over a line that is gone without a word.
            Effect::CreateRoom | Effect::FetchIceServers { .. } if !self.quiet() && self.random.chance(5) => {
                self.seen.count(Seen::AnswerLost);
            }
            Effect::CreateRoom => self.create_room(page),
            Effect::FetchIceServers { .. } => {
                let delay = self.delay() * 2;
                let mut ice = self.ice.clone();
                if ice.good_for.is_some() {
                    ice.servers[0].credential = Some(self.now.to_string());
                }
                let answer = if self.tabs[tab].offline { Err(ApiError::Unreachable) } else { Ok(ice) };
                if answer.is_err() {
                    self.seen.count(Seen::IceServersRefused);
                }
                self.later(delay, Event::Input(page, Box::new(Input::IceServers(answer))));
            }
            Effect::Connect => {
                if let Some(older) = self.pages[page].socket.take() {
                    self.drop_socket(older);
                }
                let socket = self.connect(page);
                self.pages[page].socket = Some(socket);
                self.pages[page].told_open = false;
            }
            Effect::Disconnect => {
                if let Some(socket) = self.pages[page].socket.take() {
                    self.drop_socket(socket);
                }
            }
            Effect::Send(frame) => self.page_sends(page, frame),
            Effect::OpenDevices { request, camera, microphone } => {
                let prompt =
                    if self.random.chance(15) { self.random.between(3_000, 25_000) } else { self.random.between(5, 900) };
                if prompt > 3_000 {
                    self.seen.count(Seen::LateDevices);
                }
                self.later(prompt, Event::Devices { page, request, camera, microphone });
            }
            Effect::CloseDevice(Device::Camera) => self.pages[page].camera = None,
            Effect::CloseDevice(Device::Microphone) => self.pages[page].microphone = None,
            Effect::Peer { peer, generation, op: PeerOp::Open { .. } } if !self.quiet() && self.random.chance(2) => {
                self.seen.count(Seen::NotMade);
                self.pages[page].not_made.insert((peer, generation));
                let event = PeerEvent::Failed { op: FailedOp::Open, message: String::new() };
                self.later(0, Event::Input(page, Box::new(Input::Peer { peer, generation, event })));
            }
            // What followed before the page was told.
            Effect::Peer { peer, generation, .. } if self.pages[page].not_made.contains(&(peer, generation)) => {}
            Effect::Peer { peer, generation, op: PeerOp::Open { allocate, relay_only, .. } } => {
                self.open_peer(page, peer, generation, allocate);
                if let Some(key) = self.pages[page].peers.get(&peer) {
                    self.peers[*key].relay_only = relay_only;
                }
            }
            Effect::Peer { peer, generation, op } => match self.pages[page].peers.get(&peer).copied() {
                Some(key) if self.peers[key].generation == generation => self.peer_op(key, op),
                _ => self.fail(format!("page {page} works at a connection that is not open: {op:?}")),
            },
            Effect::Save(saved) => self.tabs[tab].saved = Some(saved),
            Effect::Remember(preferences) => self.tabs[tab].preferences = preferences,
            Effect::Location(code) => self.tabs[tab].link = code,
            Effect::Mark(_) => {}
            Effect::Reload => self.fail("nobody is outdated here"),
        }
    }

    fn page_sends(&mut self, page: usize, frame: ClientMessage) {
        let Some(socket) = self.pages[page].socket.filter(|_| self.pages[page].told_open) else {
            return self.fail(format!("page {page} sends while no socket is open: {frame:?}"));
        };
        if let ClientMessage::Peer { message } = &frame {
            self.check_hidden(page, message);
        }
        if let ClientMessage::Chat { id, .. } = &frame
            && !self.pages[page].chats.insert(*id)
        {
            self.seen.count(Seen::ChatResent);
        }
        self.send_to_server(socket, frame);
    }

    pub(crate) fn devices_answer(&mut self, page: usize, request: u32, camera: Option<Ask>, microphone: Option<Ask>) {
        if !self.pages[page].alive {
            return;
        }
        let tab = &self.tabs[self.pages[page].tab];
        let failure =
            [(&camera, tab.camera), (&microphone, tab.microphone)].into_iter().find_map(|(asked, situation)| match situation {
                Situation::Fails(error) if asked.is_some() => Some(error),
                _ => None,
            });
        if let Some(error) = failure {
            self.seen.count(match error {
                DeviceError::Denied => Seen::DeviceDenied,
                DeviceError::Missing => Seen::DeviceMissing,
                _ => Seen::DeviceBusy,
            });
            return self.deliver(page, Input::DevicesFailed { request, error });
        }
        if self.pages[page].frozen {
            // The tracks are the page's only when its callback has run.
            return self.later(500, Event::Devices { page, request, camera, microphone });
        }
        // The engine stops tracks that come after those of a later request.
        let it = &mut self.pages[page];
        if camera.is_some() {
            it.camera = it.camera.max(Some(request));
        }
        if microphone.is_some() {
            it.microphone = it.microphone.max(Some(request));
        }
        let id = |asked: Ask| match asked {
            Ask::Any => "1".to_owned(),
            Ask::This(id) => id,
        };
        self.deliver(page, Input::DevicesOpened { request, camera: camera.map(id), microphone: microphone.map(id) });
    }

    /// A device goes away by itself.
    pub(crate) fn unplug(&mut self, tab: usize, device: Device) {
        let Some(page) = self.tabs[tab].page.filter(|page| !self.pages[*page].frozen) else { return };
        let held = match device {
            Device::Camera => self.pages[page].camera.take(),
            Device::Microphone => self.pages[page].microphone.take(),
        };
        if held.is_some() {
            self.seen.count(Seen::DeviceEnded);
            self.deliver(page, Input::DeviceEnded(device));
        }
    }

    /// The browser lists what there is, after something came or went.
    pub(crate) fn list_devices(&mut self, tab: usize) {
        let Some(page) = self.tabs[tab].page.filter(|page| !self.pages[*page].frozen) else { return };
        let there = |situation| !matches!(situation, Situation::Fails(DeviceError::Missing));
        let kinds = [(Device::Camera, self.tabs[tab].camera), (Device::Microphone, self.tabs[tab].microphone)];
        let present = kinds.into_iter().filter(|(_, situation)| there(*situation)).map(|(device, _)| device);
        let ids = present.flat_map(|device| ["1", "2"].map(|id| (device, id.to_owned())));
        let list = ids.map(|(device, id)| DeviceInfo { device, id, label: String::new() }).collect();
        let before = self.pages[page].view.me.clone();
        self.deliver(page, Input::DeviceList(list));
        if self.pages[page].view.me != before {
            self.seen.count(Seen::DeviceReturned);
        }
    }

    /// A second of a call: what arrived, and the first picture.
    pub(crate) fn tick(&mut self, page: usize) {
        if !self.pages[page].alive || !matches!(self.pages[page].view.call, CallView::Active { .. }) {
            self.pages[page].ticking = false;
            return;
        }
        self.later(1_000, Event::Tick(page));
        for key in self.pages[page].peers.values().copied().collect::<Vec<_>>() {
            self.count_packets(key);
        }
    }

    /// A person's command, if the page is there to take it.
    pub(crate) fn act(&mut self, tab: usize, command: Command) {
        let Some(page) = self.tabs[tab].page else { return };
        if self.pages[page].frozen {
            return;
        }
        self.trace(|_| format!("tab {tab}: {command:?}"));
        self.note_command(page, &command);
        self.deliver(page, Input::Command(command));
    }
}
