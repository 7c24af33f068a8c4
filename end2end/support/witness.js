// What is put into a page, from outside, before its own code: a witness that notes connections, tracks and violations and
// changes nothing. Functions here run inside the page; they may use nothing from this file.

/** Installed as an init script. What it saw is in `window.witness`. */
export function installWitness() {
  const witness = { connections: [], received: new Map(), captured: [], wishes: [], violations: [] };
  Object.defineProperty(window, 'witness', { value: witness });

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...settings) {
      super(...settings);
      witness.connections.push(this);
      this.addEventListener('track', ({ track }) => witness.received.set(track.id, track));
    }
  };

  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wish) => {
      witness.wishes.push(wish);
      const stream = await open(wish);
      witness.captured.push(...stream.getTracks());
      return stream;
    };
  }
  const clone = MediaStreamTrack.prototype.clone;
  MediaStreamTrack.prototype.clone = function cloned() {
    const copy = clone.call(this);
    if (witness.captured.includes(this)) witness.captured.push(copy);
    return copy;
  };

  addEventListener('securitypolicyviolation', (event) => {
    witness.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
  });
}

/** Installed as an init script: a permission prompt that stays open until `window.answerPrompt()`. */
export function holdPromptOpen() {
  const devices = navigator.mediaDevices;
  const open = devices?.getUserMedia.bind(devices);
  const answered = new Promise((answer) => {
    window.answerPrompt = answer;
  });
  if (!devices) return;
  devices.getUserMedia = async (wish) => {
    window.promptIsOpen = true;
    await answered;
    return open(wish);
  };
}

/**
 * Installed as an init script: this device does not open, in the words of the browser's exception, until `window.deviceIsWell`
 * is set. For what cannot be brought about at a machine without devices.
 */
export function failDevice({ device, name, message }) {
  const devices = navigator.mediaDevices;
  const open = devices?.getUserMedia.bind(devices);
  if (!devices) return;
  devices.getUserMedia = async (wish) => {
    if (wish?.[device] && !window.deviceIsWell) {
      throw name === 'OverconstrainedError' ? new OverconstrainedError('width', message) : new DOMException(message, name);
    }
    return open(wish);
  };
}

/** Installed as an init script: once `window.breaks` is set, a function of the browser's throws that never does. It is called once a second in a call. */
export function breakable() {
  const ask = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = function () {
    if (window.breaks) throw new Error('broken by the story');
    return ask.call(this);
  };
}

/** Installed as an init script: a browser that gives no page its clipboard. */
export function withholdClipboard() {
  delete Navigator.prototype.clipboard;
  document.execCommand = () => false;
}

/** Installed as an init script: sound plays only after a click on the page, until `window.mayPlay` is set. */
export function refusePlay() {
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (this.muted || window.mayPlay) return play.call(this);
    return Promise.reject(new DOMException('refused by the story', 'NotAllowedError'));
  };
}

/** Installed as an init script: devices of a kind (`video`, `audio`) that `window.unplug(kind)` takes away and `window.plugIn(kind)` gives back. */
export function unpluggable() {
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const gone = new Set();
  const open = devices.getUserMedia.bind(devices);
  const list = devices.enumerateDevices.bind(devices);
  const opened = [];
  // Firefox delivers no made-up events to tracks: the listeners are told directly.
  const listeners = [];
  const listen = MediaStreamTrack.prototype.addEventListener;
  MediaStreamTrack.prototype.addEventListener = function noted(type, listener, ...rest) {
    if (type === 'ended') listeners.push([this, listener]);
    return listen.call(this, type, listener, ...rest);
  };
  devices.getUserMedia = async (wish) => {
    for (const kind of gone) {
      if (!wish[kind]) continue;
      throw new DOMException('Requested device not found', 'NotFoundError');
    }
    const stream = await open(wish);
    opened.push(...stream.getTracks());
    return stream;
  };
  devices.enumerateDevices = async () => (await list()).filter((info) => !gone.has(info.kind.replace('input', '')));
  window.unplug = (kind) => {
    gone.add(kind);
    for (const track of opened.filter((it) => it.kind === kind && it.readyState === 'live')) {
      track.stop();
      for (const [of, listener] of listeners) if (of === track) listener.call(track, new Event('ended'));
    }
    devices.dispatchEvent(new Event('devicechange'));
  };
  window.plugIn = (kind) => {
    gone.delete(kind);
    devices.dispatchEvent(new Event('devicechange'));
  };
}

/**
 * Looks at a `<video>` twice, some frames apart: what it shows, whether that moves, and whether it came from a peer
 * connection. `shown` is false for a hidden or empty one; `mean` is the mean of its colours.
 */
