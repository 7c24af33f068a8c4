// Starts and stops the peer's server, and opens its page. What it then does is in `peer/`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { freePort } from '../support/server.js';

export class PeerSite {
  origin = '';
  #child;

  static async start() {
    const site = new PeerSite();
    const port = await freePort();
    site.origin = `http://localhost:${port}`;
    site.#child = spawn(process.execPath, [fileURLToPath(new URL('peer/server.js', import.meta.url)), String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
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

  /** A page in this context, registered. */
  async arrive(context, { devices }) {
    await context.grantPermissions(['camera', 'microphone'], { origin: this.origin });
    const page = await context.newPage();
    await page.goto(`${this.origin}/`);
    const id = await page.evaluate((wish) => window.arrive(wish), { devices });
    return { page, id };
  }
}
