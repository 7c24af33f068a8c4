//! What people do: mostly what makes sense for what the page shows, now and then anything, and now and then two at once.

use protocol::{
    client::{CallView, ChatKind, Command, Connection, Delivery, Device, DeviceError},
    message::TEXT_MAX,
};

use super::{
    coverage::Seen,
    model::Engine,
    world::{Event, Situation, Tab, World},
};

/// Somebody with a tab.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// Which.
    pub(crate) tab: usize,
    /// How long they think, at the most.
    pace: u64,
}

const NAMES: [&str; 5] = ["Айгүл", "Ержан", "Olga", "<b>Bolat</b>", "👩‍🏫"];

impl World {
    /// Lets people come, trouble begin and the referee look.
    pub(crate) fn begin(&mut self) {
        let count = match self.random.below(10) {
            0..=5 => 2,
            6..=8 => 3,
            _ => 4,
        };
        for _ in 0..count {
            let tab = self.new_tab();
            let arrival = self.random.between(0, 4_000);
            self.join_in(tab, arrival);
        }
        let first = self.random.between(2_000, 10_000);
        self.later(first, Event::Trouble);
        self.later(1_000, Event::Inspect);
    }

    fn new_tab(&mut self) -> usize {
        let engine = match self.random.below(3) {
            0 => Engine::Standard,
            1 => Engine::Chromium,
            _ => Engine::Firefox,
        };
        let (camera, microphone) = (self.situation(), self.situation());
        let origin = self.tabs.len();
        let preferences = protocol::client::Preferences::default();
        self.tabs.push(Tab {
            saved: None,
            preferences,
            link: None,
            page: None,
            engine,
            camera,
            microphone,
            offline: false,
            hung_up: false,
            origin,
        });
        origin
    }

    fn join_in(&mut self, tab: usize, arrival: u64) {
        let pace = self.random.between(300, 6_000);
        self.people.push(Person { tab, pace });
        self.later(arrival, Event::Person(self.people.len() - 1));
    }

    fn situation(&mut self) -> Situation {
        let fails = [DeviceError::Denied, DeviceError::Missing, DeviceError::Busy];
        match self.random.pick(&fails) {
            Some(error) if self.random.chance(25) => Situation::Fails(*error),
            _ => Situation::Works,
        }
    }

    pub(crate) fn person_acts(&mut self, person: usize) {
        if self.quiet() {
            return;
        }
        let Person { tab, pace } = self.people[person];
        let pause = self.random.between(50, pace);
        self.later(pause, Event::Person(person));
        match self.tabs[tab].page {
            None => self.load(tab),
            Some(page) => self.choose(tab, page),
        }
    }

    fn choose(&mut self, tab: usize, page: usize) {
        let view = &self.pages[page].view;
        if view.connection == Connection::Superseded {
            if self.random.chance(20) {
                self.act(tab, Command::UseHere);
            }
            return;
        }
        let alone = view.others.is_empty();
        let call = view.call.clone();
        match self.random.below(100) {
            0..=44 => match call {
                CallView::Incoming { .. } => self.answer(tab),
                CallView::Calling { .. } => {
                    if self.random.chance(25) {
                        self.act(tab, Command::HangUp);
                    }
                }
                CallView::Active { .. } => self.in_call(tab),
                CallView::None if alone => self.go_somewhere(tab),
                CallView::None => self.ring(tab),
            },
            45..=66 => self.say(tab),
            67..=72 => self.set_name(tab),
            73..=76 => self.switch(tab),
            77..=79 if view.can_leave => self.act(tab, Command::Leave),
            80..=83 => self.reload(tab),
            84 => self.close(tab),
            85 => self.duplicate(tab),
            86..=87 => {
                let length = self.random.between(200, 15_000).min(self.quiet_from.saturating_sub(self.now));
                self.freeze(tab, length);
            }
            88..=89 => self.wrong_code(tab),
            90..=91 => self.devices_change(tab),
            92..=94 => self.tidy(tab, page),
            95..=96 => self.go_somewhere(tab),
            97 => self.crosswise(),
            _ => self.anything(tab),
        }
    }

