// A TURN server of its own for a story: coturn, on a free port of an address of this machine that is not loopback, where there is
// one (browsers gather no relayed candidates over loopback).
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './server.js';

const PROGRAM = '/usr/bin/turnserver';

/** Whether there is one. */
export const RELAY = existsSync(PROGRAM);

/** An address of this machine that is not loopback, where there is one. */
export function addressOfMachine() {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

export class Relay {
  #child;
  #folder;

  static async start() {
    const relay = new Relay();
    relay.address = addressOfMachine();
    relay.port = await freePort(relay.address);
    relay.#folder = await mkdtemp(join(tmpdir(), 'baylanys-relay-'));
    relay.#child = spawn(PROGRAM, [
      ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--lt-cred-mech', '--realm=baylanys', '--user=story:secret'],
      ...[`--listening-ip=${relay.address}`, `--relay-ip=${relay.address}`, `--listening-port=${relay.port}`],
      ...['--min-port=50000', '--max-port=59999', '--log-file=stdout', '--simple-log'],
      ...[`--userdb=${join(relay.#folder, 'users')}`, `--pidfile=${join(relay.#folder, 'pid')}`],
    ]);
    let said = '';
    for (const stream of [relay.#child.stdout, relay.#child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (said += chunk));
    const ended = once(relay.#child, 'exit').then(([code]) => Promise.reject(new Error(`The TURN server ended with ${code}:\n${said}`)));
    await Promise.race([relay.#answers(), ended]);
    ended.catch(() => {});
    return relay;
  }

  /** Asks it who is asking (a STUN binding request, RFC 8489 §5) until it answers. */
  async #answers() {
    const socket = createSocket('udp4');
    const question = Buffer.from('000100002112a442' + '00'.repeat(12), 'hex');
    const ask = () => socket.send(question, this.port, this.address);
    const asking = setInterval(ask, 100);
    await once(socket, 'message');
    clearInterval(asking);
    socket.close();
  }

  /** For the server, which then names it for STUN and, either way, for TURN. `udp`: where TURN over UDP is said to be. */
  flags({ udp = this.port } = {}) {
    const addresses = [`stun:${this.address}:${this.port}`];
    for (const [kind, port] of [['udp', udp], ['tcp', this.port]]) addresses.push(`turn:${this.address}:${port}?transport=${kind},story,secret`);
    return addresses.flatMap((address) => ['--ice-server', address]);
  }

  /** For `--ice-server`. */
  get option() {
    return `turn:${this.address}:${this.port},story,secret`;
  }

  async stop() {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
