// The way between two browsers, through the story's hands: every packet of theirs passes here, and can get lost. No rights are
// needed for it, because the browsers themselves are told to send here.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Installed as an init script: each candidate of the other end is replaced by a port of the strait that leads there. */
function leadThrough() {
  const { addIceCandidate, setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addIceCandidate = async function led(candidate) {
    const parts = candidate?.candidate?.split(' ') ?? [];
    if (parts.length < 8) return addIceCandidate.call(this, candidate);
    const [protocol, address, port] = [parts[2], parts[4], parts[5]];
    // Others would lead past it.
    if (protocol.toLowerCase() !== 'udp' || !/^[\d.]+$/.test(address)) return undefined;
    [parts[4], parts[5]] = ['127.0.0.1', await window.strait(address, Number(port))];
    return addIceCandidate.call(this, { ...JSON.parse(JSON.stringify(candidate)), candidate: parts.join(' ') });
  };
  RTCPeerConnection.prototype.setRemoteDescription = function led({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '') });
  };
}

export class Strait {
  /** The share of packets that gets lost, each way. */
  loss = 0;
  /** Of what has arrived nothing is told: RTCP (RFC 5761 §4) is lost altogether. */
  untold = false;
  /** How many went through and how many were lost. */
  passed = 0;
  lost = 0;
  #doors = new Map();
  #sockets = [];

  /** What this person's browser sends to another goes through here. Before the page is opened. */
  async lead(person) {
    await person.page.exposeFunction('strait', (address, port) => this.#door(address, port));
    await person.page.addInitScript(leadThrough);
  }

  /** A port that leads to an address: one for each. */
  #door(address, port) {
    const to = `${address}:${port}`;
    if (!this.#doors.has(to)) this.#doors.set(to, this.#open(address, port));
    return this.#doors.get(to);
  }

  async #open(address, port) {
    const door = await this.#socket();
    // As a router does: each sender gets a port of its own, to which the answers come.
    const ways = new Map();
    door.on('message', async (packet, from) => {
      const sender = `${from.address}:${from.port}`;
      if (!ways.has(sender)) {
        ways.set(sender, this.#socket().then((way) => way.on('message', (answer) => this.#pass(answer, () => door.send(answer, from.port, from.address)))));
      }
      const way = await ways.get(sender);
      this.#pass(packet, () => way.send(packet, port, address));
    });
    return door.address().port;
  }

  #pass(packet, send) {
    const isTold = packet[0] >> 6 === 2 && packet[1] >= 192 && packet[1] <= 223;
    const through = Math.random() >= this.loss && !(isTold && this.untold);
    this[through ? 'passed' : 'lost'] += 1;
    if (through) send();
  }

  async #socket() {
    const socket = createSocket('udp4').bind(0, '0.0.0.0');
    this.#sockets.push(socket);
    // A browser that has closed its port is no concern of the strait's.
    socket.on('error', () => {});
    await once(socket, 'listening');
    return socket;
  }

  close() {
    this.#sockets.forEach((socket) => socket.close());
  }
}
