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

  /** Starts a server with these flags and waits until it listens. */
  static async start(flags = []) {
    if (!existsSync(PROGRAM)) throw new Error('There is no release server. Build it: make build');
    const site = new Site();
    site.#flags = ['--data-dir', site.dataFolder, ...flags];
    site.origin = `http://localhost:${await freePort()}`;
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

  /** Starts it (again) at its address. */
  async startAgain() {
    const { port } = new URL(this.origin);
    const child = spawn(PROGRAM, ['--listen', `127.0.0.1:${port}`, ...this.#flags], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
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