    fn answer(&mut self, tab: usize) {
        let command = match self.random.below(100) {
            0..=54 => Command::Accept { camera: true },
            55..=69 => Command::Accept { camera: false },
            70..=89 => Command::Decline,
            _ => return,
        };
        if command == Command::Decline && self.random.chance(self.weather.cuts / 3) {
            self.cut_socket(tab);
        }
        // The caller may give up in the same moment.
        if self.random.chance(25) {
            self.meanwhile(tab, Command::HangUp);
        }
        self.act(tab, command);
    }

    fn in_call(&mut self, tab: usize) {
        match self.random.below(10) {
            0 if self.random.chance(self.weather.cuts / 2) => {
                // Gone at once, over a socket that is dead already: only the pair can say so.
                self.cut_socket(tab);
                self.act(tab, Command::HangUp);
                let soon = self.random.between(50, 900);
                let twin = (0..self.tabs.len()).find(|twin| *twin != tab && self.tabs[*twin].origin == self.tabs[tab].origin);
                match twin {
                    // The call goes on in another tab, which knows nothing of that.
                    Some(twin) => self.later(soon, Event::Act(twin, Box::new(Command::UseHere))),
                    None => self.later(soon, Event::Reload(tab)),
                }
            }
            0..=1 => {
                if self.random.chance(40) {
                    self.meanwhile(tab, Command::HangUp);
                }
                self.act(tab, Command::HangUp);
                if self.random.chance(30) {
                    self.meanwhile(tab, Command::Ring);
                }
            }
            2..=7 => self.switch(tab),
            _ => {}
        }
    }

    fn ring(&mut self, tab: usize) {
        if self.random.chance(30) {
            self.meanwhile(tab, Command::Ring);
        }
        self.act(tab, Command::Ring);
        if self.random.chance(15) {
            let soon = self.random.between(1, 400);
            self.later(soon, Event::Act(tab, Box::new(Command::HangUp)));
        }
    }

    /// Somebody else does this at about the same time.
    fn meanwhile(&mut self, tab: usize, command: Command) {
        let others: Vec<usize> = (0..self.tabs.len()).filter(|other| *other != tab).collect();
        if let Some(other) = self.random.pick(&others).copied() {
            let soon = self.random.between(0, 150);
            self.later(soon, Event::Act(other, Box::new(command)));
        }
    }

    fn switch(&mut self, tab: usize) {
        let on = self.random.chance(50);
        if self.random.chance(20) {
            return self.act(tab, Command::SaveData(on));
        }
        let microphone = self.random.chance(50);
        let command = |on| if microphone { Command::SetMicrophone(on) } else { Command::SetCamera(on) };
        self.act(tab, command(on));
        if self.random.chance(40) {
            // Thought better of it.
            let soon = self.random.between(10, 500);
            self.later(soon, Event::Act(tab, Box::new(command(!on))));
        }
    }

    fn set_name(&mut self, tab: usize) {
        let name = (*self.random.pick(&NAMES).unwrap_or(&"")).to_owned();
        let name = if self.random.chance(10) { String::new() } else { name };
        self.act(tab, Command::SetName(name));
    }

    fn say(&mut self, tab: usize) {
        let number = self.numbered();
        let text = match self.random.below(40) {
            0 => "  \n ".to_owned(),
            1 => format!("{number} {}", "ұ".repeat(TEXT_MAX)),
            _ => format!("{number}: сәлем <script>"),
        };
        self.act(tab, Command::Say(text));
    }

    fn numbered(&mut self) -> u64 {
        self.referee.texts += 1;
        self.referee.texts
    }

    /// To where another tab is, by its own code or by the one it shares.
    fn go_somewhere(&mut self, tab: usize) {
        let here = &self.tabs[tab];
        if let Some(link) = here.link.filter(|_| self.random.chance(50)) {
            return self.act(tab, Command::Connect { name: "Гость".to_owned(), code: link.to_string() });
        }
        let own = self.random.chance(50);
        let codes = (0..self.tabs.len()).filter(|other| *other != tab).filter_map(|other| {
            let view = &self.pages[self.tabs[other].page?].view;
            if own { view.own_code } else { view.code }
        });
        let codes: Vec<_> = codes.collect();
        if let Some(code) = self.random.pick(&codes) {
            let code = format!("https://school.example/{code}");
            let name = NAMES[tab % NAMES.len()].to_owned();
            self.act(tab, Command::Connect { name, code });
        }
    }

