//! A server stops and starts again with what was kept: everybody is where they were, and nothing that had ended comes back.

use super::*;
use crate::{
    exchange::{CallFacts, PersonFacts, RoomFacts},
    id::MessageId,
    message::{Body, ChatEntry},
    room::Speakers,
};

/// What a disk holds.
#[derive(Default)]
struct Disk(Vec<(RoomFacts, Vec<ChatEntry>)>);

impl Disk {
    fn write(&mut self, world: &mut World) {
        for change in world.exchange.changes() {
            let (room, history) = match &change {
                Change::Room(facts) => (facts.room, Vec::new()),
                Change::Ended(room) | Change::Said { room, .. } | Change::Forgot { room, .. } => (*room, Vec::new()),
            };
            let place = self.0.iter().position(|(facts, _)| facts.room == room);
            match (change, place) {
                (Change::Room(facts), Some(place)) => self.0[place].0 = facts,
                (Change::Room(facts), None) => self.0.push((facts, history)),
                (Change::Ended(_), Some(place)) => drop(self.0.remove(place)),
                (Change::Said { entry, oldest, .. }, Some(place)) => {
                    self.0[place].1.push(entry);
                    self.0[place].1.retain(|entry| entry.order >= oldest);
                }
                (Change::Forgot { oldest, .. }, Some(place)) => {
                    self.0[place].1.retain(|entry| oldest.is_some_and(|oldest| entry.order >= oldest));
                }
                (Change::Ended(_) | Change::Said { .. } | Change::Forgot { .. }, None) => {}
            }
        }
    }

    fn people(&self) -> Vec<Vec<ParticipantId>> {
        self.0.iter().map(|(facts, _)| facts.people.iter().map(|person| person.id).collect()).collect()
    }
}

impl World {
    /// The server stops, and starts again a minute later.
    fn restart(&mut self, disk: &mut Disk) {
        disk.write(self);
        self.now += 60_000;
        self.exchange = Exchange::restore(Settings::default(), 2, disk.0.clone(), self.now);
    }

    fn come_back(&mut self, number: u64, who: u64, page: u64, signed: u32, resuming: Option<u32>) -> Vec<Effect> {
        self.on(Input::Connected {
            connection: socket(number),
            participant: id(who),
            page: PageId::new(page),
            name: None,
            signed,
            resuming,
        })
    }

    fn text(&mut self, who: u64, number: u64) {
        let body = Body::Plain { text: format!("сөз {number}") };
        self.say(who, ClientMessage::Chat { room: room(1), id: MessageId::new(number), body });
    }
}

fn welcomed(effects: &[Effect]) -> &RoomSnapshot {
    let welcome = |effect: &'_ Effect| matches!(effect, Effect::Send { message: ServerMessage::Welcome { .. }, .. });
    match effects.iter().find(|effect| welcome(effect)) {
        Some(Effect::Send { message: ServerMessage::Welcome { room, .. }, .. }) => room,
        _ => panic!("no welcome in {effects:?}"),
    }
}

#[test]
fn what_is_kept_of_a_room_is_who_is_in_it_its_codes_its_call_and_who_spoke() {
    let mut world = World::together();
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    let call = world.exchange.rooms[&room(1)].room.call_facts();
    let person = |who, order| PersonFacts {
        id: id(who),
        code: code(who),
        order,
        name: String::new(),
        incarnation: 1,
        page: Some(PageId::new(1)),
    };
    let facts = RoomFacts {
        room: room(1),
        people: vec![person(ANA, 1), person(BEK, 3)],
        codes: vec![(0, code(ANA)), (2, code(BEK))],
        call,
        speakers: Speakers::Nobody,
    };
    assert_eq!(world.exchange.changes(), [Change::Room(facts.clone()), Change::Ended(room(2))]);
    assert_eq!(facts.call.map(|call| call.rings), Some(vec![(id(ANA), id(BEK), world.now + 45_000)]));
    assert_eq!(world.exchange.changes(), [], "asked once");
    world.say(ANA, ClientMessage::Away { away: true });
    world.say(ANA, ClientMessage::Media { media: Media::default() });
    world.drop_socket(BEK);
    assert_eq!(world.exchange.changes(), [], "connections and media are no facts of a room");
}

#[test]
fn what_changes_nothing_is_not_written_again() {
    let mut world = World::together();
    world.say(ANA, ClientMessage::Name { name: "Ана".to_owned() });
    let kept = world.exchange.changes();
    assert!(matches!(kept[..], [Change::Room(_), Change::Ended(_)]), "{kept:?}");
    world.say(ANA, ClientMessage::Name { name: " Ана ".to_owned() });
    for call in [CallId::new(1), CallId::new(2)] {
        world.say(ANA, ClientMessage::HangUp { call });
        world.say(ANA, ClientMessage::Accept { call });
        world.say(ANA, ClientMessage::Decline { call });
    }
    world.say(ANA, ClientMessage::Ring { to: id(SAULE) });
    assert_eq!(world.exchange.changes(), []);
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    assert!(matches!(world.exchange.changes()[..], [Change::Room(_)]));
}

