//! The connections to others, as the session wants them, and their tracks on the page.

use protocol::{
    client::{Device, FailedOp, Input, PeerEvent, PeerOp, Slot},
    id::ParticipantId,
};

use super::{Engine, input};
use crate::peer_connection::{Peer, PeerKey};

impl Engine {
    pub(super) fn carry_out_peer(&mut self, key: PeerKey, op: PeerOp) {
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
