//! How messages are read: from JSON, by the tables below. How they are written, their `#[serde(…)]` says.
//!
//! The page pays for reading: what `#[derive(Deserialize)]` makes of tagged enums, and of what is inside them, was a tenth of
//! its WASM. `tests/golden.rs` holds these tables against what is written.

mod json;

use serde::{Deserialize, Deserializer, de};

use self::json::{Document, Json};
use crate::{
    client::{Preferences, Saved, Unsent},
    id::{CallId, MessageId, PageId, ParticipantId, RoomCode, RoomId},
    message::{
        Body, Call, CallEvent, Candidate, ChatEntry, ChatError, ChatOrder, ClientMessage, CloseCode, Endpoint, EnterError,
        GoneReason, IceConfig, IceServer, Link, Media, Member, PeerBody, PeerMessage, Presence, Ring, RoomInfo, RoomSnapshot,
        Round, SdpType, ServerMessage, Source, SourceState, Ticket,
    },
};

/// What can be read from JSON; `None` if it is something else.
trait Read: Sized {
    fn read(json: Json<'_>) -> Option<Self>;
}

impl<T: Read> Read for Option<T> {
    fn read(json: Json<'_>) -> Option<Self> {
        if json.is_null() { Some(None) } else { T::read(json).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: Json<'_>) -> Option<Self> {
        json.as_list()?.map(T::read).collect()
    }
}

impl Read for String {
    fn read(json: Json<'_>) -> Option<Self> {
        json.as_str().map(str::to_owned)
    }
}

impl Read for bool {
    fn read(json: Json<'_>) -> Option<Self> {
        json.as_bool()
    }
}

macro_rules! numbers {
    ($($type:ident)*) => {$(
        impl Read for $type {
            fn read(json: Json<'_>) -> Option<Self> {
                Self::try_from(json.as_u64()?).ok()
            }
        }
    )*};
}

numbers!(u16 u32 u64);

impl Read for Round {
    fn read(json: Json<'_>) -> Option<Self> {
        Option::read(json).map(|number| Self(number.unwrap_or_default()))
    }
}

macro_rules! ids {
    ($($type:ident)*) => {$(
        impl Read for $type {
            fn read(json: Json<'_>) -> Option<Self> {
                json.as_str()?.parse().ok()
            }
        }
    )*};
}

ids!(CallId MessageId PageId ParticipantId RoomCode RoomId);

macro_rules! deserialize {
    ($type:ident) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let document = Document::deserialize(deserializer)?;
                Self::read(document.json()).ok_or_else(|| de::Error::custom(concat!("not a ", stringify!($type))))
            }
        }
    };
}

/// Objects: the fields are named as in Rust.
macro_rules! objects {
    ($($type:ident { $($field:ident),* })*) => {$(
        impl Read for $type {
            fn read(json: Json<'_>) -> Option<Self> {
                Some(Self { $($field: Read::read(json.field(stringify!($field)))?),* })
            }
        }
        deserialize!($type);
    )*};
}

objects! {
    RoomSnapshot { room, code, capacity, members, call, history, truncated }
    Member { id, name, incarnation, order, presence, media }
    Media { counter, microphone, camera, screen, screen_audio }
    Source { state, mid }
    Call { id, members, rings }
    Ring { from, to }
    ChatEntry { order, from, name, id, body, at }
    ChatOrder { epoch, seq }
    Link { from, to, since }
    PeerMessage { from, to, link, seq, body }
    Candidate { candidate, mid, line, ufrag }
    RoomInfo { people, capacity }
    Ticket { token }
    IceConfig { servers, hide_addresses, good_for }
    IceServer { urls, username, credential }
    Saved { token, name, room, entered, left, without_camera, unsent }
    Unsent { room, id, text }
    Preferences { name, camera, microphone, camera_id, microphone_id, video_max }
}

/// A table in which a variant is missing does not compile.
macro_rules! complete {
    ($type:ident { $($variant:ident)* }) => {
        const _: fn(&$type) = |value| match value {
            $($type::$variant { .. } => (),)*
        };
    };
}