#[test]
fn after_a_restart_everybody_is_where_they_were_with_the_same_links_the_call_and_the_chat() {
    let (mut world, mut disk) = (World::together(), Disk::default());
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.say(BEK, ClientMessage::Ring { to: id(ANA) });
    world.text(ANA, 1);
    world.text(BEK, 2);
    let before = world.exchange.snapshot(id(ANA)).expect("a room");
    let kept = world.exchange.facts_of_all();
    world.restart(&mut disk);
    assert_eq!(world.exchange.facts_of_all(), kept);

    world.come_back(11, ANA, 1, 1, Some(1));
    let effects = world.come_back(12, BEK, 1, 1, Some(1));
    assert_eq!(*welcomed(&effects), RoomSnapshot { code: code(BEK), ..before });
    // A message said again is the one already there; the next one comes after it.
    world.text(BEK, 2);
    let body = Body::Plain { text: "сөз 3".to_owned() };
    let told = world.say(11, ClientMessage::Chat { room: room(1), id: MessageId::new(3), body });
    let Some(Effect::Send { message: ServerMessage::Chat { entry }, .. }) = told.first() else { panic!("{told:?}") };
    assert_eq!((entry.order.epoch, entry.order.seq), (2, 3));
    // New ids meet no old ones.
    world.create(SAULE);
    assert!(world.exchange.directory().room_of(id(SAULE)).is_some_and(|id| id.get() >= 2 << 20));
}

#[test]
fn a_ring_goes_on_through_a_restart_and_ends_when_it_would_have() {
    let (mut world, mut disk) = (World::together(), Disk::default());
    world.say(ANA, ClientMessage::Ring { to: id(BEK) });
    world.restart(&mut disk);
    world.come_back(11, ANA, 1, 1, Some(1));
    assert!(world.exchange.next_deadline().is_some_and(|at| at <= world.now), "45 s were over meanwhile");
    let unanswered = CallEvent::Unanswered { to: id(BEK) };
    assert_eq!(world.wait(0), [send(11, ServerMessage::Call { call: None, event: unanswered })]);
}

#[test]
fn who_does_not_come_back_after_a_restart_is_gone_after_the_grace() {
    let (mut world, mut disk) = (World::together(), Disk::default());
    world.restart(&mut disk);
    world.come_back(11, ANA, 1, 1, Some(1));
    world.wait(600_000);
    disk.write(&mut world);
    assert_eq!((world.exchange.participants(), disk.people()), (1, vec![vec![id(ANA)]]));
}

#[test]
fn a_room_that_has_ended_does_not_come_back() {
    let (mut world, mut disk) = (World::together(), Disk::default());
    disk.write(&mut world);
    world.drop_socket(ANA);
    world.drop_socket(BEK);
    world.wait(600_000);
    world.wait(600_000);
    world.restart(&mut disk);
    assert_eq!((world.exchange.rooms(), world.exchange.info(&code(ANA))), (0, Err(EnterError::NotFound)));
    // Their tokens are good for a while longer.
    assert_eq!(world.come_back(11, ANA, 1, 1, Some(1)), [close(11, CloseCode::BadToken)]);
    assert_eq!(world.exchange.rooms(), 0);
}

#[test]
fn who_gave_up_a_seat_does_not_get_it_back_by_a_restart() {
    let (mut world, mut disk) = (World::together(), Disk::default());
    disk.write(&mut world);
    world.drop_socket(BEK);
    world.wait(10_000);
    world.create(SAULE);
    world.hello(SAULE, SAULE, 1);
    world.enter(SAULE, ANA);
    world.restart(&mut disk);
    let effects = world.come_back(12, BEK, 1, 1, Some(1));
    let members: Vec<_> = welcomed(&effects).members.iter().map(|member| member.id).collect();
    assert_eq!(members, [id(BEK)]);
    assert_eq!(world.exchange.info(&code(ANA)).map(|info| info.people), Ok(2), "Ana and Saule");
}

#[test]
fn of_two_tabs_the_newer_is_served_after_a_restart_too() {
    let (mut world, mut disk) = (World::of(&[ANA]), Disk::default());
    world.hello(7, ANA, 2);
    world.restart(&mut disk);
    assert_eq!(world.come_back(11, ANA, 1, 1, Some(1)), [close(11, CloseCode::Superseded)], "the older comes first");
    let effects = world.come_back(12, ANA, 2, 2, Some(2));
    assert_eq!(welcomed(&effects).members[0].incarnation, 2);
}

#[test]
fn a_server_that_lost_its_last_moments_goes_by_what_it_signed() {
    let (mut world, mut disk) = (World::of(&[ANA]), Disk::default());
    disk.write(&mut world);
    world.hello(7, ANA, 2);
    world.hello(8, ANA, 3);
    let lost = World::of(&[]);
    world.exchange = Exchange::restore(Settings::default(), 2, disk.0.clone(), lost.now);
    let effects = world.come_back(11, ANA, 3, 3, Some(3));
    assert_eq!(welcomed(&effects).members[0].incarnation, 3, "still the same page: its links hold");
    assert_eq!(world.come_back(12, ANA, 2, 2, Some(2)), [close(12, CloseCode::Superseded)]);
}

