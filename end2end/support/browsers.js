// The browsers of the stories: one Chromium process a person, each with its own fake camera. Started when first needed,
// kept for the worker. Never talks to the page.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, firefox } from '@playwright/test';

import { drawCamera } from './camera.js';

const DEBIAN_CHROMIUM = '/usr/bin/chromium';
/** The programs; Playwright's own Chromium where Debian's is missing. */
export const CHROMIUM = existsSync(DEBIAN_CHROMIUM) ? DEBIAN_CHROMIUM : chromium.executablePath();
export const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));

/** A name of this machine that, unlike `localhost`, is no secure address. */
export const OTHER_NAME = `${hostname().split('.')[0].toLowerCase()}.local`;

/** What every Chromium is started with: nothing that it would fetch or ask by itself. */
export const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${OTHER_NAME} 127.0.0.1`,
  // Two browsers on one machine meet on loopback, with or without a network.
  '--allow-loopback-in-peer-connection',
];

/** A camera and a microphone that Firefox makes up, granted without a prompt. */
const FAKE = { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true };
/** The same, forbidden in the settings. */
const FORBIDDEN = { 'media.navigator.streams.fake': true, 'permissions.default.camera': 2, 'permissions.default.microphone': 2 };

/** Whether a kind of browser is Firefox. */
export const isFirefox = (kind) => kind.startsWith('fox');

/** Firefox as people have it, by WebDriver BiDi; Playwright's own is another build. */
export async function startFirefox(preferences) {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: FIREFOX,
    firefoxUserPrefs: {
      ...preferences,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
  // Playwright sets what a page prefers (dark, less motion) by a command that this Firefox does not know; nobody needs it there.
  const session = Object.getPrototypeOf(browser._connection.toImpl(browser)._browserSession);
  const { send } = session;
  session.send = function known(method, ...rest) {
    return method === 'emulation.setMediaFeaturesOverride' ? Promise.resolve({}) : send.call(this, method, ...rest);
  };
  return browser;
}

/** A process and all that it has started. */
function descendants(pid) {
  const children = readdirSync('/proc').filter((name) => {
    try {
      // After the program's name in brackets: its state, then the one that started it.
      return /^\d+$/.test(name) && Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]) === pid;
    } catch {
      return false;
    }
  });
  return [pid, ...children.flatMap((child) => descendants(Number(child)))];
}

export class Browsers {
  #running = new Map();
  #folder = mkdtempSync(join(tmpdir(), 'baylanys-stories-'));
  #programs;
  #flags;

  /** `programs`: other programs that are Chromium, by kind; `flags`: more of its flags. */
  constructor({ programs = {}, flags = [] } = {}) {
    this.#programs = programs;
    this.#flags = flags;
  }

  /**
   * The browser of a kind. `red`, `green`, `blue`, `day`, `dusk`: Chromium, a camera with that picture and a beeping microphone;
   * `several-cameras`: several of both; `no-camera`: only the microphone; `no-devices`: neither.
   * `trusts`: a file with an authority that its person has installed (Chromium).
   * `fox`: Firefox, with a camera whose colour changes and a microphone that hums; `fox-refused`: the person has forbidden both.
   */
  async of(kind, trusts) {
    const key = trusts ? `${kind}, ${trusts}` : kind;
    if (!this.#running.has(key)) this.#running.set(key, await this.#start(kind, trusts && this.#homeThatTrusts(trusts)));
    return this.#running.get(key);
  }

  /** The home of somebody who has installed an authority, as Chromium's own settings do it. */
  #homeThatTrusts(authority) {
    const home = mkdtempSync(join(this.#folder, 'home-'));
    const store = join(home, '.pki/nssdb');
    mkdirSync(store, { recursive: true });
    execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
    execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'baylanys', '-i', authority]);
    return home;
  }

  /** The film that a fake camera plays. */
  #camera(name) {
    const path = join(this.#folder, `${name}.y4m`);
    if (!existsSync(path)) drawCamera(path, name);
    return path;
  }

  /** Stops everything of a running browser, as a closed lid does; the function given back wakes it. */
  async putToSleep(kind) {
    const browser = await this.of(kind);
    const first = browser._connection.toImpl(browser).options.browserProcess.process.pid;
    const all = descendants(first);
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    return () => all.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }

  async close() {
    await Promise.all([...this.#running.values()].map((browser) => browser.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(kind, home) {
    if (isFirefox(kind)) return startFirefox(kind === 'fox-refused' ? FORBIDDEN : FAKE);
    const devices = {
      // The second of the three is a depth sensor, which no call can send.
      'several-cameras': ['--use-fake-device-for-media-stream=device-count=3'],
      'no-camera': ['--use-fake-device-for-media-stream=device-count=0'],
      'no-devices': ['--disable-audio-input'],
    }[kind] ?? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${this.#camera(kind)}`];
    return chromium.launch({
      executablePath: this.#programs[kind] ?? CHROMIUM,
      args: [...QUIET, ...devices, ...this.#flags],
      env: home ? { ...process.env, HOME: home } : process.env,
      // As people have it: a page left is kept for the way back.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  }
}
