//! One page's stories, told from its side: what it is told, and the whole list of what it does about it.

use protocol::{
    Millis,
    client::{
        ApiError, CallView, ChatKind, Command, Connection, ConnectionState, Delivery, Device, Effect, Entry, FailedOp, Input,
        Mark, NoticeKind, PeerEvent, PeerOp, Preferences, Saved, SendMode, Session, Setup, Slot,
    },
    id::{CallId, MessageId, PageId, ParticipantId, RoomCode, RoomId},
    message::{
        Body, Call, CallEvent, Candidate, ChatEntry, ChatOrder, ClientMessage, CloseCode, Endpoint, EnterError, IceConfig,
        IceServer, Link, Media, Member, PeerBody, PeerMessage, Presence, Ring, RoomSnapshot, SdpType, ServerMessage, Source,
        SourceState, Ticket,
    },
};

const ME: ParticipantId = ParticipantId::new(1);
const FRIEND: ParticipantId = ParticipantId::new(2);
const CALL: CallId = CallId::new(7);
const LINE: Link = Link { from: 1, to: 1, since: 2 };
const OFFER: &str = "v=0\nm=audio\nm=video\nm=video\nm=application\n";

fn code(text: &str) -> RoomCode {
    RoomCode::parse(text).expect("a code")
}

fn own_code() -> RoomCode {
    code("2222-2222-2222")
}

fn friends_code() -> RoomCode {
    code("3333-3333-3333")
}

fn member(id: ParticipantId, name: &str) -> Member {
    let order = id.get();
    Member { id, name: name.to_owned(), incarnation: 1, order, presence: Presence::Here, media: Media::default() }
}

fn snapshot(room: u64, members: Vec<Member>) -> RoomSnapshot {
    let room = RoomId::new(room);
    RoomSnapshot { room, code: own_code(), capacity: 2, members, call: None, history: vec![], truncated: false }
}

fn welcome(room: RoomSnapshot) -> ServerMessage {
    ServerMessage::Welcome { version: protocol::VERSION, you: ME, incarnation: 1, own_code: own_code(), room }
}

fn call(members: &[ParticipantId], rings: &[(ParticipantId, ParticipantId)]) -> Call {
    let rings = rings.iter().map(|(from, to)| Ring { from: *from, to: *to }).collect();
    Call { id: CALL, members: members.to_vec(), rings }
}

fn entry(from: ParticipantId, id: MessageId, seq: u64, text: &str) -> ChatEntry {
    let body = Body::Plain { text: text.to_owned() };
    ChatEntry { order: ChatOrder { epoch: 1, seq }, from, name: "Айгүл".to_owned(), id, body, at: 1_000 }
}

struct Page {
    session: Session,
    now: Millis,
}

impl Page {
    fn with(saved: Option<Saved>, link: Option<RoomCode>) -> Self {
        let setup = Setup { page: PageId::new(9), seed: 3, saved, preferences: Preferences::default(), link };
        Self { session: Session::new(setup), now: 1_000 }
    }

    fn tell(&mut self, input: Input) -> Vec<Effect> {
        self.session.handle(input, self.now);
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    fn hear(&mut self, message: ServerMessage) -> Vec<Effect> {
        self.tell(Input::SocketMessage(message))
    }

    fn want(&mut self, command: Command) -> Vec<Effect> {
        self.tell(Input::Command(command))
    }

    fn peer(&mut self, event: PeerEvent) -> Vec<Effect> {
        self.tell(Input::Peer { peer: FRIEND, generation: 1, event })
    }

    fn later(&mut self, after: Millis) -> Vec<Effect> {
        self.now += after;
        self.tell(Input::Wake)
    }

    /// A page that is online, alone, with both devices open.
    fn online() -> Self {
        Self::online_with(IceConfig::default())
    }

    fn online_with(ice: IceConfig) -> Self {
        let mut page = Self::with(None, None);
        page.tell(Input::Start);
        page.tell(Input::IceServers(Ok(ice)));
        page.tell(Input::DevicesOpened { request: 1, camera: true, microphone: true });
        page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() })));
        page.tell(Input::SocketOpen);
        page.hear(welcome(snapshot(1, vec![member(ME, "")])));
        page
    }

    /// The same, with a friend in the room and the connection to them up.
    fn together() -> Self {
        let mut page = Self::online();
        page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
        page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
        page.hear(letter(1, PeerBody::Description { sdp_type: SdpType::Answer, sdp: OFFER.to_owned(), answers: Some(1) }));
        page.peer(PeerEvent::RemoteSet);
        page.peer(PeerEvent::Connection(ConnectionState::Connected));
        page.peer(PeerEvent::ControlOpen);
        page
    }

    fn in_call() -> Self {
        let mut page = Self::together();
        page.want(Command::Ring);
        page.hear(ServerMessage::Call {
            call: Some(call(&[ME], &[(ME, FRIEND)])),
            event: CallEvent::Rang { from: ME, to: FRIEND },
        });
        page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: CallEvent::Accepted { by: FRIEND } });
        page
    }

    fn notices(&self) -> Vec<NoticeKind> {
        self.session.view().notices.into_iter().map(|n| n.kind).collect()
    }
}

