// The built-in TURN server as another TURN client meets it: coturn's. What it gives, and above all what it refuses: it must
// not be a way into this machine or the network it stands in.
import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

import { NETWORKS, Networks, SERVER, sixOf } from '../support/networks.js';
import { Site } from '../support/server.js';
import { expect, test as base } from '@playwright/test';

const CLIENT = '/usr/bin/turnutils_uclient';
const PEER = '/usr/bin/turnutils_peer';
const SECRET = 'a secret that only this story knows of';
/** A machine on the internet, where a peer answers. */
const THERE = '203.0.113.30';

const run = promisify(execFile);

const test = base.extend({
  flags: [[], { option: true }],

  networks: [
    async ({}, use) => {
      const networks = new Networks();
      await use(networks);
      networks.close();
    },
    { scope: 'worker' },
  ],

  site: async ({ networks, flags }, use) => {
    const site = await Site.start(['--secret', SECRET, ...flags], { inside: networks.inside('server'), address: SERVER });
    await use(site);
    expect(await site.stop(), `the server ends well\n${site.output}`).toBe(0);
  },

  /** What a page is told, asked for within the server's network. */
  told: async ({ networks, site }, use) => {
    const ask = (name, form) =>
      JSON.parse(networks.in('server', 'curl', '-sS', '-H', 'accept: application/json', '-d', form, `${site.origin}/api/${name}`));
    const { servers } = ask('ice_servers', `token=${ask('create_room', '').token}`);
    await use(servers.find(({ credential }) => credential));
  },

  /** Runs the client with these flags to its end. Gives what it says. */
  client: async ({ networks, told }, use) => {
    await use(async (flags, { username, credential, server = SERVER } = {}) => {
      const [program, ...rest] = [...networks.inside('red-router'), CLIENT];
      const who = ['-u', username ?? told.username, '-w', credential ?? told.credential];
      const ended = await run(program, [...rest, ...flags, ...who, '-n', '5', server], { timeout: 60_000 }).catch((error) => error);
      return `${ended.stdout}${ended.stderr}`;
    });
  },
});

/** The password of a username, as TURN REST has it, with the key that the server derives of its secret. */
function password(username) {
  const key = createHmac('sha256', SECRET).update('baylanys turn credentials').digest();
  return createHmac('sha1', key).update(username).digest('base64');
}

const ALL_ARRIVED = /Total lost packets 0 /;

test.skip((!NETWORKS || !existsSync(CLIENT)) && !process.env.CI, 'not root, or coturn, ip or iptables are missing');

test('two of its clients reach each other, by channels and without, over UDP and TCP, IPv4 and IPv6', async ({ client }) => {
  const server = sixOf(SERVER);
  expect(await client(['-y', '-c'])).toMatch(ALL_ARRIVED);
  expect(await client(['-y', '-c', '-s'])).toMatch(ALL_ARRIVED);
  expect(await client(['-y', '-c', '-t'])).toMatch(ALL_ARRIVED);
  expect(await client(['-y', '-c', '-x'])).toMatch(ALL_ARRIVED);
  expect(await client(['-y', '-c', '-x'], { server })).toMatch(ALL_ARRIVED);
  expect(await client(['-y', '-c', '-t', '-x'], { server })).toMatch(ALL_ARRIVED);
});

test('a peer on the internet that does not know of it answers', async ({ networks, client }) => {
  // Neighbours, so the client has to come by the same family.
  for (const [address, family, server] of [[THERE, [], SERVER], [sixOf(THERE), ['-x'], sixOf(SERVER)]]) {
    const [program, ...rest] = [...networks.inside('blue-router'), PEER, '-p', '3480', '-L', address];
    const peer = spawn(program, rest, { stdio: 'ignore' });
    try {
      await expect.poll(() => networks.in('blue-router', 'ss', '-Hlun', 'sport = 3480')).not.toBe('');
      expect(await client(['-c', '-e', address, ...family], { server })).toMatch(ALL_ARRIVED);
      expect(await client(['-c', '-t', '-e', address, ...family], { server })).toMatch(ALL_ARRIVED);
    } finally {
      peer.kill();
    }
  }
});

const REFUSED = [
  ...['127.0.0.1', '0.0.0.0', '169.254.169.254', '169.254.1.1', '224.0.0.1', '255.255.255.255', '10.0.0.1', '172.16.0.1'],
  ...['192.168.1.2', '100.64.0.1', '192.0.0.192', SERVER],
];
const REFUSED_SIX = [
  ...['::1', '::', 'fe80::1', 'ff02::1', 'fd00:ec2::254', 'fd12::1', sixOf(SERVER), '::ffff:127.0.0.1', '::ffff:169.254.169.254'],
  ...['::ffff:192.168.1.2', `::ffff:${SERVER}`, '64:ff9b::7f00:1', '2002:7f00:1::1'],
];

test.describe('by whomever it is asked', () => {
  // The client does not give its allocations back when it is refused.
  test.use({ flags: ['--turn-allocations', '1000'] });

  test('this machine, its network and what nobody may reach are refused as peers', async ({ client }) => {
    for (const peer of REFUSED) {
      expect(await client(['-c', '-e', peer]), peer).toContain('error 403');
      expect(await client(['-c', '-s', '-t', '-e', peer]), peer).toContain('error 403');
    }
    for (const peer of REFUSED_SIX) expect(await client(['-c', '-x', '-e', peer]), peer).toContain('error 403');
  });
});

test('a wrong password and an ended credential get nothing', async ({ client, told }) => {
  expect(password(told.username), 'TURN REST').toBe(told.credential);
  expect(await client(['-y', '-c'], { credential: 'guessed' })).toContain('Cannot complete Allocation');
  const username = told.username.replace(/^\d+/, Math.floor(Date.now() / 1000) - 1);
  expect(await client(['-y', '-c'], { username, credential: password(username) })).toContain('Cannot complete Allocation');
  expect(await client(['-y', '-c', '-t'], { username: `9${told.username}` })).toContain('Cannot complete Allocation');
  expect(await client(['-y', '-c'])).toMatch(ALL_ARRIVED);
});

test.describe('with a small quota', () => {
  test.use({ flags: ['--turn-allocations', '2'] });

  test('a participant has no more allocations than that', async ({ client }) => {
    expect(await client(['-y', '-c', '-m', '4'])).toContain('error 486');
  });
});
