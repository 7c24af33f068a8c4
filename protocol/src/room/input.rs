//! What goes into a room and what comes out.

use crate::{
    Millis,
    id::{CallId, MessageId, ParticipantId, RoomId},
    message::{Body, GoneReason, Media, PeerMessage, Presence, ServerMessage},
    room::{Allowance, DropReason},
};

/// What happens to a room. Whoever is named and is no member is ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Somebody comes in. Whether there is a seat was asked before ([`Room::seating`](super::Room::seating)).
    Join {
        /// Who.
        arrival: Arrival,
        /// The member's [`Member::order`](crate::message::Member::order). Rises with each coming into any room of the server.
        order: u64,
    },
    /// A member goes for good: out of the call first, then out of the room.
    Part {
        /// Who.
        who: ParticipantId,
        /// How.
        why: GoneReason,
    },
    /// A member's page is connected (again).
    Back {
        /// Who.
        who: ParticipantId,
        /// Another than before: a new page, which says its media anew.
        incarnation: u32,
        /// The name, as cleaned.
        name: String,
    },
    /// A member's connection is gone.
    Lost {
        /// Who.
        who: ParticipantId,
    },
    /// A member's page said that it goes to the background, or comes back.
    Away {
        /// Who.
        who: ParticipantId,
        /// Whether it is away.
        away: bool,
    },
    /// A member took a name.
    Name {
        /// Who.
        who: ParticipantId,
        /// As cleaned.
        name: String,
    },
    /// A member said something about the own media.
    Media {
        /// Who.
        who: ParticipantId,
        /// What.
        media: Media,
    },
    /// A member rings another.
    Ring {
        /// Who rings.
        from: ParticipantId,
        /// Whom.
        to: ParticipantId,
        /// The id of the call, should this begin one. Never used before.
        fresh: CallId,
    },
    /// A member answers, refuses or leaves a call.
    Answer {
        /// Who.
        who: ParticipantId,
        /// Which call the member means.
        call: CallId,
        /// What the member does.
        act: Act,
    },
    /// A member says something.
    Say {
        /// Who.
        who: ParticipantId,
        /// The room it was meant for.
        room: RoomId,
        /// The sender's id for it.
        id: MessageId,
        /// What.
        body: Body,
    },
    /// A member writes to another.
    Letter {
        /// Whose page sent it, whatever the letter claims.
        who: ParticipantId,
        /// The letter.
        message: PeerMessage,
    },
    /// Time has passed.
    Wake,
}

/// What a member does about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Takes it.
    Accept,
    /// Refuses it.
    Decline,
    /// Leaves it, or takes back the own ring.
    HangUp,
}

/// Who comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Who.
    pub id: ParticipantId,
    /// The name, as cleaned.
    pub name: String,
    /// The page's incarnation.
    pub incarnation: u32,
    /// Whether the page is there.
    pub presence: Presence,
    /// What was said of the own media; it holds in every room.
    pub media: Media,
    /// Since when there is no connection.
    pub lost: Option<Millis>,
    /// What is left to say and to ring; it goes along.
    pub allowance: Allowance,
}

/// What a room wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell a member, if connected.
    Tell {
        /// Whom.
        to: ParticipantId,
        /// What.
        message: ServerMessage,
    },
    /// A letter or a said state was not passed on.
    Dropped(DropReason),
}