fn mids() -> [Option<String>; 3] {
    ["0", "1", "2"].map(|mid| Some(mid.to_owned()))
}

fn letter(seq: u64, body: PeerBody) -> ServerMessage {
    let (from, to) = (Endpoint::Participant(FRIEND), Endpoint::Participant(ME));
    ServerMessage::Peer { message: PeerMessage { from, to, link: LINE, seq, body } }
}

fn op(op: PeerOp) -> Effect {
    Effect::Peer { peer: FRIEND, generation: 1, op }
}

fn send(slot: Slot, mode: SendMode) -> Effect {
    op(PeerOp::Send { slot, mode })
}

fn sent(effects: &[Effect]) -> Vec<&ClientMessage> {
    effects.iter().filter_map(|e| if let Effect::Send(m) = e { Some(m) } else { None }).collect()
}

fn at_the_connection(effects: &[Effect]) -> Vec<&PeerOp> {
    let ops = effects.iter().filter_map(|e| if let Effect::Peer { op, .. } = e { Some(op) } else { None });
    ops.filter(|op| !matches!(op, PeerOp::Control(_))).collect()
}

#[test]
fn opening_the_page_asks_for_devices_in_one_prompt_and_makes_a_room() {
    let mut page = Page::with(None, None);
    assert_eq!(
        page.tell(Input::Start),
        [
            Effect::OpenDevices { request: 1, camera: true, microphone: true },
            Effect::FetchIceServers,
            Effect::CreateRoom,
            Effect::Save(Saved::default()),
        ]
    );
    let saved = Saved { token: "ticket".to_owned(), ..Saved::default() };
    let ticket = Ticket { token: "ticket".to_owned() };
    assert_eq!(page.tell(Input::RoomCreated(Ok(ticket))), [Effect::Connect, Effect::Save(saved)]);
    let hello = ClientMessage::Hello { version: 1, token: "ticket".to_owned(), page: PageId::new(9), name: None, resuming: None };
    assert_eq!(page.tell(Input::SocketOpen), [Effect::Send(hello)]);
    page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    let view = page.session.view();
    assert_eq!((view.connection, view.code, view.visiting), (Connection::Online, Some(own_code()), false));
}

#[test]
fn the_earlier_member_allocates_and_offers_as_soon_as_somebody_joins() {
    let mut page = Page::online();
    let effects = page.hear(ServerMessage::Member { member: member(FRIEND, "") });
    assert_eq!(
        effects,
        [
            op(PeerOp::Open { allocate: true, ice: vec![], relay_only: false }),
            op(PeerOp::SetLocal),
            Effect::Location(Some(own_code()))
        ]
    );
    let view = page.session.view();
    assert!(view.ask_name && view.visiting);
    assert!(matches!(view.chat.last().map(|c| &c.kind), Some(ChatKind::Joined { .. })));
}

#[test]
fn the_later_member_adopts_before_answering_and_holds_candidates_until_then() {
    let mut page = Page::online();
    let host = Member { order: 1, ..member(FRIEND, "Ерлан") };
    let me = Member { order: 2, ..member(ME, "") };
    let effects = page.hear(ServerMessage::Room { request: None, room: snapshot(2, vec![host, me]) });
    assert_eq!(at_the_connection(&effects), [&PeerOp::Open { allocate: false, ice: vec![], relay_only: false }]);
    assert_eq!(page.peer(PeerEvent::NegotiationNeeded), [], "the one that adopts makes no first offer");
    assert_eq!(page.hear(letter(2, PeerBody::Candidate { candidate: None })), []);
    let offer = PeerOp::SetRemote { sdp_type: SdpType::Offer, sdp: OFFER.to_owned() };
    let offered = page.hear(letter(1, PeerBody::Description { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), answers: None }));
    assert_eq!(offered, [op(offer)]);
    assert_eq!(page.peer(PeerEvent::RemoteSet), [op(PeerOp::Adopt), op(PeerOp::SetLocal), op(PeerOp::AddCandidate(None))]);
}

