// The release server as a visitor's machine would run it, on a free port of loopback. One a story, so that no story
// meets another's rooms or limits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Another build can be tried: `BAYLANYS_PROGRAM`, with `BAYLANYS_SITE_ROOT` for its front end. */
const PROGRAM = process.env.BAYLANYS_PROGRAM ?? `${ROOT}target/release/server`;

const DATA = mkdtempSync(join(tmpdir(), 'baylanys-'));
process.once('exit', () => rmSync(DATA, { recursive: true, force: true }));

export class Site {
  /** Everything the server has printed, over restarts. */
  output = '';
  /** `http://localhost:PORT`, without a slash at the end. */
  origin = '';
  /** Where it keeps what a restart must not lose; gone with the test's process. */
  dataFolder = mkdtempSync(join(DATA, 'site-'));
  #child;
  #flags;
  #inside;
  #program;
  #folder;
  #environment;

  /**
   * Starts a server with these flags and waits until it listens. `inside`: how to start it in another network, where it listens at
   * `address`, has the ports that it chooses by itself, and is known as `host`. `program`: another one, started in `folder`; `data`: its
   * data folder, as it sees it.
   */
  static async start(flags = [], { inside = [], address, host = address, program = PROGRAM, folder = ROOT, data } = {}) {
    const site = new Site();
    if (inside.length === 0 && !existsSync(program)) throw new Error(`There is no ${program}. Build it: make build, make package`);
    site.#program = program;
    site.#folder = folder;
    site.origin = `http://${host ?? 'localhost'}:${address ? 3000 : await freePort()}`;
    const listen = `${address ?? '127.0.0.1'}:${new URL(site.origin).port}`;
    site.#inside = inside;
    site.#flags = ['--data-dir', data ?? site.dataFolder, '--listen', listen, ...flags];
    // Others on this machine may have the usual port for TURN. A flag comes before the environment.
    site.#environment = address ? process.env : { BAYLANYS_TURN: '127.0.0.1:0', ...process.env };
    await site.startAgain();
    return site;
  }

  /** `https://ADDRESS:PORT` for others in this network, with `--tls lan`; once the server has said it. */
  get secureOrigin() {
    return this.output.match(/^Baylanys: (https:\/\/\S+)$/m)?.[1];
  }

  /** The authority of `--tls lan`, a file. */
  get authority() {
    return join(this.dataFolder, 'lan', 'authority.pem');
  }

  /** The id of its process. */
  get pid() {
    return this.#child.pid;
  }

  /** Stops the server as an operator would (SIGTERM) and waits for its end. Gives the exit code. */
  async stop() {
    if (!this.#child) return 0;
    const child = this.#child;
    this.#child = undefined;
    if (child.exitCode !== null) return child.exitCode;
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    return code;
  }

  /** The server ends without a word, as when its process is killed or the power goes. */
  async kill() {
    const child = this.#child;
    this.#child = undefined;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Starts it (again) at its address. */
  async startAgain() {
    const [program, ...rest] = [...this.#inside, this.#program, ...this.#flags];
    const child = spawn(program, rest, { cwd: this.#folder, env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    await new Promise((ready, failed) => {
      let said = '';
      const read = (chunk) => {
        this.output += chunk;
        said += chunk;
        // The address to open is printed once it listens.
        if (/^Baylanys: https?:/m.test(said)) ready();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('error', failed);
      child.once('exit', (code) => failed(new Error(`The server ended with ${code}:\n${said}`)));
    });
  }
}

/** A port that nobody listens on at this address. */
export async function freePort(address = '127.0.0.1') {
  const listener = createServer().listen(0, address);
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}
