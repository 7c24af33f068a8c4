//! What holds for every room, whatever anybody has sent.

use std::{
    collections::BTreeSet,
    fmt::{Debug, Write},
};

use protocol::{
    id::ParticipantId,
    message::{Body, Call, ChatEntry, HISTORY_BYTES, HISTORY_MESSAGES, NAME_MAX, RoomSnapshot, TEXT_MAX},
    room::MID_MAX,
    text::{check_text, clean_name, clean_text},
};

/// A room as its members see it.
pub(crate) fn room(room: &RoomSnapshot) {
    let people: BTreeSet<_> = room.members.iter().map(|member| member.id).collect();
    assert_eq!(people.len(), room.members.len(), "nobody is in it twice: {:?}", room.members);
    assert!(room.members.len() <= usize::try_from(room.capacity).expect("a small room"), "more people than seats: {people:?}");
    assert!(room.members.is_sorted_by(|one, other| one.order < other.order), "earliest first: {:?}", room.members);
    for member in &room.members {
        assert_eq!(member.name, clean_name(&member.name), "a name is clean");
        assert!(member.name.chars().count() <= NAME_MAX, "a name is short");
        let media = &member.media;
        for source in [&media.microphone, &media.camera, &media.screen, &media.screen_audio] {
            assert!(source.mid.as_ref().is_none_or(|mid| mid.len() <= MID_MAX), "a mid is short");
        }
    }
    if let Some(call) = &room.call {
        self::call(call, &people);
    }
    history(&room.history);
    assert_eq!(
        room.truncated,
        room.history.first().map_or(room.truncated, |entry| entry.order.seq > 1),
        "a room says what it forgot"
    );
}

/// A room's one call, where these are in the room.
pub(crate) fn call(call: &Call, people: &BTreeSet<ParticipantId>) {
    assert!(call.members.len() + call.rings.len() >= 2, "a call of one is none: {call:?}");
    assert!(call.rings.iter().all(|ring| call.members.contains(&ring.from)), "who rings is in the call: {call:?}");
    let all: Vec<_> = call.members.iter().copied().chain(call.rings.iter().map(|ring| ring.to)).collect();
    assert!(all.iter().all(|who| people.contains(who)), "who is in the call is in the room: {call:?}, {people:?}");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "nobody is in it twice: {call:?}");
}

/// What a room keeps of what was said.
pub(crate) fn history(history: &[ChatEntry]) {
    let bytes: usize = history.iter().map(|entry| text(entry).len()).sum();
    assert!(history.len() <= HISTORY_MESSAGES, "{} messages are kept", history.len());
    assert!(bytes <= HISTORY_BYTES, "{bytes} bytes are kept");
    assert!(history.windows(2).all(|pair| pair[0].order.seq + 1 == pair[1].order.seq), "one order, no gap");
    assert!(history.windows(2).all(|pair| pair[0].order < pair[1].order), "one order through every life of the server");
    let ids: BTreeSet<_> = history.iter().map(|entry| (entry.from, entry.id)).collect();
    assert_eq!(ids.len(), history.len(), "each message once");
    // The others were the last one once.
    if let Some(entry) = history.last() {
        assert_eq!(text(entry), clean_text(text(entry)));
        assert_eq!(check_text(text(entry)), Ok(()));
        assert!(text(entry).chars().count() <= TEXT_MAX);
    }
}

fn text(entry: &ChatEntry) -> &str {
    match &entry.body {
        Body::Plain { text } => text,
        Body::Unknown => panic!("nobody can read {entry:?}"),
    }
}

/// How much there is in it, hidden parts included, as bytes of its debug form.
pub(crate) fn size(whole: &impl Debug) -> usize {
    struct Counter(usize);
    impl Write for Counter {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let mut counter = Counter(0);
    write!(counter, "{whole:?}").expect("a counter takes everything");
    counter.0
}
