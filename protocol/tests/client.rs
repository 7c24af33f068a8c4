//! One page's stories, told from its side: what it is told, and the whole list of what it does about it.

mod client {
    mod addresses;
    mod calls;
    mod chat;
    mod connections;
    mod replaced;
    mod rooms;
    mod server;
    mod support;
    mod weak;
}