    /// Two enter each other's own codes at the same moment.
    fn crosswise(&mut self) {
        let open: Vec<(usize, String)> = (0..self.tabs.len())
            .filter_map(|tab| Some((tab, self.pages[self.tabs[tab].page?].view.own_code?.to_string())))
            .collect();
        let (Some((one, code_one)), Some((other, code_other))) =
            (self.random.pick(&open).cloned(), self.random.pick(&open).cloned())
        else {
            return;
        };
        if one != other {
            let soon = self.random.between(0, 60);
            self.act(one, Command::Connect { name: "Бір".to_owned(), code: code_other });
            self.later(soon, Event::Act(other, Box::new(Command::Connect { name: "Екі".to_owned(), code: code_one })));
        }
    }

    fn wrong_code(&mut self, tab: usize) {
        let own = self.tabs[tab].page.and_then(|page| self.pages[page].view.own_code);
        let code = match self.random.below(4) {
            0 => own.map(|code| code.to_string()).unwrap_or_default(),
            1 => "қазақстан".to_owned(),
            2 => " - ".to_owned(),
            _ => self.fresh_code().to_string(),
        };
        self.act(tab, Command::Connect { name: String::new(), code });
    }

    pub(crate) fn reload(&mut self, tab: usize) {
        if self.quiet() || self.tabs[tab].page.is_none() {
            return;
        }
        let in_call = self.tabs[tab].page.is_some_and(|page| matches!(self.pages[page].view.call, CallView::Active { .. }));
        self.seen.count(if in_call { Seen::ReloadInCall } else { Seen::Reload });
        self.unload(tab);
        self.load(tab);
    }

    fn close(&mut self, tab: usize) {
        self.seen.count(Seen::TabClosed);
        self.unload(tab);
        if self.random.chance(50) {
            // Opened again as a new tab: nothing is kept but the address.
            self.tabs[tab].saved = None;
            self.tabs[tab].hung_up = false;
        }
    }

    fn duplicate(&mut self, tab: usize) {
        if self.tabs.len() < 6 {
            let copy = Tab { page: None, ..self.tabs[tab].clone() };
            self.tabs.push(copy);
            let copy = self.tabs.len() - 1;
            self.trace(|_| format!("tab {tab}: duplicated as tab {copy}"));
            self.join_in(copy, 10);
        }
    }

    fn devices_change(&mut self, tab: usize) {
        let device = if self.random.chance(50) { Device::Camera } else { Device::Microphone };
        let situation = self.situation();
        if self.random.chance(40) {
            self.unplug(tab, device);
        }
        match device {
            Device::Camera => self.tabs[tab].camera = situation,
            Device::Microphone => self.tabs[tab].microphone = situation,
        }
        self.list_devices(tab);
        if self.random.chance(30) {
            self.seen.count(Seen::DeviceChosen);
            let id = if self.random.chance(50) { "1" } else { "2" };
            self.act(tab, Command::Choose { device, id: id.to_owned() });
            return;
        }
        let command = if self.random.chance(80) { Command::RetryDevices } else { Command::WithoutDevices };
        self.act(tab, command);
    }

    fn tidy(&mut self, tab: usize, page: usize) {
        let view = &self.pages[page].view;
        let failed = view.chat.iter().find_map(|item| match item.kind {
            ChatKind::Said { delivery: Delivery::Failed, id, .. } => Some(id),
            _ => None,
        });
        let notice = view.notices.first().map(|notice| notice.id);
        let command = match (failed, notice) {
            (Some(id), _) => Command::Resend(id),
            (None, Some(id)) => Command::DismissNotice(id),
            (None, None) => Command::ChatVisible(self.random.chance(50)),
        };
        self.act(tab, command);
    }

    fn anything(&mut self, tab: usize) {
        let command = match self.random.below(9) {
            0 => Command::Accept { camera: true },
            1 => Command::Decline,
            2 => Command::HangUp,
            3 => Command::Ring,
            4 => Command::DropLink,
            5 => Command::ForgetRefusal,
            6 => Command::UseHere,
            7 => Command::Leave,
            _ => Command::RetryDevices,
        };
        self.act(tab, command);
    }
}
