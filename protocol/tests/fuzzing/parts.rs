//! Parts of messages, as pages send them and as none would, drawn from bytes.

use protocol::{
    budget::Rate,
    exchange::Settings,
    id::{CallId, ParticipantId},
    message::{
        Body, CANDIDATE_MAX, Candidate, Endpoint, Link, Media, PeerBody, PeerMessage, Round, SDP_MAX, SdpType, Source,
        SourceState, TEXT_MAX,
    },
    room::MID_MAX,
};

use super::bytes::Bytes;

/// How many people may turn up. One more is named, who never does.
pub(crate) const PEOPLE: u8 = 6;

/// Without limits of how fast things are said and rung, which tests of their own hold: what is said is then what one sees.
pub(crate) fn unhurried(settings: Settings) -> Settings {
    let any = Rate { burst: 1e9, per_second: 1e9 };
    Settings { messages: any, rings: any, ..settings }
}

pub(crate) fn person(bytes: &mut Bytes) -> ParticipantId {
    ParticipantId::new(bytes.below(PEOPLE + 1))
}

/// Around the longest that may be.
fn long(bytes: &mut Bytes, longest: usize) -> String {
    match bytes.byte() % 4 {
        0 => String::new(),
        1 => "v=0\r\n".to_owned(),
        2 => "x".repeat(longest),
        _ => "x".repeat(longest + 1),
    }
}

fn some(bytes: &mut Bytes, longest: usize) -> Option<String> {
    bytes.flag().then(|| long(bytes, longest))
}

pub(crate) fn media(bytes: &mut Bytes) -> Media {
    let counter = match bytes.byte() {
        255 => u32::MAX,
        small => u32::from(small % 8),
    };
    let mut source = || Source {
        state: bytes.of(&[SourceState::Off, SourceState::On, SourceState::Muted, SourceState::Lost]),
        mid: some(bytes, MID_MAX),
    };
    Media { counter, microphone: source(), camera: source(), screen: source(), screen_audio: source() }
}

pub(crate) fn body(bytes: &mut Bytes) -> Body {
    match bytes.byte() % 8 {
        0 => Body::Unknown,
        _ => Body::Plain { text: bytes.text(TEXT_MAX) },
    }
}

fn endpoint(bytes: &mut Bytes, usual: ParticipantId) -> Endpoint {
    match bytes.byte() % 8 {
        0 => Endpoint::MediaServer,
        1 => Endpoint::Participant(person(bytes)),
        _ => Endpoint::Participant(usual),
    }
}

/// A letter of `who`, mostly under that name; `link` knows which one would fit.
pub(crate) fn letter(
    bytes: &mut Bytes,
    who: ParticipantId,
    link: impl Fn(ParticipantId, ParticipantId) -> Option<Link>,
) -> PeerMessage {
    let from = endpoint(bytes, who);
    let receiver = person(bytes);
    let to = endpoint(bytes, receiver);
    let number = u32::from(bytes.byte() % 4);
    let odd = Link { from: number, to: 1, since: u64::from(number) };
    let link = link(who, receiver).filter(|_| !bytes.byte().is_multiple_of(4)).unwrap_or(odd);
    PeerMessage { from, to, link, seq: bytes.of(&[0, 1, 2, u64::MAX]), body: content(bytes) }
}

fn content(bytes: &mut Bytes) -> PeerBody {
    let round = Round(u32::from(bytes.byte() % 3));
    match bytes.byte() % 8 {
        0 => PeerBody::Unknown,
        1 | 2 => {
            let sdp_type = bytes.of(&[SdpType::Offer, SdpType::Answer]);
            PeerBody::Description { sdp_type, sdp: long(bytes, SDP_MAX), answers: bytes.flag().then_some(1), round }
        }
        3 => PeerBody::Candidate { candidate: None, round },
        4 => {
            let candidate = long(bytes, CANDIDATE_MAX);
            let (mid, ufrag) = (some(bytes, CANDIDATE_MAX), some(bytes, CANDIDATE_MAX));
            PeerBody::Candidate { candidate: Some(Candidate { candidate, mid, line: Some(1), ufrag }), round }
        }
        5 => PeerBody::Media { media: media(bytes) },
        6 => PeerBody::HungUp { call: CallId::new(bytes.below(4)) },
        _ if bytes.flag() => PeerBody::Prefer { video_max: Some(u32::from(bytes.byte())) },
        _ => PeerBody::Anew { round },
    }
}