#[test]
fn facts_that_contradict_themselves_harm_nobody_else() {
    let (mut world, mut disk) = (World::of(&[ANA, BEK]), Disk::default());
    world.text(ANA, 1);
    disk.write(&mut world);
    let (ana, chat) = disk.0[0].clone();
    // Ana's room once more under another number, with her ring to a stranger, and her chat with a gap.
    let call = Some(CallFacts { id: CallId::new(5), members: vec![id(ANA)], rings: vec![(id(ANA), id(99), 1)] });
    let mut gap = chat[0].clone();
    gap.order.seq = 9;
    disk.0[0].0.call.clone_from(&call);
    disk.0[0].1.push(gap);
    disk.0.push((RoomFacts { room: room(50), call, ..ana }, chat));
    world.restart(&mut disk);
    let effects = world.come_back(11, ANA, 1, 1, Some(1));
    let snapshot = welcomed(&effects);
    assert_eq!((snapshot.members.len(), snapshot.call.as_ref(), snapshot.history.len()), (1, None, 1));
    assert_eq!((world.exchange.participants(), world.exchange.rooms()), (2, 2));
    assert_eq!(world.exchange.info(&code(BEK)).map(|info| info.people), Ok(1));
}

#[test]
fn when_memory_is_short_the_fullest_room_forgets_first_and_the_disk_with_it() {
    let settings = Settings { chat_max: 40_000, ..Settings::default() };
    let mut world = World::new(settings);
    for who in [ANA, BEK, SAULE] {
        world.create(who);
        world.hello(who, who, 1);
    }
    let mut disk = Disk::default();
    disk.write(&mut world);
    let mut say = |world: &mut World, who: u64, number: u64, length: usize| {
        let body = Body::Plain { text: "a".repeat(length) };
        world.now += 1_000;
        world.say(who, ClientMessage::Chat { room: room(who), id: MessageId::new(number), body });
        disk.write(world);
        let now = Exchange::restore(settings, 2, disk.0.clone(), world.now);
        assert!(world.exchange.chat_weight() <= 40_000 && now.chat_weight() <= 40_000);
        let lengths = |exchange: &Exchange| [1, 2, 3].map(|number| exchange.rooms[&room(number)].room.history().len());
        assert_eq!(lengths(&now), lengths(&world.exchange), "what a restart brings back is what is kept");
        lengths(&world.exchange)
    };
    for number in 1..=5 {
        say(&mut world, BEK, number, 100);
    }
    for number in 1..=100 {
        say(&mut world, ANA, number, 3_000);
    }
    let [flood, quiet, silent] = say(&mut world, SAULE, 1, 3_000);
    assert!((5..=13).contains(&flood), "{flood}");
    assert_eq!((quiet, silent), (5, 1), "who has said less loses nothing");
    // The end of a room gives its share back.
    world.drop_socket(ANA);
    world.wait(Settings::default().room_grace);
    let [Some(bek), Some(saule)] = [2, 3].map(|number| world.exchange.rooms.get(&room(number))) else { panic!("two rooms") };
    assert_eq!(world.exchange.chat_weight(), bek.room.chat_weight() + saule.room.chat_weight());
}

#[test]
fn the_code_of_somebody_left_out_keeps_no_room_alive_for_ever() {
    let (mut world, mut disk) = (World::of(&[ANA]), Disk::default());
    disk.write(&mut world);
    let (ana, chat) = disk.0[0].clone();
    // Ana is in a second room too, under another code.
    let mut twice = ana.people[0].clone();
    (twice.code, twice.order) = (code(SAULE), 9);
    disk.0.push((RoomFacts { room: room(50), people: vec![twice], codes: vec![(9, code(SAULE))], ..ana }, chat));
    world.restart(&mut disk);
    assert_eq!(world.exchange.participants(), 1);
    world.wait(600_000);
    assert_eq!((world.exchange.participants(), world.exchange.rooms(), world.exchange.next_deadline()), (0, 0, None));
}

#[test]
fn nobody_is_restored_whose_code_leads_nowhere() {
    let (mut world, mut disk) = (World::of(&[ANA, BEK]), Disk::default());
    disk.write(&mut world);
    disk.0[0].0.codes.clear();
    world.restart(&mut disk);
    assert_eq!((world.exchange.participants(), world.exchange.rooms()), (1, 1), "only Bek");
    // Somebody else may have the code, and all come to their end.
    world.exchange.create(id(SAULE), code(ANA), world.now).expect("the code is free");
    world.wait(600_000);
    world.wait(600_000);
    assert_eq!((world.exchange.participants(), world.exchange.rooms(), world.exchange.next_deadline()), (0, 0, None));
}
