// The browsers of the benchmarks: two Chromium processes, each with a fake camera of the size wanted, 20 frames a second.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from '@playwright/test';

import { CHROMIUM, QUIET } from '../support/browsers.js';
import { drawCamera } from '../support/camera.js';
import { Person } from '../support/person.js';
import { openEyes } from './eyes.js';

const VIEWS = ['day', 'dusk'];
/** Nobody's: what the two do. */
const NAMES = ['Мұғалім', 'Оқушы'];

export class Pair {
  #folder = mkdtempSync(join(tmpdir(), 'baylanys-bench-'));
  #browsers = [];

  /** `size`: of the camera's picture; `programs`: what is Chromium for each; `trusted`: addresses that may use devices, as with https. */
  static async start(size, { programs = [], trusted = [] } = {}) {
    const pair = new Pair();
    const trust = trusted.length > 0 ? [`--unsafely-treat-insecure-origin-as-secure=${trusted.join(',')}`] : [];
    for (const [at, view] of VIEWS.entries()) {
      const film = join(pair.#folder, `${view}.y4m`);
      drawCamera(film, view, size);
      const camera = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`];
      pair.#browsers.push(await chromium.launch({ executablePath: programs[at] ?? CHROMIUM, args: [...QUIET, ...trust, ...camera] }));
    }
    return pair;
  }

  async close() {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A fresh profile in each browser, with `script` in every page; closed when `use` ends. Gives what `use` gives. */
  async fresh(use, script = openEyes) {
    const contexts = await Promise.all(this.#browsers.map((browser) => browser.newContext({ locale: 'kk-KZ', viewport: { width: 1280, height: 720 } })));
    try {
      await Promise.all(contexts.map((context) => context.addInitScript(script)));
      return await use(contexts);
    } finally {
      await Promise.all(contexts.map((context) => context.close()));
    }
  }
}

/** Two people on our home page, devices open, each in an own room. */
export async function arriveBoth(contexts, origin, before = []) {
  return Promise.all(
    contexts.map(async (context, at) => {
      await context.grantPermissions(['camera', 'microphone'], { origin });
      const person = await Person.arrive({ context, origin, name: NAMES[at], language: 'kk', before });
      await person.open();
      await person.page.waitForFunction(() => document.querySelector('[data-tile="self"]').dataset.camera === 'on');
      return person;
    }),
  );
}

/** The second of two comes to the first; both have given a name. */
export async function meet([red, blue]) {
  await blue.connect(await red.code());
  await red.answerName();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await blue.page.waitForFunction(() => !document.querySelector('dialog[open]'));
}

/** Waits for a time that the eyes note, and gives it. */
export async function noted(page, what) {
  const handle = await page.waitForFunction((name) => window.bench[name], what, { polling: 'raf' });
  return handle.jsonValue();
}
