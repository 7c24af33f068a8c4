//! What waits to be written to one socket: bounded, filled by the hub, emptied by the socket's task.
//!
//! The hub never waits for a reader. A full outbox is emptied and closed as [`CloseCode::TooSlow`]; the page resumes and
//! gets the state anew.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use protocol::message::CloseCode;
use tokio::sync::Notify;

/// The most bytes that may wait; room for a whole history and then some.
const BYTES_MAX: usize = 1024 * 1024;

/// What the socket's task shall do next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Frame(Utf8Bytes),
    Close(CloseCode),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
    frames_max: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    close: Option<CloseCode>,
}

impl Outbox {
    pub(crate) fn new(frames_max: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Notify::new(), frames_max }
    }

    /// Adds a frame. `false`: the outbox was full and closes as too slow. After a close nothing more is taken.
    pub(crate) fn push(&self, frame: Utf8Bytes) -> bool {
        let mut waiting = self.lock();
        if waiting.close.is_some() {
            return true;
        }
        waiting.bytes += frame.len();
        waiting.frames.push_back(frame);
        let fits = waiting.frames.len() <= self.frames_max && waiting.bytes <= BYTES_MAX;
        if !fits {
            *waiting = Waiting { close: Some(CloseCode::TooSlow), ..Waiting::default() };
        }
        drop(waiting);
        self.changed.notify_one();
        fits
    }

    /// Closes after what waits already. The first close counts.
    pub(crate) fn close(&self, code: CloseCode) {
        self.lock().close.get_or_insert(code);
        self.changed.notify_one();
    }

    /// What is next, if anything is.
    pub(crate) fn try_next(&self) -> Option<Next> {
        let mut waiting = self.lock();
        if let Some(frame) = waiting.frames.pop_front() {
            waiting.bytes -= frame.len();
            return Some(Next::Frame(frame));
        }
        // An idle connection keeps no buffer.
        waiting.frames = VecDeque::new();
        waiting.close.map(Next::Close)
    }

    /// Waits for what is next. One task only may wait; dropping the future loses nothing.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until there is no point in finishing a write: the reader is too slow, or the server stops.
    pub(crate) async fn hopeless(&self) -> CloseCode {
        loop {
            if let Some(code @ (CloseCode::TooSlow | CloseCode::GoingAway)) = self.lock().close {
                return code;
            }
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_in_order_and_a_close_after_them() {
        let outbox = Outbox::new(4);
        assert!(outbox.push("a".into()) && outbox.push("b".into()));
        outbox.close(CloseCode::Superseded);
        outbox.close(CloseCode::GoingAway);
        assert!(outbox.push("late".into()));
        let mut out = Vec::new();
        for _ in 0..3 {
            out.push(outbox.try_next());
        }
        let expected = [Next::Frame("a".into()), Next::Frame("b".into()), Next::Close(CloseCode::Superseded)].map(Some);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_full_outbox_closes_as_too_slow() {
        let outbox = Outbox::new(2);
        assert!(outbox.push("a".into()) && outbox.push("b".into()));
        assert!(!outbox.push("c".into()));
        assert_eq!(outbox.try_next(), Some(Next::Close(CloseCode::TooSlow)));

        let outbox = Outbox::new(2);
        assert!(!outbox.push("x".repeat(BYTES_MAX + 1).into()), "bytes are bounded too");
    }

    #[test]
    fn what_was_taken_makes_room() {
        let outbox = Outbox::new(1);
        for _ in 0..10 {
            assert!(outbox.push("x".repeat(BYTES_MAX).into()));
            assert!(matches!(outbox.try_next(), Some(Next::Frame(_))));
        }
        assert_eq!(outbox.try_next(), None);
    }
}
