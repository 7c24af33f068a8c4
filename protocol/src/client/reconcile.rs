//! What follows from a session's state, brought about after every input: which connections there are, what each slot sends,
//! which media is said, what is kept for a reload.

use std::collections::BTreeSet;

use crate::{
    Millis,
    client::{Device, DeviceView, Effect, Saved, SendMode, Session, Slot, call::CallState, line::Line, pair::Pair},
    fault::{self, Fault},
    message::{ClientMessage, Media, PeerBody, Source, SourceState},
};

impl Session {
    pub(super) fn reconcile(&mut self, now: Millis) {
        self.reconcile_camera();
        self.reconcile_pairs(now);
        self.reconcile_tracks();
        self.reconcile_media();
        self.reconcile_weak();
        self.flush_letters();
        if self.call_state() == CallState::None {
            self.first_frame_seen = false;
            if self.line == Line::Outdated && !std::mem::replace(&mut self.reloading, true) {
                self.effects.push_back(Effect::Reload);
            }
        }
        self.keep();
    }

    /// After the call that was accepted without it the camera is as the person prefers it.
    fn reconcile_camera(&mut self) {
        let Some(call) = self.without_camera.filter(|_| self.room.is_some() && !self.superseded()) else { return };
        let in_it = self.call_id() == Some(call) && matches!(self.call_state(), CallState::Active { .. });
        if !in_it {
            self.without_camera = None;
            if self.preferences.camera {
                self.devices.set(Device::Camera, true, &mut self.effects);
            }
        }
    }

    /// Which connections there are: with everyone in a room of two (so that a call needs no set-up), else with those in the call.
    fn reconcile_pairs(&mut self, now: Millis) {
        let wanted = self.wanted_pairs();
        let gone: Vec<_> = self
            .pairs
            .iter()
            .filter(|(id, p)| wanted.get(id).is_none_or(|w| w.link != p.letters.link))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(pair) = self.pairs.remove(&id) {
                pair.close(&mut self.effects);
                pair.count_into(&mut self.counters);
            }
        }
        for (id, want) in wanted {
            if !self.pairs.contains_key(&id) {
                self.generations += 1;
                self.pairs.insert(id, Pair::new(id, want.link, self.generations, want.allocate));
            }
        }
        let Some(ice) = &self.ice else { return };
        let with = match self.call_state() {
            CallState::Active { with } => with,
            _ => BTreeSet::new(),
        };
        for (id, pair) in &mut self.pairs {
            if pair.is_due_again(now) {
                self.generations += 1;
                pair.begin_again(self.generations);
            } else if pair.is_beyond_repair() {
                self.generations += 1;
                pair.replace(self.generations, &mut self.effects);
            }
            let hidden = ice.hide_addresses && !with.contains(id);
            pair.open(&ice.servers, hidden && !fault::active(Fault::AddressesShown), now, &mut self.effects);
            if !hidden {
                pair.reveal(now, &mut self.effects);
            }
        }
    }

    /// What each slot sends: before a call nothing, while it rings black and silence, in it what the person wants.
    ///
    /// A microphone that has sent goes on with silence. When its packets stop, their timestamps stop too (libwebrtc counts the
    /// samples sent), and the other end takes the pause for lateness: it would play the next call two seconds late.
    fn reconcile_tracks(&mut self) {
        let call = self.call_state();
        for (id, pair) in &mut self.pairs {
            let (ringing, active) = match &call {
                CallState::Calling { to } => (to == id, false),
                CallState::Incoming { from, .. } => (from == id, false),
                CallState::Active { with, .. } => (false, with.contains(id)),
                CallState::None => (false, false),
            };
            for (slot, device) in [(Slot::Microphone, Device::Microphone), (Slot::Camera, Device::Camera)] {
                let mode = match self.devices.held(device) {
                    Some(device_number)
                        if (active || ringing && fault::active(Fault::LiveBeforeAccept)) && self.devices.wanted(device) =>
                    {
                        SendMode::Live { device: device_number }
                    }
                    Some(device_number) if active || ringing || slot == Slot::Microphone && pair.has_sent(slot) => {
                        SendMode::Silent { device: device_number }
                    }
                    _ => SendMode::Nothing,
                };
                pair.send(slot, mode, &mut self.effects);
            }
        }
    }

    /// Says what the own media is, when that has changed: to the server, and over every control channel.
    fn reconcile_media(&mut self) {
        let active = matches!(self.call_state(), CallState::Active { .. });
        let mids = self.pairs.values().next().map(|p| p.mids.clone()).unwrap_or_default();
        let state = |device| match self.devices.view(device) {
            _ if !active => SourceState::Off,
            DeviceView::On => SourceState::On,
            DeviceView::Muted => SourceState::Muted,
            DeviceView::Failed(_) if self.devices.lost(device) => SourceState::Lost,
            DeviceView::Off | DeviceView::Opening | DeviceView::Failed(_) => SourceState::Off,
        };
        let source = |state, mid: &Option<String>| Source { state, mid: mid.clone().filter(|_| state != SourceState::Off) };
        let media = Media {
            counter: self.said.counter,
            microphone: source(state(Device::Microphone), &mids[0]),
            camera: source(state(Device::Camera), &mids[1]),
            ..Media::default()
        };
        if media != self.said {
            self.said = Media { counter: self.said.counter + 1, ..media };
            self.say_media();
        }
    }

    /// Says the own media as it is.
    pub(super) fn say_media(&mut self) {
        let media = self.said.clone();
        self.send(ClientMessage::Media { media: media.clone() });
        let peers: Vec<_> = self.pairs.iter().filter(|(_, p)| p.control).map(|(id, _)| *id).collect();
        for peer in peers {
            self.say_to(peer, PeerBody::Media { media: media.clone() });
        }
    }

    fn flush_letters(&mut self) {
        let peers: Vec<_> = self.pairs.keys().copied().collect();
        for peer in peers {
            let letters = self.pairs.get_mut(&peer).map(|p| std::mem::take(&mut p.outgoing)).unwrap_or_default();
            for body in letters {
                self.say_to(peer, body);
            }
        }
    }

    /// Keeps what a reload and the next visit need, and shows the room in the address bar.
    fn keep(&mut self) {
        let saved = Saved {
            token: self.token.clone(),
            name: self.name.clone(),
            room: self.room.as_ref().map_or(self.before, |room| Some(room.id)),
            entered: self.entered,
            without_camera: self.without_camera,
            left: self.room.as_ref().map_or(self.left, |room| room.leaving),
            unsent: self.chat.unsent(),
        };
        // A superseded page shares its storage with nobody, but must not bring an old token back.
        if self.line != Line::Superseded && self.saved.as_ref() != Some(&saved) {
            self.saved = Some(saved.clone());
            self.effects.push_back(Effect::Save(saved));
        }
        self.preferences.camera_id = self.devices.chosen(Device::Camera);
        self.preferences.microphone_id = self.devices.chosen(Device::Microphone);
        if self.remembered != self.preferences {
            self.remembered = self.preferences.clone();
            self.effects.push_back(Effect::Remember(self.preferences.clone()));
        }
        if self.link.is_none()
            && let Some(room) = &self.room
        {
            let location = self.entered.or_else(|| (room.members.len() > 1).then_some(room.code));
            if location != self.location {
                self.location = location;
                self.effects.push_back(Effect::Location(location));
            }
        }
    }
}
