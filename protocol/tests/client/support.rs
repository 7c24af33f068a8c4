//! A page and what surrounds it, for the stories beside this file.

pub(crate) use protocol::{
    Millis,
    client::{
        ApiError, Ask, CallView, ChatKind, Command, Connection, ConnectionState, Delivery, Device, DeviceView, Effect, Entry,
        FailedOp, Incoming, Input, Level, Limit, Mark, Measured, NoticeKind, Offer, PeerEvent, PeerOp, Preferences, Saved,
        SendMode, Sent, Session, Setup, Slot, Told,
    },
    id::{CallId, MessageId, PageId, ParticipantId, RoomCode, RoomId},
    message::{
        Body, Call, CallEvent, Candidate, ChatEntry, ChatOrder, ClientMessage, CloseCode, Endpoint, EnterError, IceConfig,
        IceServer, Link, Media, Member, PeerBody, PeerMessage, Presence, Ring, RoomSnapshot, Round, SdpType, ServerMessage,
        Source, SourceState, TEXT_MAX, Ticket,
    },
};

pub(crate) const ME: ParticipantId = ParticipantId::new(1);
pub(crate) const FRIEND: ParticipantId = ParticipantId::new(2);
pub(crate) const CALL: CallId = CallId::new(7);
pub(crate) const LINE: Link = Link { from: 1, to: 1, since: 2 };
pub(crate) const OFFER: &str = "v=0\nm=audio\nm=video\nm=video\nm=application\n";

pub(crate) fn code(text: &str) -> RoomCode {
    RoomCode::parse(text).expect("a code")
}

pub(crate) fn own_code() -> RoomCode {
    code("2222-2222-2222")
}

pub(crate) fn friends_code() -> RoomCode {
    code("3333-3333-3333")
}

pub(crate) fn member(id: ParticipantId, name: &str) -> Member {
    let order = id.get();
    Member { id, name: name.to_owned(), incarnation: 1, order, presence: Presence::Here, media: Media::default() }
}

pub(crate) fn snapshot(room: u64, members: Vec<Member>) -> RoomSnapshot {
    let room = RoomId::new(room);
    RoomSnapshot { room, code: own_code(), capacity: 2, members, call: None, history: vec![], truncated: false }
}

pub(crate) fn welcome(room: RoomSnapshot) -> ServerMessage {
    ServerMessage::Welcome { version: protocol::VERSION, you: ME, incarnation: 1, own_code: own_code(), room }
}

pub(crate) fn call(members: &[ParticipantId], rings: &[(ParticipantId, ParticipantId)]) -> Call {
    let rings = rings.iter().map(|(from, to)| Ring { from: *from, to: *to }).collect();
    Call { id: CALL, members: members.to_vec(), rings }
}

pub(crate) fn entry(from: ParticipantId, id: MessageId, seq: u64, text: &str) -> ChatEntry {
    let body = Body::Plain { text: text.to_owned() };
    ChatEntry { order: ChatOrder { epoch: 1, seq }, from, name: "Айгүл".to_owned(), id, body, at: 1_000 }
}

pub(crate) struct Page {
    pub(crate) session: Session,
    pub(crate) now: Millis,
}

impl Page {
    pub(crate) fn with(saved: Option<Saved>, link: Option<RoomCode>) -> Self {
        let setup = Setup { page: PageId::new(9), seed: 3, saved, preferences: Preferences::default(), link };
        Self { session: Session::new(setup), now: 1_000 }
    }

