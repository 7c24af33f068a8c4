//! The icons: one outline set on a 24 px grid, drawn for this page. Always beside a text or inside something that has a name.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named for what they show")]
pub enum Icon {
    BarsNone,
    BarsOne,
    BarsThree,
    BarsTwo,
    Camera,
    CameraOff,
    Chat,
    Close,
    Copy,
    Down,
    HangUp,
    Help,
    Leave,
    Link,
    Microphone,
    MicrophoneOff,
    Move,
    Person,
    Phone,
    Qr,
    Send,
    Share,
    Sliders,
    Sound,
    Theme,
    Warning,
}

impl Icon {
    /// The path's data, to be stroked.
    const fn path(self) -> &'static str {
        match self {
            // Of a bar that is not reached stands only the foot.
            Self::BarsNone => "M5 19v-.1M12 19v-.1M19 19v-.1M13.5 5l6 6M19.5 5l-6 6",
            Self::BarsOne => "M5 19v-4M12 19v-.1M19 19v-.1",
            Self::BarsThree => "M5 19v-4M12 19v-9M19 19V5",
            Self::BarsTwo => "M5 19v-4M12 19v-9M19 19v-.1",
            Self::Camera => {
                "M3 7.5A2.5 2.5 0 0 1 5.5 5h7A2.5 2.5 0 0 1 15 7.5v9a2.5 2.5 0 0 1-2.5 2.5h-7A2.5 2.5 0 0 1 3 16.5zM15 10.6l6-3.1v9l-6-3.1"
            }
            Self::CameraOff => {
                "M9 5h3.5A2.5 2.5 0 0 1 15 7.5V11M15 15.5v1a2.5 2.5 0 0 1-2.5 2.5h-7A2.5 2.5 0 0 1 3 16.5v-9A2.5 2.5 0 0 1 4.6 5.2M15 10.6l6-3.1v9l-3-1.5M3.5 3.5l17 17"
            }
            Self::Chat => {
                "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5zM8 8.5h8M8 12h5"
            }
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Copy => {
                "M9 10.5A1.5 1.5 0 0 1 10.5 9h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 9 18.5zM15 9V5.5A1.5 1.5 0 0 0 13.5 4h-8A1.5 1.5 0 0 0 4 5.5v8A1.5 1.5 0 0 0 5.5 15H9"
            }
            Self::Down => "M6 9.5l6 6 6-6",
            Self::HangUp => {
                "M2.8 14.6v-1.7c0-1 .6-1.9 1.5-2.3a19 19 0 0 1 15.4 0c.9.4 1.5 1.3 1.5 2.3v1.7a1.2 1.2 0 0 1-1.4 1.2l-2.9-.5a1.2 1.2 0 0 1-1-1.2v-2a14 14 0 0 0-7.8 0v2a1.2 1.2 0 0 1-1 1.2l-2.9.5a1.2 1.2 0 0 1-1.4-1.2z"
            }
            Self::Help => {
                "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17zM9.6 9.7a2.5 2.5 0 1 1 3.7 2.2c-.9.5-1.3 1-1.3 1.9M12 16.7v.1"
            }
            Self::Leave => "M10 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H10M15.5 8l4 4-4 4M19.5 12H10",
            Self::Link => {
                "M10 13.5a4 4 0 0 0 5.7.2l3-3A4 4 0 0 0 13 5l-1.2 1.2M14 10.5a4 4 0 0 0-5.7-.2l-3 3A4 4 0 0 0 11 19l1.2-1.2"
            }
            Self::Microphone => {
                "M12 3a3 3 0 0 0-3 3v5.5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M9 21h6"
            }
            Self::MicrophoneOff => {
                "M15 10V6a3 3 0 0 0-5.8-1M9 9v2.5a3 3 0 0 0 4.4 2.7M18.5 11.5a6.4 6.4 0 0 1-.8 3.1M15.6 16.9A6.5 6.5 0 0 1 5.5 11.5M12 18v3M9 21h6M3.5 3.5l17 17"
            }
            Self::Move => {
                "M12 4v16M4 12h16M9.5 6.5L12 4l2.5 2.5M9.5 17.5L12 20l2.5-2.5M6.5 9.5L4 12l2.5 2.5M17.5 9.5L20 12l-2.5 2.5"
            }
            Self::Person => "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM4.5 20c.7-3.6 3.7-5.5 7.5-5.5s6.8 1.9 7.5 5.5",
            Self::Phone => {
                "M5 3.8h3a1 1 0 0 1 .9.6l1.3 3.2a1 1 0 0 1-.3 1.1L8.3 10a12 12 0 0 0 5.7 5.7l1.3-1.6a1 1 0 0 1 1.1-.3l3.2 1.3a1 1 0 0 1 .6.9v3a1.7 1.7 0 0 1-1.8 1.7C10.5 20.2 3.8 13.5 3.3 5.6A1.7 1.7 0 0 1 5 3.8z"
            }
            Self::Qr => "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM20 14v2.5M16 20v-.1M20 20h-1",
            Self::Send => "M4 4.5L20.5 12 4 19.5 6.2 12zM6.2 12H12",
            Self::Share => "M12 15V4M8 7.5L12 3.5l4 4M5 12v6.5A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V12",
            Self::Sliders => {
                "M4 7h8M16.5 7H20M4 17h3.5M12 17h8M14.2 4.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 1 0 0-4.4zM9.8 14.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 1 0 0-4.4z"
            }
            Self::Sound => "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11",
            Self::Theme => "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17zM12 3.5v17M12 7.5h6.5M12 12h8.5M12 16.5h6.5",
            Self::Warning => "M12 4l9 15.5H3zM12 10v4.5M12 17v.1",
        }
    }
}

/// An icon, hidden from screen readers.
#[component]
pub fn Glyph(
    /// Which.
    #[prop(into)]
    icon: Signal<Icon>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=move || icon.get().path()></path>
        </svg>
    }
    .into_any()
}
