//! What the page shows, from the session's state. Reads only.

use crate::{
    client::{CallView, ChatKind, ConnectionState, Device, OwnTile, Session, Slot, Tile, View, call::CallState},
    id::ParticipantId,
    message::{Member, SourceState},
};

impl Session {
    /// What the page shows now.
    #[must_use]
    pub fn view(&self) -> View {
        let room = self.room.as_ref();
        let call = self.call_state();
        let others: Vec<Tile> = room
            .map(|r| r.members.iter().filter(|m| Some(m.id) != self.you).map(|m| self.tile(m, &call)).collect())
            .unwrap_or_default();
        let chat = self.chat.view(&self.name);
        let spoken = chat.iter().any(|item| matches!(item.kind, ChatKind::Said { mine: false, .. }));
        View {
            connection: self.connection_view(),
            code: room.map(|r| r.code),
            own_code: self.own_code,
            can_leave: self.entered.is_some() || !others.is_empty() || spoken,
            // A page that resumes may be there already: that shows with the first welcome.
            link: self.link.filter(|_| room.is_some()),
            // A ring is answered first.
            ask_name: self.name.is_empty() && !others.is_empty() && !matches!(call, CallState::Incoming { .. }),
            entry: self.entry,
            me: OwnTile {
                name: self.name.clone(),
                id: self.you,
                camera: self.devices.view(Device::Camera),
                microphone: self.devices.view(Device::Microphone),
            },
            call: self.call_view(&call),
            chat,
            chat_truncated: self.chat.truncated,
            unread: self.chat.unread,
            choices: self.devices.choices(),
            problem: self.devices.problem(),
            notices: self.notices.clone(),
            weak: self.weak_view(&others),
            others,
        }
    }

    fn tile(&self, member: &Member, call: &CallState) -> Tile {
        let in_call = matches!(call, CallState::Active { with } if with.contains(&member.id));
        let said = |state| if in_call { state } else { SourceState::Off };
        let (microphone, camera) = (said(member.media.microphone.state), said(member.media.camera.state));
        let breaks =
            |state, slot| state == SourceState::On && self.pairs.get(&member.id).is_none_or(|pair| pair.interrupted(slot));
        let (unheard, unseen) = (breaks(microphone, Slot::Microphone), breaks(camera, Slot::Camera));
        // A still that looks alive says more than it may; a missing sound beside a moving picture is only that.
        let interrupted = unseen || unheard && camera != SourceState::On;
        Tile {
            id: member.id,
            name: member.name.clone(),
            presence: member.presence,
            in_call,
            microphone,
            camera,
            interrupted,
            unheard: unheard && !interrupted,
            quality: self.pairs.get(&member.id).filter(|_| in_call).and_then(|pair| pair.level(interrupted)),
        }
    }

    /// One other's tile.
    pub(super) fn view_of(&self, id: ParticipantId) -> Option<Tile> {
        self.room.as_ref()?.member(id).map(|member| self.tile(member, &self.call_state()))
    }

    fn call_view(&self, call: &CallState) -> CallView {
        match call {
            CallState::None => CallView::None,
            CallState::Calling { to } => CallView::Calling { to: *to },
            CallState::Incoming { from, .. } => CallView::Incoming { from: *from, name: self.name_of(*from) },
            CallState::Active { with } => {
                let connected = |id| self.pairs.get(id).is_some_and(|p| p.connection == ConnectionState::Connected);
                CallView::Active { connected: !with.is_empty() && with.iter().all(connected) }
            }
        }
    }

    fn name_of(&self, id: ParticipantId) -> String {
        self.room.as_ref().and_then(|r| r.member(id)).map(|m| m.name.clone()).unwrap_or_default()
    }
}
