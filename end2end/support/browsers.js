// The browsers of the stories: one Chromium process a person, each with its own fake camera. Started when first needed,
// kept for the worker. Never talks to the page.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from '@playwright/test';

import { drawCamera } from './camera.js';

const DEBIAN_CHROMIUM = '/usr/bin/chromium';
/** The programs; Playwright's own Chromium where Debian's is missing. */
export const CHROMIUM = existsSync(DEBIAN_CHROMIUM) ? DEBIAN_CHROMIUM : chromium.executablePath();
export const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));

/** What every Chromium is started with: nothing that it would fetch or ask by itself. */
export const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Two browsers on one machine meet on loopback, with or without a network.
  '--allow-loopback-in-peer-connection',
];

export class Browsers {
  #running = new Map();
  #folder = mkdtempSync(join(tmpdir(), 'baylanys-stories-'));

  /**
   * The browser of a kind. `red`, `green`, `blue`, `day`, `dusk`: a camera with that picture and a beeping microphone;
   * `no-camera`: only the microphone; `no-devices`: neither.
   */
  async of(kind) {
    if (!this.#running.has(kind)) this.#running.set(kind, await this.#start(kind));
    return this.#running.get(kind);
  }

  /** The film that a fake camera plays. */
  #camera(name) {
    const path = join(this.#folder, `${name}.y4m`);
    if (!existsSync(path)) drawCamera(path, name);
    return path;
  }

  async close() {
    await Promise.all([...this.#running.values()].map((browser) => browser.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(kind) {
    const devices = {
      'no-camera': ['--use-fake-device-for-media-stream=device-count=0'],
      'no-devices': ['--disable-audio-input'],
    }[kind] ?? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${this.#camera(kind)}`];
    return chromium.launch({
      executablePath: CHROMIUM,
      args: [...QUIET, ...devices],
    });
  }
}
