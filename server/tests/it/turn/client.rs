//! A TURN client over real sockets, no more of one than the stories need.

use std::net::SocketAddr;

use protocol::message::IceServer;
use stun_types::{
    attribute::{ErrorCode, Nonce, Realm, Username, XorMappedAddress},
    message::{
        BINDING, IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageIntegrityCredentials, MessageWriteVec, Method,
    },
    prelude::{AttributeWrite, MessageWrite as _, MessageWriteExt as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream, UdpSocket},
    time::timeout,
};
use turn_types::{
    attribute::{ChannelNumber, RequestedTransport, XorPeerAddress, XorRelayedAddress},
    message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION},
};

use crate::support::PATIENCE;

enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

/// One client, with the credential it was given.
pub(crate) struct Client {
    wire: Wire,
    username: String,
    password: String,
    realm: String,
    nonce: String,
}

impl Client {
    /// To the server at this address, of whom a page was told.
    pub(crate) async fn udp(server: SocketAddr, told: &IceServer) -> Self {
        let socket = UdpSocket::bind(SocketAddr::new(server.ip(), 0)).await.expect("a free port");
        socket.connect(server).await.expect("a way");
        Self::over(Wire::Udp(socket), told)
    }

    /// The same, of another machine: that of 127.0.0.`host`.
    pub(crate) async fn udp_from(host: u8, server: SocketAddr, told: &IceServer) -> Self {
        let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, host], 0))).await.expect("an address of this machine");
        socket.connect(server).await.expect("a way");
        Self::over(Wire::Udp(socket), told)
    }

    pub(crate) async fn tcp(server: SocketAddr, told: &IceServer) -> Self {
        let stream = TcpStream::connect(server).await.expect("a connection");
        Self::over(Wire::Tcp(stream), told)
    }

    /// The same, of another machine: that of 127.0.0.`host`.
    pub(crate) async fn tcp_from(host: u8, server: SocketAddr, told: &IceServer) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).expect("an address of this machine");
        Self::over(Wire::Tcp(socket.connect(server).await.expect("a connection")), told)
    }

    fn over(wire: Wire, told: &IceServer) -> Self {
        let (username, password) = (told.username.clone().unwrap_or_default(), told.credential.clone().unwrap_or_default());
        Self { wire, username, password, realm: String::new(), nonce: String::new() }
    }

    /// Its own address.
    pub(crate) fn address(&self) -> SocketAddr {
        match &self.wire {
            Wire::Udp(socket) => socket.local_addr(),
            Wire::Tcp(stream) => stream.local_addr(),
        }
        .expect("an address")
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => drop(socket.send(bytes).await.expect("sent")),
            Wire::Tcp(stream) => stream.write_all(bytes).await.expect("sent"),
        }
    }

    /// The next message, whole.
    pub(crate) async fn read(&mut self) -> Vec<u8> {
        timeout(PATIENCE, self.next()).await.expect("a message in time").expect("an open connection")
    }

    /// The next message; `None` at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        let stream = match &mut self.wire {
            Wire::Udp(socket) => {
                let mut buffer = vec![0; 2048];
                let length = socket.recv(&mut buffer).await.expect("received");
                buffer.truncate(length);
                return Some(buffer);
            }
            Wire::Tcp(stream) => stream,
        };
        let mut head = vec![0; 4];
        stream.read_exact(&mut head).await.ok()?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let rest = if head[0] >> 6 == 0 { 16 + length } else { length.next_multiple_of(4) };
        head.resize(4 + rest, 0);
        stream.read_exact(&mut head[4..]).await.ok()?;
        if head[0] >> 6 == 1 {
            head.truncate(4 + length);
        }
        Some(head)
    }

    /// Whether the server answers; else it has ended the connection.
    pub(crate) async fn is_served(&mut self) -> bool {
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        self.write(&request).await;
        timeout(PATIENCE, self.next()).await.expect("an answer or an end in time").is_some()
    }

    /// Where the server sees it.
    pub(crate) async fn seen(&mut self) -> SocketAddr {
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        self.write(&request).await;
        let answer = self.read().await;
        let answer = Message::from_bytes(&answer).expect("a message");
        answer.attribute::<XorMappedAddress>().expect("an address").addr(answer.transaction_id())
    }

    /// How often it is answered where it is until the connection ends, of so many times that it asks at once.
    pub(crate) async fn answered(mut self, asks: usize) -> usize {
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        self.write(&request.repeat(asks)).await;
        let mut answered = 0;
        while self.next().await.is_some() {
            answered += 1;
        }
        answered
    }

    /// Asks with the credential, once more if it is told realm and nonce only now. Gives the answer, or the code of an error.
    async fn ask(&mut self, method: Method, attributes: impl Fn(&mut MessageWriteVec)) -> Result<Vec<u8>, u16> {
        for _ in 0..2 {
            let mut request = Message::builder_request(method, MessageWriteVec::new());
            attributes(&mut request);
            let own: [&dyn AttributeWrite; 3] = [
                &Username::new(&self.username).expect("short"),
                &Realm::new(&self.realm).expect("short"),
                &Nonce::new(&self.nonce).expect("short"),
            ];
            own.into_iter().for_each(|attribute| request.add_attribute(attribute).expect("each once"));
            let key = LongTermKeyCredentials::new(self.username.clone(), self.password.clone(), self.realm.clone());
            let key = MessageIntegrityCredentials::LongTerm(key);
            request.add_message_integrity(&key, IntegrityAlgorithm::Sha1).expect("the one signature");
            self.write(&request.finish()).await;
            let bytes = self.read().await;
            let answer = Message::from_bytes(&bytes).expect("a message");
            let Ok(error) = answer.attribute::<ErrorCode>() else {
                answer.validate_integrity(&key).expect("signed by the server");
                return Ok(bytes);
            };
            let (Ok(realm), Ok(nonce)) = (answer.attribute::<Realm>(), answer.attribute::<Nonce>()) else {
                return Err(error.code());
            };
            if self.realm == realm.realm() && error.code() == ErrorCode::UNAUTHORIZED {
                return Err(error.code());
            }
            (self.realm, self.nonce) = (realm.realm().to_owned(), nonce.nonce().to_owned());
        }
        Err(ErrorCode::STALE_NONCE)
    }

    /// A relayed address.
    pub(crate) async fn allocate(&mut self) -> Result<SocketAddr, u16> {
        let answer = self.ask(ALLOCATE, |it| add(it, &RequestedTransport::new(RequestedTransport::UDP))).await?;
        let answer = Message::from_bytes(&answer).expect("a message");
        Ok(answer.attribute::<XorRelayedAddress>().expect("an address").addr(answer.transaction_id()))
    }

    pub(crate) async fn permit(&mut self, peer: SocketAddr) -> Result<(), u16> {
        self.ask(CREATE_PERMISSION, |it| add(it, &XorPeerAddress::new(peer, it.transaction_id()))).await.map(|_| ())
    }

    pub(crate) async fn bind(&mut self, number: u16, peer: SocketAddr) -> Result<(), u16> {
        let attributes = |it: &mut MessageWriteVec| {
            add(it, &ChannelNumber::new(number));
            add(it, &XorPeerAddress::new(peer, it.transaction_id()));
        };
        self.ask(CHANNEL_BIND, attributes).await.map(|_| ())
    }

    /// Says something over a channel.
    pub(crate) async fn say(&mut self, number: u16, text: &str) {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.extend(u16::try_from(text.len()).expect("short").to_be_bytes());
        bytes.extend(text.as_bytes());
        if let Wire::Tcp(_) = self.wire {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        self.write(&bytes).await;
    }

    /// What the next ChannelData holds: the number of its channel, its text.
    pub(crate) async fn heard(&mut self) -> (u16, String) {
        let bytes = self.read().await;
        let text = String::from_utf8(bytes[4..].to_vec()).expect("text");
        (u16::from_be_bytes([bytes[0], bytes[1]]), text)
    }
}

fn add(request: &mut MessageWriteVec, attribute: &dyn AttributeWrite) {
    request.add_attribute(attribute).expect("each once");
}