#[test]
fn ringing_sends_black_and_silence_and_accepting_makes_it_live() {
    let mut page = Page::together();
    assert_eq!(
        page.want(Command::Ring),
        [
            Effect::Send(ClientMessage::Ring { to: FRIEND }),
            send(Slot::Microphone, SendMode::Silent { device: 1 }),
            send(Slot::Camera, SendMode::Silent { device: 1 }),
        ]
    );
    assert_eq!(page.session.view().call, CallView::Calling { to: FRIEND });
    let rang = CallEvent::Rang { from: ME, to: FRIEND };
    assert_eq!(page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: rang }), []);
    let accepted = CallEvent::Accepted { by: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: accepted });
    assert_eq!(effects[0], Effect::Mark(Mark::CallAccepted));
    assert_eq!(
        at_the_connection(&effects),
        [
            &PeerOp::Send { slot: Slot::Microphone, mode: SendMode::Live { device: 1 } },
            &PeerOp::Send { slot: Slot::Camera, mode: SendMode::Live { device: 1 } },
        ]
    );
    let on = |mid: &str| Source { state: SourceState::On, mid: Some(mid.to_owned()) };
    let said = sent(&effects).into_iter().find_map(|m| if let ClientMessage::Media { media } = m { Some(media) } else { None });
    let said = said.expect("the media is said");
    assert_eq!((&said.microphone, &said.camera), (&on("0"), &on("1")));
    assert_eq!(page.session.view().call, CallView::Active { connected: true });
}

#[test]
fn accepting_without_camera_closes_it_and_says_so() {
    let mut page = Page::together();
    page.hear(ServerMessage::Call {
        call: Some(call(&[FRIEND], &[(FRIEND, ME)])),
        event: CallEvent::Rang { from: FRIEND, to: ME },
    });
    assert_eq!(page.session.view().call, CallView::Incoming { from: FRIEND, name: "Ерлан".to_owned() });
    let effects = page.want(Command::Accept { camera: false });
    assert_eq!(effects[0], Effect::CloseDevice(Device::Camera));
    assert_eq!(
        at_the_connection(&effects),
        [
            &PeerOp::Send { slot: Slot::Microphone, mode: SendMode::Live { device: 1 } },
            &PeerOp::Send { slot: Slot::Camera, mode: SendMode::Nothing },
        ]
    );
    assert!(sent(&effects).contains(&&ClientMessage::Accept { call: CALL }));
}

#[test]
fn hanging_up_stops_sending_at_once_and_the_devices_stay() {
    let mut page = Page::in_call();
    let effects = page.want(Command::HangUp);
    assert!(sent(&effects).contains(&&ClientMessage::HangUp { call: CALL }));
    assert_eq!(
        at_the_connection(&effects),
        [
            // Silence goes on: a pause in it would count as lateness at the other end.
            &PeerOp::Send { slot: Slot::Microphone, mode: SendMode::Silent { device: 1 } },
            &PeerOp::Send { slot: Slot::Camera, mode: SendMode::Nothing },
        ]
    );
    assert!(!effects.iter().any(|e| matches!(e, Effect::CloseDevice(_))));
    assert_eq!(page.session.view().call, CallView::None);
    page.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: ME } });
    assert_eq!(page.notices(), []);
}

#[test]
fn the_other_hanging_up_ends_the_call_with_a_word() {
    let mut page = Page::in_call();
    page.hear(ServerMessage::Call { call: None, event: CallEvent::HungUp { by: FRIEND } });
    assert_eq!((page.session.view().call, page.notices()), (CallView::None, vec![NoticeKind::Ended]));
}

#[test]
fn a_hang_up_arrives_by_letter_while_the_server_is_away() {
    let mut page = Page::in_call();
    page.tell(Input::SocketClosed { code: 1006 });
    let body = PeerBody::HungUp { call: CALL };
    let (from, to) = (Endpoint::Participant(FRIEND), Endpoint::Participant(ME));
    page.peer(PeerEvent::ControlMessage(PeerMessage { from, to, link: LINE, seq: 50, body }));
    let view = page.session.view();
    assert_eq!((view.call, view.connection), (CallView::None, Connection::Reconnecting));
}

