// Two homes behind routers that translate addresses, and the server out on the internet: all of it network namespaces of this
// machine, wired together and apart from its own network. For root; nothing of it is left afterwards.
//
// On the internet there is IPv6 too: 2001:db8:: and the last number of the IPv4 address.
//
//   red's home 192.168.1.2 - router 203.0.113.20 -+
//                                                 +- internet - server 203.0.113.10, or its router, and behind that 192.168.3.2
//   blue's home 192.168.2.2 - router 203.0.113.30 +
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHROMIUM } from './browsers.js';

const has = (program) => spawnSync('which', [program]).status === 0;

/** Whether there can be any: root makes them, with these tools. */
export const NETWORKS = process.getuid?.() === 0 && has('ip') && has('iptables') && existsSync('/proc/self/ns/net');

export const SERVER = '203.0.113.10';
/** The IPv6 address beside an address on the internet. */
export const sixOf = (address) => `2001:db8::${address.split('.').at(-1)}`;
/** The ports that the router of a server at home hands on to it. */
const FORWARDED = [
  ['tcp', 3000],
  ['tcp', 3478],
  ['udp', 3478],
];
const HOMES = { red: { lan: '192.168.1', router: '203.0.113.20' }, blue: { lan: '192.168.2', router: '203.0.113.30' }, server: { lan: '192.168.3', router: SERVER } };

/**
 * What a router does with UDP from the home, `to` the address of the one machine there.
 * `open` (full cone): one outer port for an inner one, whoever sends to it gets in. `symmetric`: another outer port for each
 * other end, and only that end gets in. `forwarding`: the same, but a server's ports lead to it. `closed`: no UDP at all.
 */
const ROUTERS = {
  open: ({ router, lan }) => [
    `-t nat -A POSTROUTING -o out -j SNAT --to-source ${router}`,
    `-t nat -A PREROUTING -i out -p udp -j DNAT --to-destination ${lan}.2`,
  ],
  symmetric: () => [
    '-t nat -A POSTROUTING -o out -j MASQUERADE --random-fully',
    '-A FORWARD -i out -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    '-A FORWARD -i out -j DROP',
  ],
  forwarding: ({ lan }) => [
    '-t nat -A POSTROUTING -o out -j MASQUERADE --random-fully',
    ...FORWARDED.map(([kind, port]) => `-t nat -A PREROUTING -i out -p ${kind} --dport ${port} -j DNAT --to-destination ${lan}.2`),
  ],
  closed: () => ['-t nat -A POSTROUTING -o out -j MASQUERADE', '-A FORWARD -p udp -j DROP'],
};

/** How a program is started in a namespace. */
export const within = (namespace) => ['ip', 'netns', 'exec', namespace];

/** A program, kept in this folder, that is Chromium in a namespace. */
export function chromiumWithin(namespace, folder) {
  const path = join(folder, `chromium-${namespace}`);
  writeFileSync(path, `#!/bin/sh\nexec ${within(namespace).join(' ')} ${CHROMIUM} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What a run that was killed has left. */
function clearUp() {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).match(/^baylanys-\d+-\S+/gm) ?? [];
  const left = names.filter((name) => !existsSync(`/proc/${name.split('-')[1]}`));
  for (const name of left) execFileSync('ip', ['netns', 'delete', name]);
}

export class Networks {
  #prefix = `baylanys-${process.pid}`;
  #folder = mkdtempSync(join(tmpdir(), 'baylanys-networks-'));
  #made = [];

  /** `serverAtHome`: the server too is behind a router. */
  constructor({ serverAtHome = false } = {}) {
    this.serverAddress = serverAtHome ? `${HOMES.server.lan}.2` : SERVER;
    clearUp();
    const internet = this.#make('internet');
    this.#ip(internet, 'link add bridge type bridge');
    this.#ip(internet, 'link set bridge up');
    if (!serverAtHome) this.#plug(this.#make('server'), 'out', SERVER);
    for (const [home, { lan, router }] of Object.entries(HOMES)) {
      if (home === 'server' && !serverAtHome) continue;
      const [inside, outside] = [this.#make(home), this.#make(`${home}-router`)];
      this.#plug(outside, 'out', router);
      this.#ip(inside, `link add home type veth peer name in netns ${outside}`);
      this.#up(inside, 'home', `${lan}.2`);
      this.#up(outside, 'in', `${lan}.1`);
      this.#ip(inside, `route add default via ${lan}.1`);
      this.in(`${home}-router`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    }
    if (serverAtHome) this.route('server', 'forwarding');
  }

  #name(part) {
    return `${this.#prefix}-${part}`;
  }

  #make(part) {
    const name = this.#name(part);
    execFileSync('ip', ['netns', 'add', name]);
    this.#made.push(name);
    this.#ip(name, 'link set lo up');
    return name;
  }

  #ip(namespace, command) {
    execFileSync('ip', ['-n', namespace, ...command.split(' ')]);
  }

  #up(namespace, link, address) {
    this.#ip(namespace, `address add ${address}/24 dev ${link}`);
    this.#ip(namespace, `link set ${link} up`);
  }

  /** A cable from a namespace to the internet. */
  #plug(namespace, link, address) {
    const [internet, socket] = [this.#name('internet'), `port${this.#made.length}`];
    this.#ip(namespace, `link add ${link} type veth peer name ${socket} netns ${internet}`);
    this.#ip(internet, `link set ${socket} master bridge up`);
    this.#up(namespace, link, address);
    // At once, without a look whether another has it.
    this.#ip(namespace, `address add ${sixOf(address)}/64 dev ${link} nodad`);
  }

  /** How a program is started in one of them: `server`, `red`, `blue`, or a router (`red-router`). */
  inside(part) {
    return within(this.#name(part));
  }

  /** Runs a program there to its end. Gives what it says. */
  in(part, ...command) {
    const [program, ...rest] = [...this.inside(part), ...command];
    return execFileSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Makes a home's router one of the kinds of `ROUTERS`. */
  route(home, kind) {
    for (const table of ['nat', 'filter']) this.in(`${home}-router`, 'iptables', '-t', table, '-F');
    for (const rule of ROUTERS[kind](HOMES[home])) this.in(`${home}-router`, 'iptables', ...rule.split(' '));
  }

  /** Nothing goes straight from one home to another any more; both reach everybody else. */
  part(one, other) {
    for (const direction of ['-s', '-d']) this.in(`${one}-router`, 'iptables', '-I', 'FORWARD', direction, HOMES[other].router, '-j', 'DROP');
  }

  /** Pulls a home's cable: its machine sees that, and has no address to send from. */
  unplug(home) {
    this.#ip(this.#name(home), 'link set home down');
  }

  plugIn(home) {
    this.#ip(this.#name(home), 'link set home up');
    this.#ip(this.#name(home), `route add default via ${HOMES[home].lan}.1`);
  }

  /** A home's machine gets another address, 192.168.x.`number`, and loses the one it had, as on the way from one network to another. */
  readdress(home, number) {
    const { lan } = HOMES[home];
    this.#ip(this.#name(home), 'address flush dev home scope global');
    this.#ip(this.#name(home), `address add ${lan}.${number}/24 dev home`);
    this.#ip(this.#name(home), `route add default via ${lan}.1`);
  }

  /** A program that is Chromium in a home. */
  chromium(home) {
    return chromiumWithin(this.#name(home), this.#folder);
  }

  close() {
    for (const name of this.#made) execFileSync('ip', ['netns', 'delete', name]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
