//! Which letters between participants are passed on. The body's size is looked at, never its content.

use crate::{
    fault::{self, Fault},
    id::ParticipantId,
    message::{CANDIDATE_MAX, Endpoint, Link, Media, Member, PeerBody, PeerMessage, SDP_MAX},
    room::MID_MAX,
};

/// Why something was dropped instead of passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// The letter names another sender than whose page it came from.
    Forged,
    /// It is for nobody in the sender's room.
    NoReceiver,
    /// It belongs to an earlier page of one of both, or to an earlier being together.
    Stale,
    /// A part of it is longer than it may be.
    TooLarge,
    /// It is of a later version, which this one cannot pass on whole.
    Unknown,
}

/// Whom the letter goes to, if it may.
///
/// `sender` sent it; `members` gives the members of the room.
pub(super) fn check<'a>(
    sender: &Member,
    members: impl Fn(ParticipantId) -> Option<&'a Member>,
    message: &PeerMessage,
) -> Result<ParticipantId, DropReason> {
    if message.from != Endpoint::Participant(sender.id) {
        return Err(DropReason::Forged);
    }
    let Endpoint::Participant(to) = message.to else {
        return Err(DropReason::NoReceiver);
    };
    if to == sender.id {
        return Err(DropReason::NoReceiver);
    }
    let receiver = members(to).ok_or(DropReason::NoReceiver)?;
    if message.link != Link::between(sender, receiver) && !fault::active(Fault::StaleLinkAccepted) {
        return Err(DropReason::Stale);
    }
    match &message.body {
        PeerBody::Unknown => Err(DropReason::Unknown),
        body if fits(body) => Ok(to),
        _ => Err(DropReason::TooLarge),
    }
}

/// Whether every part is as short as it must be.
fn fits(body: &PeerBody) -> bool {
    let short = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= CANDIDATE_MAX);
    match body {
        PeerBody::Description { sdp, .. } => sdp.len() <= SDP_MAX,
        PeerBody::Candidate { candidate: Some(candidate), .. } => {
            candidate.candidate.len() <= CANDIDATE_MAX && short(&candidate.mid) && short(&candidate.ufrag)
        }
        PeerBody::Media { media } => mids_fit(media),
        _ => true,
    }
}

/// Whether the media line identifications are as short as they must be.
pub(super) fn mids_fit(media: &Media) -> bool {
    let sources = [&media.microphone, &media.camera, &media.screen, &media.screen_audio];
    sources.iter().all(|source| source.mid.as_ref().is_none_or(|mid| mid.len() <= MID_MAX))
}
