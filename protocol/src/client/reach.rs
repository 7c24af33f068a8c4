//! Whether the way to the server is barred for sockets alone: the page came and its questions are answered, yet no socket ever opens.
//!
//! iPhones do this with a certificate that the person has only clicked through, and some networks do it to every socket.

/// From so many sockets on that never opened it is asked whether the server is there at all.
const TELLING: u32 = 3;

/// What is known of it. A page that had a socket once is never barred: then the server or the network is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    opened: bool,
    failed: u32,
    asking: bool,
    barred: bool,
}

impl Reach {
    /// A socket opened.
    pub(super) fn opened(&mut self) {
        *self = Self { opened: true, ..Self::default() };
    }

    /// A socket came to its end. Whether a question beside it should tell what that means.
    pub(super) fn failed(&mut self) -> bool {
        self.failed = self.failed.saturating_add(1);
        self.asking = !self.opened && self.failed >= TELLING;
        self.asking
    }

    /// A question beside the socket was answered, or could not be asked.
    pub(super) fn asked(&mut self, is_there: bool) {
        if self.asking {
            (self.asking, self.barred) = (false, is_there);
        }
    }

    pub(super) fn is_barred(self) -> bool {
        self.barred
    }
}
