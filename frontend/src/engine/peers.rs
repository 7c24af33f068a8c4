//! The connections to others, as the session wants them, and their tracks on the page.

use protocol::{
    Millis,
    client::{Device, FailedOp, Input, PeerEvent, PeerOp, Slot},
    id::ParticipantId,
};

use super::{Engine, input};
use crate::{
    page,
    peer_connection::{Peer, PeerKey},
};

/// How long a new connection waits, in milliseconds. To make one keeps the page's thread for up to 50 ms, and somebody just met may
/// have something to say.
const HELD: Millis = 100;

impl Engine {
    /// Outside a call a connection is made a little later, unless nobody looks (hidden pages' timers are slow).
    pub(super) fn carry_out_or_hold(&mut self, key: PeerKey, op: PeerOp) {
        let may_wait = matches!(op, PeerOp::Open { .. }) && !self.in_call && !self.document.hidden();
        if self.held.is_empty() && !may_wait {
            return self.carry_out_peer(key, op);
        }
        self.held.push_back((key, op));
        if !self.opening.is_set() {
            let now = page::now(&self.window);
            self.opening.set(Some(now + HELD), now);
        }
    }

    /// What was held back is carried out, in its order.
    pub(super) fn open_held(&mut self) {
        self.opening.clear();
        while let Some((key, op)) = self.held.pop_front() {
            self.carry_out_peer(key, op);
        }
    }

    fn carry_out_peer(&mut self, key: PeerKey, op: PeerOp) {
        if let PeerOp::Open { allocate, ice, relay_only } = &op {
            self.close_peer(key.peer);
            match Peer::open(key, *allocate, ice, *relay_only) {
                Ok(peer) => self.peers.push(peer),
                Err(error) => {
                    let event = PeerEvent::Failed { op: FailedOp::Open, message: format!("{error:?}") };
                    input(Input::Peer { peer: key.peer, generation: key.generation, event });
                }
            }
            self.show_peer(key);
            return;
        }
        let Some(peer) = self.peers.iter_mut().find(|peer| peer.key == key) else { return };
        match op {
            PeerOp::Close => self.close_peer(key.peer),
            PeerOp::Send { slot, mode } => {
                let device = match slot {
                    Slot::Microphone => self.devices.track(Device::Microphone),
                    Slot::Camera => self.devices.track(Device::Camera),
                    Slot::Screen => None,
                };
                peer.send(slot, mode, device);
            }
            PeerOp::Adopt => {
                peer.carry_out(PeerOp::Adopt);
                self.show_peer(key);
            }
            op => peer.carry_out(op),
        }
    }

    fn close_peer(&mut self, id: ParticipantId) {
        self.peers.retain(|peer| peer.key.peer != id);
        self.watches.forget(id);
        self.streams.show_peer(id, None, None);
    }

    /// The receivers' tracks are there as soon as the transceivers are: no need to wait for `track` events.
    fn show_peer(&mut self, key: PeerKey) {
        if let Some(peer) = self.peers.iter().find(|peer| peer.key == key) {
            let track = |slot| peer.receiver(slot).map(|receiver| receiver.track());
            self.streams.show_peer(key.peer, track(Slot::Camera).as_ref(), track(Slot::Microphone).as_ref());
        }
    }
}