    pub(crate) fn tell(&mut self, input: Input) -> Vec<Effect> {
        self.session.handle(input, self.now);
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    pub(crate) fn hear(&mut self, message: ServerMessage) -> Vec<Effect> {
        self.tell(Input::SocketMessage(message))
    }

    pub(crate) fn want(&mut self, command: Command) -> Vec<Effect> {
        self.tell(Input::Command(command))
    }

    pub(crate) fn peer(&mut self, event: PeerEvent) -> Vec<Effect> {
        self.tell(Input::Peer { peer: FRIEND, generation: 1, event })
    }

    pub(crate) fn later(&mut self, after: Millis) -> Vec<Effect> {
        self.now += after;
        self.tell(Input::Wake)
    }

    /// A page that is online, alone, with both devices open.
    pub(crate) fn online() -> Self {
        Self::online_with(IceConfig::default())
    }

    pub(crate) fn online_with(ice: IceConfig) -> Self {
        let mut page = Self::with(None, None);
        page.tell(Input::Start);
        page.tell(Input::DevicesOpened {
            request: 1,
            camera: Some("camera".to_owned()),
            microphone: Some("microphone".to_owned()),
        });
        page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() })));
        page.tell(Input::IceServers(Ok(ice)));
        page.tell(Input::SocketOpen);
        page.hear(welcome(snapshot(1, vec![member(ME, "")])));
        page
    }

    /// The same, with a friend in the room and the connection to them up.
    pub(crate) fn together() -> Self {
        let mut page = Self::online();
        page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
        page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
        page.hear(letter(1, description(SdpType::Answer, Some(1))));
        page.peer(PeerEvent::RemoteSet);
        page.peer(PeerEvent::Connection(ConnectionState::Connected));
        page.peer(PeerEvent::ControlOpen);
        page
    }

    pub(crate) fn in_call() -> Self {
        let mut page = Self::together();
        page.want(Command::Ring);
        page.hear(ServerMessage::Call {
            call: Some(call(&[ME], &[(ME, FRIEND)])),
            event: CallEvent::Rang { from: ME, to: FRIEND },
        });
        page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: CallEvent::Accepted { by: FRIEND } });
        page
    }

    /// The friend rings.
    pub(crate) fn rung(&mut self) {
        let event = CallEvent::Rang { from: FRIEND, to: ME };
        self.hear(ServerMessage::Call { call: Some(call(&[FRIEND], &[(FRIEND, ME)])), event });
    }

    pub(crate) fn notices(&self) -> Vec<NoticeKind> {
        self.session.view().notices.into_iter().map(|n| n.kind).collect()
    }
}

pub(crate) fn mids() -> [Option<String>; 3] {
    ["0", "1", "2"].map(|mid| Some(mid.to_owned()))
}

pub(crate) fn letter(seq: u64, body: PeerBody) -> ServerMessage {
    let (from, to) = (Endpoint::Participant(FRIEND), Endpoint::Participant(ME));
    ServerMessage::Peer { message: PeerMessage { from, to, link: LINE, seq, body } }
}

pub(crate) fn op(op: PeerOp) -> Effect {
    Effect::Peer { peer: FRIEND, generation: 1, op }
}

pub(crate) fn send(slot: Slot, mode: SendMode) -> Effect {
    op(PeerOp::Send { slot, mode })
}

pub(crate) fn sent(effects: &[Effect]) -> Vec<&ClientMessage> {
    effects.iter().filter_map(|e| if let Effect::Send(m) = e { Some(m) } else { None }).collect()
}

pub(crate) fn at_the_connection(effects: &[Effect]) -> Vec<&PeerOp> {
    let ops = effects.iter().filter_map(|e| if let Effect::Peer { op, .. } = e { Some(op) } else { None });
    ops.filter(|op| !matches!(op, PeerOp::Control(_))).collect()
}

/// A description of the first connection between the two.
pub(crate) fn description(sdp_type: SdpType, answers: Option<u64>) -> PeerBody {
    PeerBody::Description { sdp_type, sdp: OFFER.to_owned(), answers, round: Round::default() }
}

/// The friend's camera and microphone are on.
pub(crate) fn both_on(page: &mut Page) {
    let on = Source { state: SourceState::On, mid: None };
    let media = Media { counter: 5, camera: on.clone(), microphone: on, ..Media::default() };
    page.hear(ServerMessage::Member { member: Member { media, ..member(FRIEND, "Ерлан") } });
}

/// Half a second's reports.
pub(crate) fn received(page: &mut Page, microphone: u64, camera: u64) -> Vec<Effect> {
    let mut effects = page.later(500);
    for (slot, packets) in [(Slot::Microphone, microphone), (Slot::Camera, camera)] {
        effects.extend(page.peer(PeerEvent::Received { slot, packets }));
    }
    effects
}
