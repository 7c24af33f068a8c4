//! The page of two people and one code: the stage, the chat beside it, and the windows that open over them.

use leptos::prelude::*;
use protocol::client::{CallView, Connection};

use crate::{
    call::use_call,
    components::{
        announcer::Announcer, banners::Banners, chat::Chat, connect_dialog::ConnectDialog, devices_dialog::DevicesDialog,
        header::Header, help_dialog::HelpDialog, incoming_dialog::IncomingDialog, leave_dialog::LeaveDialog,
        link_dialog::LinkDialog, notices::Notices, page_title::PageTitle, stage::Stage,
    },
    page::{ChatPanel, use_page},
};

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    let view = use_call().view;
    let page = use_page();
    let connection = move || match view.connection.get() {
        Connection::Connecting => "connecting",
        Connection::Barred => "barred",
        Connection::Online => "online",
        Connection::Reconnecting => "reconnecting",
        Connection::Superseded => "superseded",
        Connection::Outdated => "outdated",
    };
    let call = move || {
        view.call.with(|call| match call {
            CallView::None => "none",
            CallView::Calling { .. } => "calling",
            CallView::Incoming { .. } => "incoming",
            CallView::Active { connected: false } => "active",
            CallView::Active { connected: true } => "connected",
        })
    };
    let mode = move || view.call.with(|call| if matches!(call, CallView::Active { .. }) { "call" } else { "room" });
    let chat = move || match page.chat.get() {
        ChatPanel::Auto => "auto",
        ChatPanel::Open => "open",
        ChatPanel::Closed => "closed",
    };
    let people = move || view.others.with(|others| (others.len() + 1).to_string());
    view! {
        <PageTitle />
        <div class="page" data-mode=mode data-chat=chat>
            <Header />
            <main class="main" data-connection=connection data-call=call data-people=people>
                <Banners />
                <Stage />
                <Chat />
            </main>
            <Announcer />
            <Notices />
            <ConnectDialog />
            <DevicesDialog />
            <LinkDialog />
            <LeaveDialog />
            <HelpDialog />
            <IncomingDialog />
        </div>
    }
    .into_any()
}