#[test]
fn a_hang_up_the_server_never_heard_of_is_told_by_the_next_page() {
    let mut page = Page::in_call();
    page.tell(Input::SocketClosed { code: 1006 });
    let effects = page.want(Command::HangUp);
    assert_eq!(sent(&effects), Vec::<&ClientMessage>::new());
    let saved = effects.iter().find_map(|e| if let Effect::Save(saved) = e { Some(saved.clone()) } else { None });

    let mut reloaded = Page::with(saved, None);
    reloaded.tell(Input::Start);
    reloaded.tell(Input::SocketOpen);
    let room = RoomSnapshot {
        call: Some(call(&[ME, FRIEND], &[])),
        ..snapshot(1, vec![member(ME, "Айгүл"), member(FRIEND, "Ерлан")])
    };
    let effects = reloaded.hear(welcome(room));
    assert!(sent(&effects).contains(&&ClientMessage::HangUp { call: CALL }));
    assert_eq!(reloaded.session.view().call, CallView::None);
}

#[test]
fn who_left_a_call_of_three_page_to_page_is_in_it_again_with_a_later_page() {
    const THIRD: ParticipantId = ParticipantId::new(3);
    let mut page = Page::together();
    page.hear(ServerMessage::Member { member: member(THIRD, "Дана") });
    page.want(Command::Ring);
    let all = call(&[ME, FRIEND, THIRD], &[]);
    page.hear(ServerMessage::Call { call: Some(all), event: CallEvent::Accepted { by: THIRD } });
    let in_call = |page: &Page| page.session.view().others.iter().map(|tile| tile.in_call).collect::<Vec<_>>();
    assert_eq!(in_call(&page), [true, true]);
    page.hear(letter(2, PeerBody::HungUp { call: CALL }));
    assert_eq!(in_call(&page), [false, true]);
    // The hang-up never reached the server, and the page that knew of it is no more.
    page.hear(ServerMessage::Member { member: Member { incarnation: 2, ..member(FRIEND, "Ерлан") } });
    assert_eq!(in_call(&page), [true, true]);
}

#[test]
fn a_ring_taken_back_before_the_server_has_named_it_is_taken_back_all_the_same() {
    let mut page = Page::together();
    page.want(Command::Ring);
    page.want(Command::HangUp);
    assert_eq!(page.session.view().call, CallView::None);
    let rang = CallEvent::Rang { from: ME, to: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: rang });
    let saved = Saved { token: "ticket".to_owned(), left: Some(CALL), ..Saved::default() };
    assert_eq!(effects, [Effect::Send(ClientMessage::HangUp { call: CALL }), Effect::Save(saved)]);
}

#[test]
fn both_ringing_at_once_shows_no_second_dialog() {
    let mut page = Page::together();
    page.want(Command::Ring);
    let crossing = CallEvent::Rang { from: FRIEND, to: ME };
    page.hear(ServerMessage::Call { call: Some(call(&[FRIEND], &[(FRIEND, ME)])), event: crossing });
    assert_eq!(page.session.view().call, CallView::Calling { to: FRIEND });
    page.hear(ServerMessage::Call { call: Some(call(&[FRIEND, ME], &[])), event: CallEvent::Accepted { by: ME } });
    assert_eq!(page.session.view().call, CallView::Active { connected: true });
}

#[test]
fn a_decline_and_an_unanswered_ring_are_told_apart() {
    for (event, notice) in [
        (CallEvent::Declined { by: FRIEND }, NoticeKind::Declined),
        (CallEvent::Unanswered { to: FRIEND }, NoticeKind::Unanswered),
    ] {
        let mut page = Page::together();
        page.want(Command::Ring);
        page.hear(ServerMessage::Call { call: None, event });
        assert_eq!((page.session.view().call, page.notices()), (CallView::None, vec![notice]));
    }
}

#[test]
fn the_next_call_makes_old_news_of_a_missed_one() {
    let mut page = Page::together();
    let rings = || Some(call(&[FRIEND], &[(FRIEND, ME)]));
    page.hear(ServerMessage::Call { call: rings(), event: CallEvent::Rang { from: FRIEND, to: ME } });
    page.hear(ServerMessage::Call { call: None, event: CallEvent::Unanswered { to: ME } });
    assert_eq!(page.notices(), [NoticeKind::Missed { name: "Ерлан".to_owned() }]);
    page.hear(ServerMessage::Call { call: rings(), event: CallEvent::Rang { from: FRIEND, to: ME } });
    assert_eq!(page.notices(), []);
}

