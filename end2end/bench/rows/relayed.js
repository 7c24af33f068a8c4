// What it costs the server to relay: CPU time for a gigabit that goes through it to a machine on the internet and back, beside
// coturn's server. The load is coturn's client and its echo: 1,000 bytes a packet, over channels, a packet a millisecond from
// each client. Both carry that whole; under more, what gets lost costs time too, and the figure is one of chance.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { Networks, SERVER } from '../../support/networks.js';
import { Site } from '../../support/server.js';
import { alternate } from '../rounds.js';

const THERE = '203.0.113.30';
const CLIENTS = 10;
const MESSAGES = 10_000;
const BYTES = 1_000;
/** Linux counts CPU time in these, whatever the kernel's own tick (`sysconf(_SC_CLK_TCK)`). */
const TICKS_PER_SECOND = 100;

const run = promisify(execFile);

export const rows = ['UDP', 'TCP'].map((protocol) => ({
  name: `relayed-${protocol.toLowerCase()}`,
  networks: true,
  async measure({ rounds }) {
    const networks = new Networks();
    const echo = start(networks, 'blue-router', 'turnutils_peer', ['-p', '3480', '-L', THERE]);
    try {
      const load = (server) => relay(networks, server, protocol === 'TCP' ? ['-t'] : []);
      const { ours, peer } = await alternate(Math.min(rounds, 5), { ours: () => load(startOurs), peer: () => load(startCoturn) });
      const of = (runs, what) => runs.map((it) => it[what]);
      return {
        what: `CPU time to relay a gigabit, clients by ${protocol}`,
        unit: 'ms',
        ours: of(ours, 'cost'),
        peer: of(peer, 'cost'),
        // 0.7 and 1.3 times as much for the same time.
        bar: 1 / 0.7,
        aim: 1 / 1.3,
        notes: { 'ours, Mbit for a CPU second': of(ours, 'rate'), 'coturn, Mbit for a CPU second': of(peer, 'rate'), 'ours, lost %': of(ours, 'lost'), 'coturn, lost %': of(peer, 'lost') },
      };
    } finally {
      await end(echo);
      networks.close();
    }
  },
}));

function start(networks, part, program, flags) {
  const [first, ...rest] = [...networks.inside(part), program, ...flags];
  return spawn(first, rest, { stdio: 'ignore' });
}

async function end(child) {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

async function startOurs(networks) {
  const site = await Site.start(['--turn-allocations', '1000', '--turn-rate', '60000'], { inside: networks.inside('server'), address: SERVER });
  const ask = (name, form) => JSON.parse(networks.in('server', 'curl', '-sS', '-H', 'accept: application/json', '-d', form, `${site.origin}/api/${name}`));
  const { servers } = ask('ice_servers', `token=${ask('create_room', '').token}`);
  const { username, credential } = servers.find((server) => server.credential);
  return { pid: site.pid, username, credential, stop: () => site.stop() };
}

async function startCoturn(networks) {
  const flags = ['-n', '--no-cli', '--no-tls', '--no-dtls', '--lt-cred-mech', '--realm=baylanys', '--user=bench:secret', `--listening-ip=${SERVER}`, `--relay-ip=${SERVER}`];
  const child = start(networks, 'server', 'turnserver', [...flags, '--log-file=/dev/null', '--userdb=/dev/null', '--pidfile=/dev/null']);
  await listening(networks);
  return { pid: child.pid, username: 'bench', credential: 'secret', stop: () => end(child) };
}

async function listening(networks) {
  while (networks.in('server', 'ss', '-Hlun', 'sport = 3478') === '');
}

async function relay(networks, startServer, flags) {
  const server = await startServer(networks);
  try {
    const before = cpu(server.pid);
    const [program, ...rest] = [...networks.inside('red-router'), 'turnutils_uclient'];
    const load = ['-c', '-m', CLIENTS, '-n', MESSAGES, '-l', BYTES, '-z', 1, '-e', THERE, '-u', server.username, '-w', server.credential];
    const { stdout } = await run(program, [...rest, ...flags, ...load.map(String), SERVER], { timeout: 300_000, maxBuffer: 1 << 28 });
    const received = Number(stdout.match(/tot_recv_msgs=(\d+)/g).at(-1).split('=')[1]);
    const gigabits = (received * BYTES * 8) / 1e9;
    const seconds = cpu(server.pid) - before;
    return { cost: (seconds * 1_000) / gigabits, rate: (gigabits * 1_000) / seconds, lost: 100 - (100 * received) / (CLIENTS * MESSAGES) };
  } finally {
    await server.stop();
  }
}

/** The CPU time of a process so far, in seconds. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
