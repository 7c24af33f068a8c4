//! The directory's rules, as people would tell them.

use super::*;

const ANA: ParticipantId = ParticipantId::new(1);
const BEK: ParticipantId = ParticipantId::new(2);
const SAULE: ParticipantId = ParticipantId::new(3);

fn code(who: ParticipantId) -> RoomCode {
    RoomCode::from_random(&[u8::try_from(who.get()).expect("few people"); 12]).expect("twelve usable bytes")
}

/// A directory with these people, each in the own room, numbered from 100.
fn of(people: &[ParticipantId]) -> Directory {
    let mut directory = Directory::new(100);
    for who in people {
        directory.create(*who, code(*who)).expect("a new id and code");
    }
    directory
}

fn room(number: u64) -> RoomId {
    RoomId::new(number)
}

/// Where the person is, where their code leads, and which code they should share.
fn whereabouts(directory: &Directory, who: ParticipantId) -> (Option<RoomId>, Option<RoomId>, Option<RoomCode>) {
    (directory.room_of(who), directory.lookup(&code(who)), directory.share_code(who))
}

#[test]
fn everybody_starts_alone_in_a_room_of_their_own() {
    let directory = of(&[ANA, BEK]);
    assert_eq!(whereabouts(&directory, ANA), (Some(room(100)), Some(room(100)), Some(code(ANA))));
    assert_eq!(whereabouts(&directory, BEK), (Some(room(101)), Some(room(101)), Some(code(BEK))));
    assert_eq!(directory.home(ANA), Some(Home::Here(room(100))));
}

#[test]
fn an_id_or_a_code_in_use_is_not_given_twice() {
    let mut directory = of(&[ANA]);
    assert_eq!(directory.create(ANA, code(BEK)), Err(CreateError::Taken));
    assert_eq!(directory.create(BEK, code(ANA)), Err(CreateError::Taken));
    assert_eq!((directory.len(), directory.codes()), (1, 1));
}

#[test]
fn the_friend_who_enters_a_code_brings_the_own_along() {
    let mut directory = of(&[ANA, BEK]);
    assert_eq!(directory.route(BEK, &code(ANA)), Ok(Route::To(room(100))));
    assert_eq!(directory.enter(BEK, room(100), false), Some(room(101)));
    assert_eq!(whereabouts(&directory, BEK), (Some(room(100)), Some(room(100)), Some(code(BEK))));
    assert_eq!(directory.fate(room(101)), Fate::Dead);
}

#[test]
fn codes_entered_crosswise_end_in_one_room() {
    let mut directory = of(&[ANA, BEK]);
    directory.enter(BEK, room(100), false);
    assert_eq!(directory.route(ANA, &code(BEK)), Ok(Route::Stay(room(100))));
}

#[test]
fn ones_own_code_says_so() {
    let directory = of(&[ANA]);
    assert_eq!(directory.route(ANA, &code(ANA)), Err(EnterError::OwnCode));
    assert_eq!(directory.route(ANA, &code(BEK)), Err(EnterError::NotFound));
    assert_eq!(directory.route(SAULE, &code(ANA)), Err(EnterError::NotFound));
}

#[test]
fn a_teacher_who_visits_a_colleague_does_not_drag_the_class_along() {
    let mut directory = of(&[ANA, BEK, SAULE]);
    directory.enter(BEK, room(100), false);
    directory.enter(ANA, room(102), false);
    assert_eq!(whereabouts(&directory, ANA), (Some(room(102)), Some(room(100)), Some(code(SAULE))));
    // The own code leads back to the class, typed or by leaving.
    assert_eq!(directory.route(ANA, &code(ANA)), Ok(Route::To(room(100))));
    assert_eq!(directory.home(ANA), Some(Home::At(room(100))));
    assert_eq!(directory.go_home(ANA), Some(room(100)));
    assert_eq!(whereabouts(&directory, ANA), (Some(room(100)), Some(room(100)), Some(code(ANA))));
}

#[test]
fn a_room_where_others_have_spoken_keeps_its_codes() {
    let mut directory = of(&[ANA, BEK]);
    directory.enter(ANA, room(101), true);
    assert_eq!(whereabouts(&directory, ANA), (Some(room(101)), Some(room(100)), Some(code(BEK))));
    assert_eq!(directory.fate(room(100)), Fate::Lives);
}

#[test]
fn leaving_leads_to_a_fresh_room_with_the_same_code() {
    let mut directory = of(&[ANA, BEK]);
    directory.enter(BEK, room(100), false);
    assert_eq!(directory.home(BEK), Some(Home::Fresh));
    assert_eq!(directory.start_afresh(BEK), Some(room(102)));
    assert_eq!(whereabouts(&directory, BEK), (Some(room(102)), Some(room(102)), Some(code(BEK))));
    assert_eq!(whereabouts(&directory, ANA), (Some(room(100)), Some(room(100)), Some(code(ANA))));
}