#[test]
fn media_runs_on_while_the_server_is_away_and_the_page_comes_back_without_limit() {
    let mut page = Page::in_call();
    let closed = page.tell(Input::SocketClosed { code: 1006 });
    assert_eq!(at_the_connection(&closed), Vec::<&PeerOp>::new());
    for _ in 0..50 {
        let wait = page.session.next_deadline().expect("a next attempt") - page.now;
        assert!(wait <= 12_000, "{wait}");
        assert!(page.later(wait).contains(&Effect::Connect));
        page.tell(Input::SocketClosed { code: 1006 });
    }
    assert_eq!(page.session.view().call, CallView::Active { connected: true });
    let wait = page.session.next_deadline().expect("a next attempt") - page.now;
    page.later(wait);
    page.tell(Input::SocketOpen);
    let mut room = snapshot(1, vec![member(ME, ""), member(FRIEND, "Ерлан")]);
    room.call = Some(call(&[ME, FRIEND], &[]));
    let back = page.hear(welcome(room));
    assert!(!at_the_connection(&back).iter().any(|op| matches!(op, PeerOp::Open { .. } | PeerOp::Close)));
    assert_eq!(page.notices(), []);
}

#[test]
fn muting_reaches_the_other_by_the_control_channel_while_the_server_is_away() {
    let mut page = Page::in_call();
    page.tell(Input::SocketClosed { code: 1006 });
    let effects = page.want(Command::SetMicrophone(false));
    assert!(effects.contains(&send(Slot::Microphone, SendMode::Silent { device: 1 })));
    let told = effects.iter().any(|e| {
        matches!(e, Effect::Peer { op: PeerOp::Control(PeerMessage { body: PeerBody::Media { media }, .. }), .. }
            if media.microphone.state == SourceState::Muted)
    });
    assert!(told, "{effects:?}");
}

#[test]
fn the_other_reloading_makes_a_new_connection_and_old_letters_do_not_count() {
    let mut page = Page::in_call();
    let mut reloaded = member(FRIEND, "Ерлан");
    reloaded.incarnation = 2;
    let effects = page.hear(ServerMessage::Member { member: reloaded });
    assert_eq!(effects[0], op(PeerOp::Close));
    let again = |op| Effect::Peer { peer: FRIEND, generation: 2, op };
    assert_eq!(effects[1], again(PeerOp::Open { allocate: true, ice: vec![], relay_only: false }));
    let late = page.hear(letter(9, PeerBody::Description { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), answers: None }));
    assert_eq!(late, []);
    assert_eq!(page.session.counters().stale, 1);
}

#[test]
fn who_left_and_came_back_while_this_page_was_offline_gets_a_new_connection() {
    let mut page = Page::together();
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(1_000);
    page.tell(Input::SocketOpen);
    let back = Member { order: 9, ..member(FRIEND, "Ерлан") };
    let effects = page.hear(welcome(snapshot(1, vec![member(ME, ""), back])));
    let again = |op| Effect::Peer { peer: FRIEND, generation: 2, op };
    assert!(
        effects.contains(&op(PeerOp::Close))
            && effects.contains(&again(PeerOp::Open { allocate: true, ice: vec![], relay_only: false }))
    );
}

#[test]
fn an_answer_overtaken_by_the_next_offer_still_counts() {
    let mut page = Page::online();
    page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
    let described = |sdp_type, answers| PeerBody::Description { sdp_type, sdp: OFFER.to_owned(), answers };
    assert_eq!(page.hear(letter(2, described(SdpType::Offer, None))), [], "held: an own offer waits");
    let set = |sdp_type| op(PeerOp::SetRemote { sdp_type, sdp: OFFER.to_owned() });
    assert_eq!(page.hear(letter(1, described(SdpType::Answer, Some(1)))), [set(SdpType::Answer)]);
    assert_eq!(page.peer(PeerEvent::RemoteSet), [set(SdpType::Offer)]);
}

#[test]
fn an_offer_without_answer_is_said_again_and_only_its_own_answer_counts() {
    let mut page = Page::online();
    page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    page.peer(PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), mids: mids() });
    let offers = |effects: &[Effect]| -> Vec<u64> {
        let letters =
            sent(effects).into_iter().filter_map(|m| if let ClientMessage::Peer { message } = m { Some(message) } else { None });
        letters.filter(|l| matches!(l.body, PeerBody::Description { .. })).map(|l| l.seq).collect()
    };
    assert_eq!(offers(&page.later(10_000)).last(), Some(&2));
    let answer = |answers| PeerBody::Description { sdp_type: SdpType::Answer, sdp: OFFER.to_owned(), answers: Some(answers) };
    assert_eq!(at_the_connection(&page.hear(letter(1, answer(1)))), Vec::<&PeerOp>::new());
    assert_eq!(at_the_connection(&page.hear(letter(2, answer(2)))).len(), 1);
}

