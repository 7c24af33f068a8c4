//! Weak lines, as far as they concern the whole page: what a call takes, the data saver, and what is proposed to the person.

use crate::{
    client::{Details, Device, DeviceView, Level, LinkView, Measured, Offer, Session, Tile, WeakView, call::CallState},
    id::{CallId, ParticipantId},
    message::PeerBody,
};

/// The most that a picture takes with the data saver on, in kbit/s.
const SAVED: u32 = 150;

/// What the session remembers of weak lines in its call.
#[derive(Debug, Default)]
pub(super) struct Weak {
    call: Option<CallId>,
    /// Bytes, both ways.
    used: u64,
    offer: Option<Offer>,
    /// The person has declined an offer: no more of them in this call.
    declined: bool,
    /// The camera is off because of the line.
    camera_off: bool,
}

impl Session {
    /// A second of a call was measured.
    pub(super) fn measured(&mut self, peer: ParticipantId, now: Measured) {
        if !self.in_call_with(peer) {
            return;
        }
        let interrupted = self.view_of(peer).is_some_and(|tile| tile.interrupted);
        if let Some(pair) = self.pairs.get_mut(&peer) {
            self.weak.used += pair.measured(&now, interrupted, self.preferences.video_max);
        }
    }

    /// What follows from the lines: what each end may send, and what to propose.
    pub(super) fn reconcile_weak(&mut self) {
        let call = self.call_id().filter(|_| matches!(self.call_state(), CallState::Active { .. }));
        if call.is_none() {
            // What the last call took stays to be read.
            self.weak = Weak { used: self.weak.used, ..Weak::default() };
        } else if call != self.weak.call {
            self.weak = Weak { call, ..Weak::default() };
            for pair in self.pairs.values_mut() {
                pair.weak.quality.forget();
            }
        }
        let video_max = self.preferences.video_max;
        for pair in self.pairs.values_mut() {
            pair.keep_within(video_max, &mut self.effects);
            if pair.control && pair.weak.said != video_max {
                pair.weak.said = video_max;
                pair.outgoing.push(PeerBody::Prefer { video_max });
            }
        }
        self.weak.offer = call.and_then(|_| self.proposal());
    }

    /// The camera costs the sound; or it no longer would.
    fn proposal(&mut self) -> Option<Offer> {
        let on = matches!(self.devices.view(Device::Camera), DeviceView::On | DeviceView::Opening);
        self.weak.camera_off &= !on;
        let mut levels = self.pairs.values().filter_map(|pair| pair.level(false));
        if self.weak.declined {
            None
        } else if on {
            // Once made it stands while there is any trouble: a question that comes and goes can't be answered.
            let trouble = self.pairs.values().any(|pair| pair.weak.steps.starved());
            let stands = self.weak.offer.is_some() && levels.any(|level| level != Level::Good);
            (trouble || stands).then_some(Offer::CameraOff)
        } else {
            (self.weak.camera_off && levels.all(|level| level == Level::Good)).then_some(Offer::CameraOn)
        }
    }

    /// The person's answer to what was proposed.
    pub(super) fn answer_offer(&mut self, yes: bool) {
        let Some(offer) = self.weak.offer.take() else { return };
        self.weak.declined = !yes;
        match offer {
            Offer::CameraOff if yes => {
                // For this call; what the person chose for later calls stays.
                self.without_camera = self.call_id();
                self.weak.camera_off = true;
                self.devices.set(Device::Camera, false, &mut self.effects);
            }
            Offer::CameraOn if yes => {
                self.without_camera = None;
                self.weak.camera_off = false;
                self.devices.set(Device::Camera, true, &mut self.effects);
            }
            Offer::CameraOff | Offer::CameraOn => {}
        }
    }

    pub(super) fn save_data(&mut self, on: bool) {
        self.preferences.video_max = on.then_some(SAVED);
    }

    /// What is shown of the lines to these.
    pub(super) fn weak_view(&self, others: &[Tile]) -> WeakView {
        let link = |tile: &Tile| {
            let details = self.pairs.get(&tile.id)?.weak.quality.details;
            let level = tile.quality?;
            // Of what does not arrive there are no figures.
            let details = if level == Level::Lost { Details { relayed: details.relayed, ..Details::default() } } else { details };
            Some(LinkView { to: tile.id, level, details })
        };
        WeakView {
            links: others.iter().filter_map(link).collect(),
            used: u32::try_from(self.weak.used / 1_000).unwrap_or(u32::MAX),
            data_saver: self.preferences.video_max.is_some(),
            offer: self.weak.offer,
        }
    }
}
