//! What the page itself remembers: which windows are open, where links begin. Nothing of the call.

use leptos::{ev, prelude::*};
use protocol::{
    client::{CallView, Command},
    id::ParticipantId,
};

use crate::{
    browser,
    call::{CallHandle, use_call},
    link,
    locale::Theme,
};

/// From this width the chat is a column beside the stage, below it a sheet. The same figure is in `style/layout.css`.
const WIDE: &str = "(min-width: 60rem)";

/// The chat column or sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChatPanel {
    /// Open where it is a column, closed where it is a sheet; what the server renders, which knows no width.
    #[default]
    Auto,
    /// Opened.
    Open,
    /// Closed.
    Closed,
}

/// Where links to rooms begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// Not known before hydration.
    #[default]
    Unknown,
    /// The page's address is of no use to others.
    None,
    /// `scheme://host`.
    From(String),
}

/// The page's own state, in context. Lives as long as the page.
#[derive(Clone, Copy, Debug)]
pub struct PageState {
    /// The modal with the code and the fields.
    pub connect_open: RwSignal<bool>,
    /// The list of shortcuts.
    pub help_open: RwSignal<bool>,
    /// The choice of camera and microphone.
    pub devices_open: RwSignal<bool>,
    /// The figures of the connection to this person; of nobody: closed.
    pub link_open: RwSignal<Vec<ParticipantId>>,
    /// The question whether to leave in spite of the call.
    pub leave_open: RwSignal<bool>,
    /// The chat.
    pub chat: RwSignal<ChatPanel>,
    /// Whether the chat is a column.
    pub wide: RwSignal<bool>,
    /// Where links begin.
    pub links: RwSignal<Links>,
    /// The page came by https from a server with an authority of its own, which this browser may not trust yet.
    pub own_authority: RwSignal<bool>,
    /// The browser has a share sheet.
    pub can_share: RwSignal<bool>,
    /// The theme.
    pub theme: RwSignal<Theme>,
}

impl PageState {
    /// The state of a page just rendered; on both sides of hydration the same.
    #[must_use]
    pub fn new() -> Self {
        Self {
            connect_open: RwSignal::new(false),
            help_open: RwSignal::new(false),
            devices_open: RwSignal::new(false),
            link_open: RwSignal::new(Vec::new()),
            leave_open: RwSignal::new(false),
            chat: RwSignal::new(ChatPanel::Auto),
            wide: RwSignal::new(false),
            links: RwSignal::new(Links::Unknown),
            own_authority: RwSignal::new(false),
            can_share: RwSignal::new(false),
            theme: RwSignal::new(first_theme()),
        }
    }

    /// Whether the person sees the chat; tracked.
    #[must_use]
    pub fn chat_shown(&self) -> bool {
        match self.chat.get() {
            ChatPanel::Auto => self.wide.get(),
            ChatPanel::Open => true,
            ChatPanel::Closed => false,
        }
    }

    /// Opens or closes the chat.
    pub fn toggle_chat(&self) {
        let shown = untrack(|| self.chat_shown());
        if shown && browser::has_focus_in("chat") {
            browser::focus("chat-switch");
        }
        self.chat.set(if shown { ChatPanel::Closed } else { ChatPanel::Open });
    }

    /// Switches to the next theme, in place, and remembers it.
    pub fn switch_theme(&self) {
        let theme = self.theme.get_untracked().next();
        self.theme.set(theme);
        browser::set_root_attribute("data-theme", theme.code());
        browser::remember(crate::locale::THEME_COOKIE, theme.code());
    }
}

impl Default for PageState {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "ssr")]
fn first_theme() -> Theme {
    crate::locale::of_request().1
}

#[cfg(not(feature = "ssr"))]
fn first_theme() -> Theme {
    browser::root_attribute("data-theme").map(|code| Theme::from_code(&code)).unwrap_or_default()
}

/// The page's state.
///
/// # Panics
/// Outside `App`.
#[must_use]
pub fn use_page() -> PageState {
    expect_context::<PageState>()
}

/// Leaves the room; while in a call asks first.
pub fn leave(call: &CallHandle, page: PageState) {
    if call.view.call.with_untracked(|call| *call == CallView::None) {
        call.send(Command::Leave);
    } else {
        page.leave_open.set(true);
    }
}

/// Once the page is alive in the browser: says so to whoever waits for it, learns what the server could not know, and follows
/// the window's size. Does nothing on the server.
pub fn when_hydrated() {
    let page = use_page();
    let call = use_call();
    Effect::new(move || {
        let public_url = browser::meta("baylanys-public-url");
        let lan_url = browser::meta("baylanys-lan-url");
        let base = link::base(public_url.as_deref(), lan_url.as_deref(), &browser::origin());
        page.links.set(base.map_or(Links::None, Links::From));
        let is_https = browser::origin().starts_with("https://");
        page.own_authority.set(is_https && browser::meta("baylanys-own-authority").is_some());
        page.can_share.set(browser::can_share());
        follow_window(page);
        browser::keep_double_clicks_together();
        browser::is_alive();
    });
    // What the person sees counts as read.
    let in_front = RwSignal::new(true);
    Effect::new(move || {
        // The listener lives as long as the page does.
        let _ = window_event_listener_untyped("visibilitychange", move |_| in_front.set(!document().hidden()));
    });
    let visible = Memo::new(move |_| page.chat_shown() && in_front.get());
    Effect::new(move || call.send(Command::ChatVisible(visible.get())));
}

fn follow_window(page: PageState) {
    let measure = move || {
        let wide = browser::matches(WIDE);
        if page.wide.get_untracked() != wide {
            // Whoever is writing goes on writing.
            if !wide && untrack(|| page.chat_shown()) && browser::has_focus_in("chat") {
                page.chat.set(ChatPanel::Open);
            }
            page.wide.set(wide);
        }
    };
    measure();
    // The listener lives as long as the page does.
    let _ = window_event_listener(ev::resize, move |_| measure());
}