#[test]
fn a_message_is_sending_then_delivered_and_resent_after_an_outage_with_the_same_id() {
    let mut page = Page::online();
    let effects = page.want(Command::Say("Сәлем!\n".to_owned()));
    let ClientMessage::Chat { room, id, body } = sent(&effects)[0].clone() else { panic!("a message: {effects:?}") };
    assert_eq!((room, &body), (RoomId::new(1), &Body::Plain { text: "Сәлем!".to_owned() }));
    let delivery = |page: &Page| match &page.session.view().chat.last().expect("a line").kind {
        ChatKind::Said { delivery, .. } => *delivery,
        other => panic!("{other:?}"),
    };
    assert_eq!(delivery(&page), Delivery::Sending);
    page.tell(Input::SocketClosed { code: 1006 });
    page.later(10_000);
    assert_eq!(delivery(&page), Delivery::Failed);
    page.tell(Input::SocketOpen);
    let back = page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    assert!(sent(&back).contains(&&ClientMessage::Chat { room, id, body }));
    page.hear(ServerMessage::Chat { entry: entry(ME, id, 1, "Сәлем!") });
    page.hear(ServerMessage::Chat { entry: entry(ME, id, 1, "Сәлем!") });
    assert_eq!((page.session.view().chat.len(), delivery(&page)), (1, Delivery::Delivered));
}

#[test]
fn chat_shows_in_the_rooms_order_whatever_the_order_of_arrival() {
    let mut page = Page::together();
    for seq in [2, 1, 3, 2] {
        page.hear(ServerMessage::Chat { entry: entry(FRIEND, MessageId::new(seq), seq, &seq.to_string()) });
    }
    let texts = page.session.view().chat.into_iter().filter_map(|c| match c.kind {
        ChatKind::Said { text, .. } => Some(text),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[test]
fn what_is_too_long_stays_and_is_not_sent() {
    let mut page = Page::online();
    let effects = page.want(Command::Say("ә".repeat(4_001)));
    assert_eq!(sent(&effects), Vec::<&ClientMessage>::new());
    let view = page.session.view();
    assert!(matches!(view.chat[0].kind, ChatKind::Said { delivery: Delivery::Refused(_), .. }));
}

#[test]
fn each_wrong_code_has_its_own_answer_and_the_fields_are_kept() {
    let mut page = Page::online();
    for (typed, refusal) in [("", EnterError::Empty), ("abc", EnterError::Malformed)] {
        page.want(Command::Connect { name: "Айгүл".to_owned(), code: typed.to_owned() });
        assert_eq!(page.session.view().entry, Entry::Refused(refusal));
    }
    let effects = page.want(Command::Connect { name: "Айгүл".to_owned(), code: "3333 3333 3333".to_owned() });
    let wanted = ClientMessage::Enter { request: 1, code: friends_code() };
    assert_eq!(sent(&effects), [&wanted]);
    page.hear(ServerMessage::Refused { request: 1, reason: EnterError::NotFound });
    assert_eq!(page.session.view().entry, Entry::Refused(EnterError::NotFound));
    page.want(Command::ForgetRefusal);
    assert_eq!(page.session.view().entry, Entry::Idle);
}

#[test]
fn entering_a_friends_room_shows_its_code_in_the_address_bar_and_leaving_goes_home() {
    let mut page = Page::online();
    page.want(Command::Connect { name: "Айгүл".to_owned(), code: friends_code().to_string() });
    let mut host = member(FRIEND, "Ерлан");
    host.order = 0;
    let room = snapshot(2, vec![host, member(ME, "Айгүл")]);
    let effects = page.hear(ServerMessage::Room { request: Some(1), room });
    assert!(effects.contains(&Effect::Location(Some(friends_code()))));
    assert_eq!(page.session.view().entry, Entry::Done);
    assert_eq!(sent(&page.want(Command::Leave)), [&ClientMessage::Leave { request: 2 }]);
    let effects = page.hear(ServerMessage::Room { request: Some(2), room: snapshot(3, vec![member(ME, "Айгүл")]) });
    assert!(effects.contains(&op(PeerOp::Close)) && effects.contains(&Effect::Location(None)));
    assert!(!page.session.view().visiting);
}

#[test]
fn a_link_waits_for_the_name_and_then_enters() {
    let mut page = Page::with(None, Some(friends_code()));
    page.tell(Input::Start);
    page.tell(Input::RoomCreated(Ok(Ticket { token: "ticket".to_owned() })));
    page.tell(Input::SocketOpen);
    let effects = page.hear(welcome(snapshot(1, vec![member(ME, "")])));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Location(_))), "the address stays while the link waits");
    assert_eq!(page.session.view().link, Some(friends_code()));
}

