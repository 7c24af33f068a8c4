// The peer's page: what a page made with PeerJS does, at its quickest. Devices are open and the client is registered before
// anything is asked of it; who is called answers at once. Times are taken by `eyes.js`, as in our page.

/** As in ours (`frontend/src/devices.rs`). */
const DEVICES = {
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: { ideal: 'user' } },
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

const remote = document.querySelector('[data-video="peer-"]');
const self = document.querySelector('[data-video="self"]');
const lines = document.querySelector('ol');

const show = (call) => call.on('stream', (stream) => {
  remote.srcObject = stream;
});

const write = (text) => {
  const line = document.createElement('li');
  line.dataset.line = 'said';
  line.textContent = text;
  lines.append(line);
};

/** Opens the devices (if wanted) and registers. Gives the id by which others reach this page. */
window.arrive = async ({ devices }) => {
  const stream = devices ? await navigator.mediaDevices.getUserMedia(DEVICES) : undefined;
  if (stream) self.srcObject = stream;
  // Our server names no STUN server either, unless it is told to.
  const peer = new Peer({ host: location.hostname, port: Number(location.port), path: '/peer', config: { iceServers: [] } });
  await new Promise((done, failed) => {
    peer.on('open', done);
    peer.on('error', failed);
  });
  peer.on('call', (call) => {
    show(call);
    call.answer(stream);
  });
  peer.on('connection', (connection) => connection.on('data', write));
  window.call = (id) => {
    window.bench.begun = Date.now();
    show(peer.call(id, stream));
  };
  window.say = (id, text) => {
    window.bench.begun = Date.now();
    const connection = peer.connect(id);
    connection.on('open', () => connection.send(text));
  };
  return peer.id;
};