/// Enums that are objects, one field of which tells the variant; and as which, if any, an unknown one is read: as a variant of its
/// own (`_ =>`), or as a safe one (`else`).
macro_rules! tagged {
    ($($type:ident by $tag:literal { $($name:literal => $variant:ident { $($field:ident),* },)* $(_ => $other:ident)? $(else $safe:ident)? })*) => {$(
        impl Read for $type {
            fn read(json: Json<'_>) -> Option<Self> {
                match json.get($tag)?.as_str()? {
                    $($name => Some(Self::$variant { $($field: Read::read(json.field(stringify!($field)))?),* }),)*
                    _ => None$(.or(Some(Self::$other)))?$(.or(Some(Self::$safe)))?,
                }
            }
        }
        complete!($type { $($variant)* $($other)? });
        deserialize!($type);
    )*};
}

tagged! {
    ClientMessage by "type" {
        "hello" => Hello { version, token, page, name, resuming },
        "enter" => Enter { request, code },
        "name" => Name { name },
        "chat" => Chat { room, id, body },
        "ring" => Ring { to },
        "accept" => Accept { call },
        "decline" => Decline { call },
        "hang_up" => HangUp { call },
        "media" => Media { media },
        "away" => Away { away },
        "peer" => Peer { message },
        "leave" => Leave { request },
        "ping" => Ping { nonce },
        _ => Unknown
    }
    ServerMessage by "type" {
        "welcome" => Welcome { version, you, incarnation, own_code, room },
        "token" => Token { token },
        "room" => Room { request, room },
        "refused" => Refused { request, reason },
        "member" => Member { member },
        "gone" => Gone { participant, why },
        "call" => Call { call, event },
        "chat" => Chat { entry },
        "chat_refused" => ChatRefused { id, reason },
        "peer" => Peer { message },
        "pong" => Pong { nonce },
        _ => Unknown
    }
    CallEvent by "kind" {
        "rang" => Rang { from, to },
        "accepted" => Accepted { by },
        "declined" => Declined { by },
        "unanswered" => Unanswered { to },
        "cancelled" => Cancelled { by },
        "hung_up" => HungUp { by },
        "vanished" => Vanished { who },
        "unchanged" => Unchanged {},
        _ => Unknown
    }
    Body by "kind" {
        "plain" => Plain { text },
        _ => Unknown
    }
    EnterError by "kind" {
        "empty" => Empty {},
        "malformed" => Malformed {},
        "own_code" => OwnCode {},
        "not_found" => NotFound {},
        "full" => Full {},
        "too_many_attempts" => TooManyAttempts { retry_after },
        "in_call" => InCall {},
        // The one answer that is given for a room that one cannot come into.
        else NotFound
    }
    PeerBody by "kind" {
        "description" => Description { sdp_type, sdp, answers, round },
        "candidate" => Candidate { candidate, round },
        "anew" => Anew { round },
        "media" => Media { media },
        "hung_up" => HungUp { call },
        "prefer" => Prefer { video_max },
        _ => Unknown
    }
}

/// Enums that are one word; and as which safe variant, if any, an unknown one is read.
macro_rules! words {
    ($($type:ident { $($name:literal => $variant:ident,)* $(else $safe:ident)? })*) => {$(
        impl Read for $type {
            fn read(json: Json<'_>) -> Option<Self> {
                match json.as_str()? {
                    $($name => Some(Self::$variant),)*
                    _ => None$(.or(Some(Self::$safe)))?,
                }
            }
        }
        complete!($type { $($variant)* });
        deserialize!($type);
    )*};
}

words! {
    Presence { "here" => Here, "away" => Away, "lost" => Lost, else Away }
    GoneReason { "left" => Left, "expired" => Expired, else Left }
    SourceState { "off" => Off, "on" => On, "muted" => Muted, "lost" => Lost, else Off }
    ChatError { "empty" => Empty, "too_long" => TooLong, "other_room" => OtherRoom, "too_fast" => TooFast, "unknown" => Unknown, else Unknown }
    SdpType { "offer" => Offer, "answer" => Answer, }
    CloseCode {
        "going_away" => GoingAway,
        "too_big" => TooBig,
        "bad_message" => BadMessage,
        "superseded" => Superseded,
        "bad_token" => BadToken,
        "too_fast" => TooFast,
        "too_slow" => TooSlow,
        "silent" => Silent,
        "outdated" => Outdated,
        "busy" => Busy,
    }
}

impl Read for Endpoint {
    fn read(json: Json<'_>) -> Option<Self> {
        match json.as_str() {
            Some("media_server") => Some(Self::MediaServer),
            Some(_) => None,
            None => Read::read(json.field("participant")).map(Self::Participant),
        }
    }
}
deserialize!(Endpoint);