#[test]
fn a_reload_in_a_room_entered_by_link_asks_for_nothing() {
    let saved = Saved { token: "ticket".to_owned(), entered: Some(friends_code()), ..Saved::default() };
    let mut page = Page::with(Some(saved), Some(friends_code()));
    page.tell(Input::Start);
    assert_eq!(page.session.view().link, None);
    page.tell(Input::SocketOpen);
    page.hear(welcome(snapshot(1, vec![member(FRIEND, "Ерлан"), member(ME, "Айгүл")])));
    assert_eq!(page.session.view().link, None);
}

#[test]
fn a_page_taken_over_by_a_newer_one_stops_for_good_until_asked() {
    let mut page = Page::in_call();
    let effects = page.tell(Input::SocketClosed { code: CloseCode::Superseded.number() });
    assert!(effects.contains(&op(PeerOp::Close)) && effects.contains(&Effect::CloseDevice(Device::Camera)));
    assert_eq!(page.session.view().connection, Connection::Superseded);
    assert_eq!(page.later(1_000_000), []);
    assert!(page.want(Command::UseHere).contains(&Effect::Connect));
}

#[test]
fn an_expired_session_begins_anew_and_remembers_where_one_was() {
    let mut page = Page::online();
    page.want(Command::Connect { name: "Айгүл".to_owned(), code: friends_code().to_string() });
    page.hear(ServerMessage::Room { request: Some(1), room: snapshot(2, vec![member(ME, "Айгүл")]) });
    page.tell(Input::SocketClosed { code: CloseCode::BadToken.number() });
    assert!(page.later(1_000).contains(&Effect::CreateRoom));
    page.tell(Input::RoomCreated(Ok(Ticket { token: "fresh".to_owned() })));
    page.tell(Input::SocketOpen);
    page.hear(welcome(snapshot(1, vec![member(ME, "Айгүл")])));
    let view = page.session.view();
    assert_eq!((view.link, view.me.name.as_str()), (Some(friends_code()), "Айгүл"));
    assert_eq!(page.notices(), [NoticeKind::SessionExpired]);
}

#[test]
fn an_outdated_page_finishes_its_call_and_then_loads_itself_anew_once() {
    let outdated = Input::SocketClosed { code: CloseCode::Outdated.number() };
    let mut page = Page::in_call();
    let told = page.tell(outdated.clone());
    assert!(!told.contains(&Effect::Reload), "the call goes on");
    assert_eq!(page.session.view().connection, Connection::Outdated);
    assert!(page.want(Command::HangUp).contains(&Effect::Reload));
    assert_eq!(page.later(60_000), [], "once");
    assert!(Page::online().tell(outdated).contains(&Effect::Reload));
}

#[test]
fn a_silent_server_is_asked_and_then_left() {
    let mut page = Page::online();
    assert_eq!(sent(&page.later(15_000)), [&ClientMessage::Ping { nonce: 1 }]);
    assert_eq!(page.later(8_000), [Effect::Disconnect]);
    assert_eq!(page.session.view().connection, Connection::Reconnecting);
}

#[test]
fn a_broken_path_is_restarted_without_limit_and_shown_as_interrupted() {
    let mut page = Page::in_call();
    let mut friend = member(FRIEND, "Ерлан");
    friend.media = Media { counter: 5, camera: Source { state: SourceState::On, mid: None }, ..Media::default() };
    page.hear(ServerMessage::Member { member: friend });
    assert!(!page.session.view().others[0].interrupted);
    let failed = page.peer(PeerEvent::Connection(ConnectionState::Failed));
    assert_eq!(at_the_connection(&failed), [&PeerOp::RestartIce]);
    assert!(page.session.view().others[0].interrupted);
    for _ in 0..20 {
        assert!(at_the_connection(&page.later(10_000)).contains(&&PeerOp::RestartIce));
    }
}

#[test]
fn a_picture_whose_packets_stop_is_not_shown_as_live() {
    let mut page = Page::in_call();
    let mut friend = member(FRIEND, "Ерлан");
    friend.media = Media { counter: 5, camera: Source { state: SourceState::On, mid: None }, ..Media::default() };
    page.hear(ServerMessage::Member { member: friend });
    for packets in [10, 20, 20, 20, 20] {
        page.peer(PeerEvent::Received { slot: Slot::Camera, packets });
    }
    assert!(page.session.view().others[0].interrupted);
    page.peer(PeerEvent::Received { slot: Slot::Camera, packets: 21 });
    assert!(!page.session.view().others[0].interrupted);
}