export async function lookAt(video) {
  const track = video.srcObject?.getVideoTracks()[0];
  const fromConnection = Boolean(track && window.witness.received.get(track.id) === track);
  const box = video.getBoundingClientRect();
  const shown = video.videoWidth > 0 && box.width > 0 && box.height > 0 && video.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const nothing = { shown: false, fromConnection, moving: false, colour: 'none', mean: [0, 0, 0] };
  if (!shown) return nothing;

  const canvas = new OffscreenCanvas(64, 36);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const look = () => {
    pen.drawImage(video, 0, 0, 64, 36);
    return pen.getImageData(0, 0, 64, 36).data;
  };
  const later = () =>
    new Promise((seen) => {
      setTimeout(seen, 1000);
      let left = 4;
      const next = () => {
        left -= 1;
        if (left === 0) seen();
        else video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    });

  const before = look().slice();
  await later();
  const after = look();
  let changed = 0;
  const sum = [0, 0, 0];
  for (let i = 0; i < after.length; i += 4) {
    if (Math.abs(after[i + 1] - before[i + 1]) > 40) changed += 1;
    for (let part = 0; part < 3; part += 1) sum[part] += after[i + part];
  }
  const [red, green, blue] = sum.map((total) => total / (after.length / 4));
  const strongest = Math.max(red, green, blue);
  const rest = red + green + blue - strongest;
  let colour = 'mixed';
  if (strongest < 32) colour = 'black';
  else if (strongest > 0.75 * rest) colour = { [blue]: 'blue', [green]: 'green', [red]: 'red' }[strongest];
  return { shown, fromConnection, moving: changed > 20, colour, mean: [red, green, blue] };
}

/** What has been heard so far over all peer connections: energy (as getStats counts it) and seconds of sound received. */
export async function listen() {
  const heard = { energy: 0, seconds: 0 };
  for (const connection of window.witness.connections) {
    if (connection.signalingState === 'closed') continue;
    for (const report of (await connection.getStats()).values()) {
      if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue;
      heard.energy += report.totalAudioEnergy ?? 0;
      heard.seconds += report.totalSamplesDuration ?? 0;
    }
  }
  return heard;
}

/** The devices that are in use right now: what a camera's light would tell. */
export function devicesInUse() {
  const live = window.witness.captured.filter((track) => track.readyState === 'live');
  return [...new Set(live.map((track) => track.kind))].sort();
}

/**
 * Installed as an init script: `window.heard` is what live regions were given to say, `how` being polite or assertive. What is
 * hidden, or lies behind a modal, is not heard.
 */
export function installEar() {
  const heard = [];
  Object.defineProperty(window, 'heard', { value: heard });
  const LIVE = '[aria-live], [role="status"], [role="alert"], [role="log"]';
  const listen = (region, nodes, at) => {
    const modal = document.querySelector('dialog[open]');
    const role = region.getAttribute('role');
    if (!at.checkVisibility({ visibilityProperty: true }) || (modal && !modal.contains(region))) return;
    const how = region.getAttribute('aria-live') ?? (role === 'alert' ? 'assertive' : 'polite');
    for (const node of nodes) {
      const text = node.textContent.trim();
      if (text) heard.push({ how, text });
    }
  };
  new MutationObserver((changes) => {
    for (const { target, type, addedNodes } of changes) {
      const at = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const region = at?.closest(LIVE);
      if (region) listen(region, type === 'characterData' ? [target] : addedNodes, at);
      // An alert is heard as it comes.
      else for (const node of addedNodes) if (node.matches?.('[role="alert"]')) listen(node, [node], node);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** What an iPhone does to sockets of a server that it does not trust: they end before they open. Installed as an init script. */
export function refuseSockets() {
  window.WebSocket = class extends EventTarget {
    constructor() {
      super();
      setTimeout(() => {
        this.dispatchEvent(new Event('error'));
        this.dispatchEvent(new CloseEvent('close', { code: 1006 }));
      }, 10);
    }

    close() {}
  };
}

/** Installed as an init script: `window.moved()` names the animations, and the properties in transition, that took any time. */
export function installMotionWatch() {
  const moved = new Set();
  const look = () => {
    for (const animation of document.getAnimations()) {
      // One that takes no time is a change, not a motion.
      if (animation.effect.getComputedTiming().activeDuration > 1) moved.add(animation.animationName ?? animation.transitionProperty);
    }
  };
  window.moved = () => {
    look();
    return [...moved];
  };
  for (const begun of ['animationstart', 'transitionrun']) document.addEventListener(begun, look, true);
}

/**
 * The way that the one live connection takes: the kinds of the own and the other's candidate, and by what protocol the own
 * relay is reached, if it is one.
 */
export async function way() {
  const connection = window.witness.connections.find((it) => it.connectionState === 'connected');
  const stats = connection ? await connection.getStats() : new Map();
  for (const report of stats.values()) {
    const used = report.type === 'candidate-pair' && report.state === 'succeeded' && report.nominated && (report.selected ?? true);
    const current = [...stats.values()].find(({ type }) => type === 'transport')?.selectedCandidatePairId ?? report.id;
    if (!used || report.id !== current) continue;
    const [own, other] = [stats.get(report.localCandidateId), stats.get(report.remoteCandidateId)];
    return { kinds: [own.candidateType, other.candidateType], relayedBy: own.relayProtocol };
  }
  return { kinds: [] };
}

/** From now on: how long the other's picture stands still. In the page. */
export function watchFrames() {
  const seen = { last: performance.now(), longest: 0, frames: undefined };
  window.stillness = seen;
  const look = () => {
    const video = document.querySelector('video[data-video^="peer-"]');
    const frames = video?.getVideoPlaybackQuality?.().totalVideoFrames;
    const now = performance.now();
    if (frames !== seen.frames) {
      seen.longest = Math.max(seen.longest, now - seen.last);
      [seen.frames, seen.last] = [frames, now];
    }
  };
  setInterval(look, 20);
}

/** The longest time it did so, in milliseconds: also the one that lasts. In the page. */
export function longestStill() {
  const { longest, last } = window.stillness;
  return Math.max(longest, performance.now() - last);
}
