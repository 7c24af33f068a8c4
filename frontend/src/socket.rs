//! The WebSocket to the server the page came from. It reports; when to connect again is the session's.

use protocol::message::{ClientMessage, ServerMessage};
use wasm_bindgen::JsValue;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket, Window};

use crate::{
    engine, event,
    listener::Listener,
    page,
    panic::{self, Running},
};

/// What a socket reports.
pub(crate) enum SocketEvent {
    /// It is open.
    Open,
    /// It brought a frame that can be read.
    Message(ServerMessage),
    /// It is closed, or did not open.
    Closed(u16),
}

/// A socket. Dropping it closes it; then it reports nothing any more.
pub(crate) struct Socket {
    socket: WebSocket,
    listeners: Vec<Listener>,
}

impl Socket {
    /// Begins to open one. `number` comes back with every report, so that those of an older one can be dropped.
    ///
    /// # Errors
    /// The browser refuses the address.
    pub(crate) fn open(window: &Window, number: u32) -> Result<Self, JsValue> {
        let socket = WebSocket::new(&web::page::socket_address(window)?)?;
        panic::watch(Running::Socket(socket.clone()));
        let report = move |event| engine::dispatch(event::Event::Socket { number, event });
        let listeners = vec![
            Listener::new::<Event>(&socket, "open", move |_| report(SocketEvent::Open)),
            Listener::new::<MessageEvent>(&socket, "message", move |event| {
                match event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                    Some(message) => report(SocketEvent::Message(message)),
                    None => page::warn("a frame could not be read", &JsValue::UNDEFINED),
                }
            }),
            Listener::new::<CloseEvent>(&socket, "close", move |event| report(SocketEvent::Closed(event.code()))),
        ];
        Ok(Self { socket, listeners })
    }

    /// Sends a frame, if it is open. A frame that can't be sent is lost with the socket, whose end is reported anyway.
    pub(crate) fn send(&self, message: &ClientMessage) {
        if self.socket.ready_state() != WebSocket::OPEN {
            return;
        }
        if let Ok(text) = serde_json::to_string(message)
            && let Err(error) = self.socket.send_with_str(&text)
        {
            page::warn("the socket took no frame", &error);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.listeners.clear();
        let _ = self.socket.close();
    }
}