#[test]
fn a_refused_description_on_a_good_path_restarts_once() {
    let mut page = Page::together();
    page.hear(letter(2, PeerBody::Description { sdp_type: SdpType::Offer, sdp: OFFER.to_owned(), answers: None }));
    page.peer(PeerEvent::Failed { op: FailedOp::SetRemote, message: "OperationError".to_owned() });
    assert_eq!(at_the_connection(&page.later(5_000)), [&PeerOp::RestartIce]);
    assert_eq!(at_the_connection(&page.later(60_000)), Vec::<&PeerOp>::new());
}

fn hiding(urls: &[&str]) -> IceConfig {
    let urls = urls.iter().map(|url| (*url).to_owned()).collect();
    IceConfig { servers: vec![IceServer { urls, username: None, credential: None }], hide_addresses: true }
}

fn offer_with(ufrag: &str) -> PeerEvent {
    let sdp = format!("{OFFER}a=ice-ufrag:{ufrag}\n");
    PeerEvent::LocalSet { sdp_type: SdpType::Offer, sdp, mids: mids() }
}

fn candidate(kind: &str) -> Candidate {
    let candidate = format!("candidate:1 1 udp 1 192.0.2.1 9 typ {kind}");
    Candidate { candidate, mid: Some("0".to_owned()), line: Some(0), ufrag: None }
}

#[test]
fn hidden_addresses_are_told_only_when_the_call_is_accepted() {
    let ice = hiding(&["stun:stun.example", "turn:turn.example"]);
    let mut page = Page::online_with(ice.clone());
    let effects = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    let open = PeerOp::Open { allocate: true, ice: ice.servers, relay_only: true };
    assert_eq!(at_the_connection(&effects), [&open, &PeerOp::SetLocal]);
    page.peer(offer_with("one"));
    // Whatever the browser finds.
    assert_eq!(page.peer(PeerEvent::Candidate(Some(candidate("host")))), []);
    assert_eq!(page.peer(PeerEvent::Candidate(Some(candidate("srflx")))), []);
    assert_eq!(sent(&page.peer(PeerEvent::Candidate(Some(candidate("relay"))))).len(), 1);
    page.hear(letter(1, PeerBody::Description { sdp_type: SdpType::Answer, sdp: OFFER.to_owned(), answers: Some(1) }));
    page.peer(PeerEvent::RemoteSet);
    page.peer(PeerEvent::Connection(ConnectionState::Connected));
    page.want(Command::Ring);
    let rang = CallEvent::Rang { from: ME, to: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME], &[(ME, FRIEND)])), event: rang });
    assert!(!at_the_connection(&effects).contains(&&PeerOp::Reveal));

    let accepted = CallEvent::Accepted { by: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: accepted });
    assert!(at_the_connection(&effects).contains(&&PeerOp::Reveal));
    assert_eq!(page.session.next_deadline(), Some(page.now));
    assert_eq!(at_the_connection(&page.later(0)), [&PeerOp::RestartIce]);
    page.peer(offer_with("two"));
    assert_eq!(sent(&page.peer(PeerEvent::Candidate(Some(candidate("host"))))).len(), 1);
    assert_eq!(at_the_connection(&page.later(5_000)), Vec::<&PeerOp>::new());
}

#[test]
fn hidden_addresses_without_a_relay_mean_no_connection_before_the_call() {
    let mut page = Page::online_with(hiding(&["stun:stun.example"]));
    let effects = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    assert_eq!(at_the_connection(&effects), Vec::<&PeerOp>::new());
    page.want(Command::Ring);
    let accepted = CallEvent::Accepted { by: FRIEND };
    let effects = page.hear(ServerMessage::Call { call: Some(call(&[ME, FRIEND], &[])), event: accepted });
    assert!(matches!(at_the_connection(&effects)[..], [PeerOp::Open { relay_only: false, .. }, PeerOp::SetLocal, ..]));
}

#[test]
fn ice_servers_that_could_not_be_asked_for_are_asked_for_again() {
    let mut page = Page::with(None, None);
    page.tell(Input::Start);
    page.tell(Input::IceServers(Err(ApiError::Unreachable)));
    assert_eq!(page.later(1_999), []);
    assert_eq!(page.later(1), [Effect::FetchIceServers]);
}
