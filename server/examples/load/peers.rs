//! Two who know of each other, at either server, and the letters between them: 1 KB with the moment at which they were sent.

use std::net::Ipv4Addr;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    VERSION,
    id::{PageId, ParticipantId},
    message::{Candidate, ClientMessage, Endpoint, Link, Member, PeerBody, PeerMessage, Round, ServerMessage, Ticket},
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Kind, Outcome, Server,
    socket::{Socket, ask, open},
};

/// How long a letter's frame is, in bytes; a few more once `seq` has more digits.
const LETTER: usize = 1024;

/// What the moment stands behind, and how many digits it has.
const MARK: &str = "candidate:";
const DIGITS: usize = 20;

/// One of two.
pub(crate) struct End {
    pub(crate) socket: Socket,
    way: Way,
    /// What fills a letter up.
    padding: String,
}

/// How letters get to the other.
enum Way {
    Ours { from: ParticipantId, to: ParticipantId, link: Link, seq: u64 },
    Peer { to: String },
}

impl End {
    fn new(socket: Socket, way: Way) -> Outcome<Self> {
        let mut end = Self { socket, way, padding: String::new() };
        let bare = end.letter(0)?.len();
        end.padding = "x".repeat(LETTER.saturating_sub(bare));
        Ok(end)
    }

    /// A letter's frame, sent at `moment`.
    pub(crate) fn letter(&mut self, moment: u64) -> Outcome<String> {
        let candidate = format!("{MARK}{moment:0DIGITS$} {}", self.padding);
        match &mut self.way {
            Way::Ours { from, to, link, seq } => {
                *seq += 1;
                let candidate = Candidate { candidate, mid: Some("0".to_owned()), line: Some(0), ufrag: Some("abcd".to_owned()) };
                let body = PeerBody::Candidate { candidate: Some(candidate), round: Round::default() };
                let (from, to) = (Endpoint::Participant(*from), Endpoint::Participant(*to));
                let message = PeerMessage { from, to, link: *link, seq: *seq, body };
                Ok(serde_json::to_string(&ClientMessage::Peer { message })?)
            }
            Way::Peer { to } => {
                let candidate = json!({ "candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "abcd" });
                let payload = json!({ "candidate": candidate, "type": "media", "connectionId": "mc_0123456789" });
                Ok(json!({ "type": "CANDIDATE", "payload": payload, "dst": to }).to_string())
            }
        }
    }

    /// What a client says every five seconds so that the server keeps it, if it does.
    pub(crate) const fn heartbeat(&self) -> Option<&'static str> {
        match self.way {
            Way::Ours { .. } => None,
            Way::Peer { .. } => Some(HEARTBEAT),
        }
    }
}

pub(crate) const HEARTBEAT: &str = r#"{"type":"HEARTBEAT"}"#;

/// When a letter was sent; `None`: it is no letter. Reading it whole would be the load's work, not the server's.
pub(crate) fn moment(text: &str) -> Option<u64> {
    let (_, behind) = text.split_once(MARK)?;
    behind.get(..DIGITS)?.parse().ok()
}

/// Two from one address who know of each other.
pub(crate) async fn two(server: Server, from: Ipv4Addr) -> Outcome<[End; 2]> {
    match server.kind {
        Kind::Ours => two_of_ours(server, from).await,
        Kind::Peer => {
            let [one, other] = [format!("one-{from}"), format!("other-{from}")];
            let (first, second) = (registered(server, from, &one).await?, registered(server, from, &other).await?);
            Ok([End::new(first, Way::Peer { to: other })?, End::new(second, Way::Peer { to: one })?])
        }
    }
}

/// A client of `peer` with an id.
pub(crate) async fn registered(server: Server, from: Ipv4Addr, id: &str) -> Outcome<Socket> {
    let mut socket = open(server.at, from, &format!("/peer/peerjs?key=peerjs&id={id}&token=secret&version=1.5.5")).await?;
    let first: Value = serde_json::from_str(&text(&mut socket).await?)?;
    if first["type"] != "OPEN" {
        return Err(format!("the peer's server says {first}").into());
    }
    Ok(socket)
}

/// A page of ours, welcomed: who it is, and the first of what the server says.
pub(crate) async fn welcomed(server: Server, from: Ipv4Addr) -> Outcome<(Socket, ServerMessage)> {
    let ticket: Option<Ticket> = ask(server.at, from, "create_room", String::new()).await?;
    let Ticket { token } = ticket.ok_or("the server has no place")?;
    let mut socket = open(server.at, from, "/ws").await?;
    let hello = ClientMessage::Hello { version: VERSION, token, page: PageId::new(1), name: None, resuming: None };
    say(&mut socket, &hello).await?;
    let welcome = heard(&mut socket).await?;
    Ok((socket, welcome))
}

async fn two_of_ours(server: Server, from: Ipv4Addr) -> Outcome<[End; 2]> {
    let (mut host, welcome) = welcomed(server, from).await?;
    let (mut guest, _) = welcomed(server, from).await?;
    let ServerMessage::Welcome { own_code, .. } = welcome else { return Err("no welcome".into()) };
    say(&mut guest, &ClientMessage::Enter { request: 1, code: own_code }).await?;
    let room = loop {
        match heard(&mut guest).await? {
            ServerMessage::Room { room, .. } => break room,
            ServerMessage::Refused { reason, .. } => return Err(reason.into()),
            _ => {}
        }
    };
    let [first, second] = room.members.as_slice() else { return Err("no room of two".into()) };
    while !matches!(heard(&mut host).await?, ServerMessage::Member { member } if member.id == second.id) {}
    let way = |from: &Member, to: &Member| Way::Ours { from: from.id, to: to.id, link: Link::between(from, to), seq: 0 };
    Ok([End::new(host, way(first, second))?, End::new(guest, way(second, first))?])
}

/// Says a message of ours.
pub(crate) async fn say(socket: &mut Socket, message: &ClientMessage) -> Outcome<()> {
    Ok(socket.send(Message::text(serde_json::to_string(message)?)).await?)
}

/// The next message of our server.
pub(crate) async fn heard(socket: &mut Socket) -> Outcome<ServerMessage> {
    Ok(serde_json::from_str(&text(socket).await?)?)
}

async fn text(socket: &mut Socket) -> Outcome<String> {
    loop {
        match socket.next().await.ok_or("the server has closed")?? {
            Message::Text(text) => return Ok(text.to_string()),
            Message::Close(frame) => return Err(format!("the server closes: {frame:?}").into()),
            _ => {}
        }
    }
}
