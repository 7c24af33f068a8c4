// The load program (`server/examples/load`) against our server and the peer's: a server has one core of this machine and the
// load another, so that neither is in the other's way, and each server is started anew for each round.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Site } from '../support/server.js';
import { PeerSite } from './peer.js';

const PROGRAM = fileURLToPath(new URL('../../target/release/examples/load', import.meta.url));
const SERVER_CORE = ['taskset', '-c', '0'];
const LOAD_CORE = ['taskset', '-c', '1'];

/** Our server and the peer's, as `alternate` wants them: each run gets a fresh server. */
export function sides(run) {
  if (cpus().length < 2) throw new Error('Server and load need a core each');
  const side = (kind, start) => async () => {
    const site = await start({ inside: SERVER_CORE });
    try {
      return await run(new Load(kind, site), site);
    } finally {
      await site.stop();
    }
  };
  return { ours: side('ours', (where) => Site.start([], where)), peer: side('peer', (where) => PeerSite.start(where)) };
}

export class Load {
  #kind;
  #site;

  constructor(kind, site) {
    this.#kind = kind;
    this.#site = site;
  }

  /** What the program finds. `meanwhile` is done once it says that it is ready. */
  async run(what, options = {}, meanwhile = async () => {}) {
    const server = ['--kind', this.#kind, '--at', `127.0.0.1:${new URL(this.#site.origin).port}`, '--pid', this.#site.pid];
    const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const [program, ...rest] = [...LOAD_CORE, PROGRAM, what, ...server, ...given];
    const child = spawn(program, rest.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    try {
      let last;
      for await (const line of createInterface(child.stdout)) {
        last = JSON.parse(line);
        if (last.ready) await meanwhile();
      }
      const [code] = await ended;
      if (code !== 0) throw new Error(`The load program ended with ${code}`);
      return last;
    } finally {
      child.kill();
    }
  }
}
