// Starts and stops the peer's server, and opens its page. What it then does is in `peer/`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { freePort } from '../support/server.js';

export class PeerSite {
  origin = '';
  #child;

  /** `inside`: how to start it in another network, where it listens at `address`. */
  static async start({ inside = [], address } = {}) {
    const site = new PeerSite();
    const port = address ? 9000 : await freePort();
    site.origin = `http://${address ?? 'localhost'}:${port}`;
    const [program, ...rest] = [...inside, process.execPath, fileURLToPath(new URL('peer/server.js', import.meta.url)), String(port), address ?? '127.0.0.1'];
    site.#child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(site.#child, 'exit').then(([code]) => Promise.reject(new Error(`The peer's server ended with ${code}`)));
    await Promise.race([once(site.#child.stdout, 'data'), ended]);
    ended.catch(() => {});
    return site;
  }

  async stop() {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }

  /** The id of its process. */
  get pid() {
    return this.#child.pid;
  }

  /** A page in this context, registered. */
  async arrive(context, { devices }) {
    await context.grantPermissions(['camera', 'microphone'], { origin: this.origin });
    const page = await context.newPage();
    await page.goto(`${this.origin}/`);
    const id = await page.evaluate((wish) => window.arrive(wish), { devices });
    return { page, id };
  }
}