#[test]
fn a_code_never_leads_along_a_chain() {
    let mut directory = of(&[ANA, BEK, SAULE]);
    directory.enter(BEK, room(100), false);
    directory.enter(ANA, room(102), false);
    // Bek's code stayed with Bek, in the room where Ana's had led him; it does not follow Ana on.
    assert_eq!(directory.lookup(&code(BEK)), Some(room(100)));
    directory.enter(BEK, room(102), false);
    assert_eq!(directory.lookup(&code(BEK)), Some(room(102)));
    assert_eq!(directory.lookup(&code(ANA)), Some(room(100)));
}

#[test]
fn a_gone_hosts_code_still_leads_to_those_who_are_there() {
    let mut directory = of(&[ANA, BEK]);
    directory.enter(BEK, room(100), false);
    assert_eq!(directory.remove(ANA), Some((room(100), Some(room(100)))));
    assert_eq!(directory.lookup(&code(ANA)), Some(room(100)));
    // Nobody may have that code meanwhile.
    assert_eq!(directory.create(SAULE, code(ANA)), Err(CreateError::Taken));
    directory.start_afresh(BEK);
    assert_eq!(directory.fate(room(100)), Fate::Fades);
    directory.forget(room(100));
    assert_eq!(directory.lookup(&code(ANA)), None);
    assert_eq!(directory.codes(), 1);
}

#[test]
fn a_gone_guests_code_is_free() {
    let mut directory = of(&[ANA, BEK]);
    directory.enter(BEK, room(100), false);
    directory.remove(BEK);
    assert_eq!((directory.lookup(&code(BEK)), directory.codes(), directory.people_in(room(100))), (None, 1, 1));
}

#[test]
fn with_the_last_person_room_and_code_are_gone() {
    let mut directory = of(&[ANA]);
    directory.remove(ANA);
    assert_eq!((directory.fate(room(100)), directory.codes(), directory.is_empty()), (Fate::Dead, 0, true));
    directory.forget(room(100));
    assert_eq!(directory.create(ANA, code(ANA)), Ok(room(101)));
}

#[test]
fn what_lives_is_not_forgotten() {
    let mut directory = of(&[ANA]);
    directory.forget(room(100));
    assert_eq!(directory.lookup(&code(ANA)), Some(room(100)));
}

#[test]
fn strangers_and_unknown_rooms_change_nothing() {
    let mut directory = of(&[ANA]);
    assert_eq!(directory.enter(BEK, room(100), false), None);
    assert_eq!(directory.enter(ANA, room(7), false), None);
    assert_eq!((directory.home(BEK), directory.go_home(BEK), directory.start_afresh(BEK)), (None, None, None));
    assert_eq!(directory.remove(BEK), None);
    assert_eq!(directory.fate(room(7)), Fate::Dead);
    assert_eq!(whereabouts(&directory, ANA), (Some(room(100)), Some(room(100)), Some(code(ANA))));
}

/// After many random moves the two maps still agree with what can be counted from them.
#[test]
fn the_books_balance_after_many_moves() {
    let mut directory = Directory::new(0);
    let mut seed = 7_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..5_000 {
        let who = ParticipantId::new(draw(8));
        match draw(5) {
            0 => drop(directory.create(who, code(who))),
            1 | 2 => {
                if let Ok(Route::To(to)) = directory.route(who, &code(ParticipantId::new(draw(8)))) {
                    directory.enter(who, to, draw(3) == 0);
                }
            }
            3 => match directory.home(who) {
                Some(Home::At(_)) => drop(directory.go_home(who)),
                Some(Home::Fresh) => drop(directory.start_afresh(who)),
                Some(Home::Here(_)) | None => {}
            },
            _ => drop(directory.remove(who)),
        }
        let dead: Vec<RoomId> = directory.places.keys().copied().filter(|id| directory.fate(*id) != Fate::Lives).collect();
        dead.into_iter().for_each(|id| directory.forget(id));

        for (id, place) in &directory.places {
            let people = directory.people.values().filter(|person| person.room == *id).count();
            let codes: BTreeSet<(u64, RoomCode)> =
                directory.codes.iter().filter(|(_, to)| to.room == *id).map(|(code, to)| (to.age, *code)).collect();
            let owned = directory.people.values().filter(|person| directory.lookup(&person.code) == Some(*id)).count();
            assert_eq!((place.people as usize, &place.codes, place.owned as usize), (people, &codes, owned));
            assert!(codes.len() <= owned + 1, "at most one code outlives its owner");
        }
        assert!(directory.people.values().all(|person| directory.places.contains_key(&person.room)));
        assert!(directory.people.values().all(|person| directory.codes.contains_key(&person.code)));
    }
}
