//! What was said in a room: one order, each message once, and as much kept as the limits allow.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    fault::{self, Fault},
    id::{MessageId, ParticipantId},
    message::{Body, ChatEntry, ChatError, ChatOrder, HISTORY_BYTES, HISTORY_MESSAGES},
    room::REMEMBERED_MESSAGES,
    text::{check_text, clean_text},
};

/// What a message weighs in memory beside its text: the entry, its name, and what holding them costs.
const ENTRY: usize = 256;
/// What a remembered id weighs.
const KEY: usize = 96;

/// A room's chat.
#[derive(Debug)]
pub(super) struct Log {
    epoch: u64,
    /// How many messages there were.
    said: u64,
    /// The last of them, without gaps.
    history: VecDeque<ChatEntry>,
    /// The text in it.
    bytes: usize,
    /// Each message's place and time, also of some that are no longer kept.
    remembered: BTreeMap<(ParticipantId, MessageId), (ChatOrder, Millis)>,
    /// Their keys, oldest first.
    age: VecDeque<(ParticipantId, MessageId)>,
    speakers: Speakers,
}

/// Who has ever spoken in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speakers {
    /// Nobody.
    #[default]
    Nobody,
    /// Nobody else.
    Only(ParticipantId),
    /// Two or more.
    Several,
}

/// Whether a message is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is, and all should see it.
    First,
    /// It was sent again: a receipt for the sender.
    Again,
}

impl Log {
    pub(super) const fn new(epoch: u64) -> Self {
        Self {
            epoch,
            said: 0,
            history: VecDeque::new(),
            bytes: 0,
            remembered: BTreeMap::new(),
            age: VecDeque::new(),
            speakers: Speakers::Nobody,
        }
    }

    /// The log of which this was kept, in a later life of the server: `epoch` is that life's.
    pub(super) fn restore(epoch: u64, history: Vec<ChatEntry>, speakers: Speakers) -> Self {
        let mut log = Self { speakers, ..Self::new(epoch) };
        for entry in history {
            let Body::Plain { text } = &entry.body else { continue };
            // Places without a gap, or the chat of before is not whole.
            if entry.order.seq <= log.said || (log.said > 0 && entry.order.seq != log.said + 1) {
                continue;
            }
            log.said = entry.order.seq;
            log.remember(&entry);
            let size = text.len();
            log.keep(entry, size);
        }
        log
    }

    /// Who has ever spoken.
    pub(super) const fn speakers(&self) -> Speakers {
        self.speakers
    }

    /// The newest that is kept.
    pub(super) fn newest(&self) -> Option<&ChatEntry> {
        self.history.back()
    }

    /// The oldest place that is kept.
    pub(super) fn oldest(&self) -> Option<ChatOrder> {
        Some(self.history.front()?.order)
    }

    /// What is kept, oldest first.
    pub(super) fn history(&self) -> Vec<ChatEntry> {
        self.history.iter().cloned().collect()
    }

    /// Whether older messages are no longer kept.
    pub(super) fn truncated(&self) -> bool {
        self.said > self.history.len() as u64
    }

    /// Whether anybody but `who` has ever spoken.
    pub(super) fn others_spoke(&self, who: ParticipantId) -> bool {
        match self.speakers {
            Speakers::Nobody => false,
            Speakers::Only(speaker) => speaker != who,
            Speakers::Several => true,
        }
    }

    /// Takes a message, or finds the place it already has.
    pub(super) fn say(
        &mut self,
        from: ParticipantId,
        name: String,
        id: MessageId,
        body: Body,
        at: Millis,
    ) -> Result<(ChatEntry, Told), ChatError> {
        let known = self.remembered.get(&(from, id)).copied().filter(|_| !fault::active(Fault::NoChatDedupe));
        if let Some(entry) = known.and_then(|(order, _)| self.kept(order.seq)) {
            return Ok((entry.clone(), Told::Again));
        }
        let Body::Plain { text } = body else {
            return Err(ChatError::Unknown);
        };
        let text = clean_text(&text);
        check_text(&text)?;
        let size = text.len();
        let (order, at) = known.unwrap_or((ChatOrder { epoch: self.epoch, seq: self.said + 1 }, at));
        let entry = ChatEntry { order, from, name, id, body: Body::Plain { text }, at };
        if known.is_some() {
            return Ok((entry, Told::Again));
        }
        self.said = order.seq;
        self.speakers = match self.speakers {
            Speakers::Nobody => Speakers::Only(from),
            Speakers::Only(speaker) if speaker == from => self.speakers,
            Speakers::Only(_) | Speakers::Several => Speakers::Several,
        };
        self.remember(&entry);
        self.keep(entry.clone(), size);
        Ok((entry, Told::First))
    }

    /// Whether this message has a place already.
    pub(super) fn knows(&self, from: ParticipantId, id: MessageId) -> bool {
        self.remembered.contains_key(&(from, id))
    }

    /// What is kept, as it weighs in memory, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.bytes + self.history.len() * ENTRY + self.age.len() * KEY
    }

    /// Keeps one message less; after the last, no ids either.
    pub(super) fn forget_oldest(&mut self) {
        if self.history.is_empty() {
            self.age.clear();
            self.remembered.clear();
        }
        self.drop_oldest();
    }

    /// How many message ids are remembered.
    #[cfg(test)]
    pub(super) fn known(&self) -> (usize, usize) {
        (self.remembered.len(), self.age.len())
    }

    fn kept(&self, seq: u64) -> Option<&ChatEntry> {
        let first = self.history.front()?.order.seq;
        self.history.get(usize::try_from(seq.checked_sub(first)?).ok()?)
    }

    fn remember(&mut self, entry: &ChatEntry) {
        let key = (entry.from, entry.id);
        self.remembered.insert(key, (entry.order, entry.at));
        self.age.push_back(key);
        while self.age.len() > REMEMBERED_MESSAGES {
            if let Some(old) = self.age.pop_front() {
                self.remembered.remove(&old);
            }
        }
    }

    fn keep(&mut self, entry: ChatEntry, size: usize) {
        self.bytes += size;
        self.history.push_back(entry);
        while self.history.len() > HISTORY_MESSAGES || self.bytes > HISTORY_BYTES {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(ChatEntry { body: Body::Plain { text }, .. }) = self.history.pop_front() {
            self.bytes = self.bytes.saturating_sub(text.len());
        }
    }
}
