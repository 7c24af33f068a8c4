//! What waits to be written to one socket: bounded, filled by the hub, emptied by the socket's task.
//!
//! The hub never waits for a reader. A full outbox is emptied and closed as [`CloseCode::TooSlow`]; the page resumes and
//! gets the state anew.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use protocol::message::CloseCode;
use tungstenite::Utf8Bytes;

use crate::visitors::Account;

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
    frames_max: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    /// The longest frame so far: the socket's write buffer stays as large.
    longest: usize,
    /// Whose memory it is.
    account: Option<Account>,
    close: Option<CloseCode>,
    /// Who waits for any of this to change.
    waker: Option<Waker>,
}

impl Outbox {
    pub(crate) fn new(frames_max: usize, account: Option<Account>) -> Self {
        Self { waiting: Mutex::new(Waiting { account, ..Waiting::default() }), frames_max }
    }

    /// Adds a frame. `false`: the outbox was full, or too much waits for its address, and it closes as too slow. After a close nothing
    /// more is taken.
    pub(crate) fn push(&self, frame: Utf8Bytes) -> bool {
        let mut waiting = self.lock();
        if waiting.close.is_some() {
            return true;
        }
        waiting.bytes += frame.len();
        waiting.frames.push_back(frame);
        let fits = waiting.frames.len() <= self.frames_max && waiting.bytes <= BYTES_MAX && waiting.weigh();
        if !fits {
            let waker = waiting.waker.take();
            *waiting = Waiting { close: Some(CloseCode::TooSlow), waker, ..Waiting::default() };
        }
        wake(waiting);
        fits
    }

    /// Closes after what waits already. The first close counts.
    pub(crate) fn close(&self, code: CloseCode) {
        let mut waiting = self.lock();
        waiting.close.get_or_insert(code);
        wake(waiting);
    }

    /// What is next, if anything is.
    pub(crate) fn try_next(&self) -> Option<Next> {
        self.lock().next()
    }

    /// Waits for what is next. One task only may wait; dropping the future loses nothing.
    pub(crate) fn next(&self) -> impl Future<Output = Next> {
        self.wait(Waiting::next)
    }

    /// Waits until there is no point in finishing a write: the reader is too slow, or the server stops.
    pub(crate) fn hopeless(&self) -> impl Future<Output = CloseCode> {
        self.wait(|waiting| waiting.close.filter(|code| matches!(code, CloseCode::TooSlow | CloseCode::GoingAway)))
    }

    fn wait<T>(&self, what: impl Fn(&mut Waiting) -> Option<T>) -> impl Future<Output = T> {
        poll_fn(move |context| {
            let mut waiting = self.lock();
            if let Some(done) = what(&mut waiting) {
                return Poll::Ready(done);
            }
            match &mut waiting.waker {
                Some(waker) => waker.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
            Poll::Pending
        })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Counts what is here. `false`: it is too much.
    fn weigh(&mut self) -> bool {
        let weight = self.bytes + self.longest;
        self.account.as_mut().is_none_or(|account| account.weighs(weight))
    }

    fn next(&mut self) -> Option<Next> {
        if let Some(frame) = self.frames.pop_front() {
            self.bytes -= frame.len();
            self.longest = self.longest.max(frame.len());
            self.weigh();
            return Some(Next::Frame(frame));
        }
        // An idle connection keeps no buffer.
        self.frames = VecDeque::new();
        self.close.map(Next::Close)
    }
}

/// Wakes who waits, after the lock is given back: on another thread they would run into it.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let waker = waiting.waker.take();
    drop(waiting);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_in_order_and_a_close_after_them() {
        let outbox = Outbox::new(4, None);
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
        let outbox = Outbox::new(2, None);
        assert!(outbox.push("a".into()) && outbox.push("b".into()));
        assert!(!outbox.push("c".into()));
        assert_eq!(outbox.try_next(), Some(Next::Close(CloseCode::TooSlow)));

        let outbox = Outbox::new(2, None);
        assert!(!outbox.push("x".repeat(BYTES_MAX + 1).into()), "bytes are bounded too");
    }

    #[test]
    fn what_was_taken_makes_room() {
        let outbox = Outbox::new(1, None);
        for _ in 0..10 {
            assert!(outbox.push("x".repeat(BYTES_MAX).into()));
            assert!(matches!(outbox.try_next(), Some(Next::Frame(_))));
        }
        assert_eq!(outbox.try_next(), None);
    }
}
