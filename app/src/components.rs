//! The page's parts, one a file. Each shows signals and sends commands; none keeps state of the call.

pub mod announcer;
pub mod banners;
pub mod chat;
pub mod chat_line;
pub mod composer;
pub mod connect_dialog;
pub mod controls;
pub mod devices_dialog;
pub mod empty_tile;
pub mod header;
pub mod help_dialog;
pub mod icon;
pub mod incoming_dialog;
pub mod leave_dialog;
pub mod modal;
pub mod notices;
pub mod own_tile;
pub mod page_title;
pub mod peer_tile;
pub mod person;
pub mod qr_code;
pub mod refusal;
pub mod share_code;
pub mod shown;
pub mod stage;
