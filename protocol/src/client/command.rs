//! What the person wants, done at once or begun.

use crate::{
    Millis,
    client::{
        Command, Device, Entry,
        session::{Pending, Session},
    },
    id::{MessageId, ParseIdError, RoomCode},
    message::{ClientMessage, EnterError},
    text::clean_name,
};

impl Session {
    pub(super) fn command(&mut self, command: Command, now: Millis) {
        match command {
            // The person is where the other page is.
            Command::Connect { .. } | Command::Leave if self.superseded() => {}
            Command::Connect { name, code } => self.enter(&name, &code),
            Command::SetName(name) => self.set_name(&name),
            Command::ForgetRefusal => {
                if matches!(self.entry, Entry::Refused(_) | Entry::Done) {
                    self.entry = Entry::Idle;
                }
            }
            Command::Ring => self.ring(),
            Command::Accept { camera } => self.accept(camera),
            Command::Decline => self.decline(),
            Command::HangUp => self.hang_up(),
            Command::SetMicrophone(on) => {
                self.preferences.microphone = on;
                self.switch(Device::Microphone, on);
            }
            Command::SetCamera(on) => {
                self.preferences.camera = on;
                self.without_camera = None;
                self.switch(Device::Camera, on);
            }
            Command::Choose { .. } | Command::RetryDevices if self.superseded() => {}
            Command::Choose { device, id } => self.devices.choose(device, id, &mut self.effects),
            Command::RetryDevices => self.devices.retry(&mut self.effects),
            Command::WithoutDevices => self.devices.dismiss(),
            Command::Say(text) => {
                let (id, room) = (MessageId::new(self.random()), self.room.as_ref().map(|r| r.id));
                if let Some(message) = self.chat.say(&text, id, room, now) {
                    self.send(message);
                }
            }
            Command::Resend(id) => {
                let room = self.room.as_ref().map(|r| r.id);
                if let Some(message) = self.chat.resend(id, room, now) {
                    self.send(message);
                }
            }
            Command::ChatVisible(visible) => self.chat.seen(visible),
            Command::Leave => {
                self.requests += 1;
                self.pending = Some(Pending::Leave);
                if self.entry == Entry::Busy {
                    self.entry = Entry::Idle;
                }
                self.hang_up();
                self.send(ClientMessage::Leave { request: self.requests });
            }
            Command::DropLink => self.link = None,
            Command::DismissNotice(id) => self.notices.retain(|n| n.id != id),
            Command::UseHere => self.use_here(now),
            Command::SaveData(on) => self.save_data(on),
            Command::AnswerOffer(yes) => self.answer_offer(yes),
        }
    }

    /// A superseded page opens nothing: the devices are the other page's.
    fn switch(&mut self, device: Device, on: bool) {
        if !self.superseded() {
            self.devices.set(device, on, &mut self.effects);
        }
    }

    fn set_name(&mut self, name: &str) {
        let name = clean_name(name);
        if name != self.name {
            self.name.clone_from(&name);
            self.preferences.name.clone_from(&name);
            self.send(ClientMessage::Name { name });
        }
    }

    fn enter(&mut self, name: &str, code: &str) {
        self.set_name(name);
        match RoomCode::parse(code) {
            Err(ParseIdError::Empty) => self.entry = Entry::Refused(EnterError::Empty),
            Err(ParseIdError::Malformed) => self.entry = Entry::Refused(EnterError::Malformed),
            Ok(code) => {
                self.requests += 1;
                self.pending = Some(Pending::Enter(code));
                self.entry = Entry::Busy;
                self.send(ClientMessage::Enter { request: self.requests, code });
            }
        }
    }
}
