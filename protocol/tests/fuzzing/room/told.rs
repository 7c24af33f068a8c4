//! Who is told what: members only, what concerns them, each once.

use std::collections::BTreeSet;

use protocol::{
    id::ParticipantId,
    message::{CANDIDATE_MAX, CallEvent, Endpoint, Link, Media, PeerBody, PeerMessage, RoomSnapshot, SDP_MAX, ServerMessage},
    room::{Effect, Input, MID_MAX},
};

use super::subject;

pub(super) fn check(input: &Input, before: &RoomSnapshot, after: &RoomSnapshot, effects: &[Effect]) {
    let people = |room: &RoomSnapshot| room.members.iter().map(|member| member.id).collect::<BTreeSet<_>>();
    let (before_it, after_it) = (people(before), people(after));
    // Time may end each ring and each member's part in the call, each told to all; anything else is told at most twice (one who
    // leaves hangs up).
    let events = if matches!(input, Input::Wake) { 2 * before_it.len() } else { 2 };
    assert!(effects.len() <= events * before_it.len().max(after_it.len()), "{} effects of {input:?}", effects.len());
    let heard = |who| before_it.contains(&who) || matches!(input, Input::Join { .. });
    assert!(effects.is_empty() || subject(input).is_none_or(heard), "{effects:?} for {input:?} of a stranger");
    let mut everybody_told = BTreeSet::new();
    for effect in effects {
        let Effect::Tell { to, message } = effect else {
            assert!(matches!(input, Input::Letter { .. } | Input::Media { .. }) && effects.len() == 1);
            continue;
        };
        assert!(before_it.contains(to) || after_it.contains(to), "{to:?} is no member");
        match message {
            ServerMessage::Member { member } => {
                assert!(*to != member.id && Some(member.id) == subject(input) && after.members.contains(member));
                everybody_told.insert(*to);
            }
            ServerMessage::Gone { participant, .. } => {
                assert!(matches!(input, Input::Part { who, .. } if who == participant) && after_it.contains(to));
            }
            ServerMessage::Call { call, event: CallEvent::Unchanged } => {
                assert!(Some(*to) == subject(input) && effects.len() == 1 && *call == after.call && before.call == after.call);
            }
            ServerMessage::Call { call, .. } => {
                assert!(*call == after.call || matches!(input, Input::Wake));
                assert!(before.call != after.call, "{effect:?}");
                let told = |who: &ParticipantId| effects.contains(&Effect::Tell { to: *who, message: message.clone() });
                assert!(before_it.iter().all(told), "all learn what became of the call");
            }
            ServerMessage::Chat { entry } => {
                let Input::Say { who, id, .. } = input else { panic!("{effect:?} of {input:?}") };
                assert_eq!((entry.from, entry.id), (*who, *id));
                let first = before.history.last() != after.history.last();
                assert_eq!(effects.len(), if first { after_it.len() } else { 1 });
                assert!(first || to == who, "a receipt is for the sender");
            }
            ServerMessage::ChatRefused { id: refused, .. } => {
                assert!(matches!(input, Input::Say { who, id, .. } if who == to && id == refused));
                assert_eq!((effects.len(), &before.history), (1, &after.history));
            }
            ServerMessage::Peer { message } => {
                let Input::Letter { who, message: sent } = input else { panic!("{effect:?} of {input:?}") };
                assert!(message == sent && effects.len() == 1);
                letter(message, *who, *to, before);
            }
            other => panic!("a room never says {other:?}"),
        }
    }
    if let Input::Part { who, why } = input {
        let gone = ServerMessage::Gone { participant: *who, why: *why };
        let told = |to: &ParticipantId| effects.contains(&Effect::Tell { to: *to, message: gone.clone() });
        assert!(!before_it.contains(who) || after_it.iter().all(told), "all others learn that {who:?} is gone");
    }
    let Some(changed) = after.members.iter().find(|member| !before.members.contains(member)) else { return };
    let others: BTreeSet<_> = after_it.into_iter().filter(|who| *who != changed.id).collect();
    assert_eq!(everybody_told, others, "all others learn of {changed:?}");
}

/// A letter that was passed on might be.
fn letter(message: &PeerMessage, who: ParticipantId, to: ParticipantId, room: &RoomSnapshot) {
    assert_eq!((message.from, message.to), (Endpoint::Participant(who), Endpoint::Participant(to)));
    assert_ne!(who, to);
    let member = |id| room.members.iter().find(|member| member.id == id).expect("both are members");
    assert_eq!(message.link, Link::between(member(who), member(to)), "an old page's letter");
    let short = |text: &Option<String>, most: usize| text.as_ref().is_none_or(|text| text.len() <= most);
    assert!(match &message.body {
        PeerBody::Description { sdp, .. } => sdp.len() <= SDP_MAX,
        PeerBody::Candidate { candidate: Some(candidate), .. } => {
            candidate.candidate.len() <= CANDIDATE_MAX
                && short(&candidate.mid, CANDIDATE_MAX)
                && short(&candidate.ufrag, CANDIDATE_MAX)
        }
        PeerBody::Media { media } => mids_fit(media),
        PeerBody::Unknown => false,
        _ => true,
    });
}

pub(super) fn mids_fit(media: &Media) -> bool {
    let sources = [&media.microphone, &media.camera, &media.screen, &media.screen_audio];
    sources.iter().all(|source| source.mid.as_ref().is_none_or(|mid| mid.len() <= MID_MAX))
}
