// A server and two people far from each other: three network namespaces, any two of them 50 ms apart each way. For root.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromiumWithin, within } from '../support/networks.js';

const ONE_WAY_MS = 50;
const ADDRESSES = { server: '198.51.100.1', red: '198.51.100.2', blue: '198.51.100.3' };

export class Far {
  server = ADDRESSES.server;
  #folder = mkdtempSync(join(tmpdir(), 'baylanys-far-'));
  #made = [];
  #bridge;

  static async start() {
    const far = new Far();
    const machines = Object.keys(ADDRESSES).map((part) => {
      const name = far.#name(part);
      execFileSync('ip', ['netns', 'add', name]);
      far.#made.push(name);
      execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
      return `${name}=${ADDRESSES[part]}`;
    });
    far.#bridge = spawn('python3', [fileURLToPath(new URL('bridge.py', import.meta.url)), String(ONE_WAY_MS), ...machines], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(far.#bridge, 'exit').then(([code]) => Promise.reject(new Error(`The bridge ended with ${code}`)));
    await Promise.race([once(far.#bridge.stdout, 'data'), ended]);
    ended.catch(() => {});
    return far;
  }

  #name(part) {
    return `baylanys-${process.pid}-far-${part}`;
  }

  inside(part) {
    return within(this.#name(part));
  }

  /** Programs that are Chromium at the two people's machines. */
  get programs() {
    return ['red', 'blue'].map((part) => chromiumWithin(this.#name(part), this.#folder));
  }

  async close() {
    const ended = once(this.#bridge, 'exit');
    this.#bridge.stdin.end();
    await ended;
    for (const name of this.#made) execFileSync('ip', ['netns', 'delete', name]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
