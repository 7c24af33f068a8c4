// The stories of two people at home, each behind a router: who they are, and how one is told.
import { Browsers } from './browsers.js';
import { NETWORKS, Networks, SERVER } from './networks.js';
import { Site } from './server.js';
import { expect, test } from './story.js';
import { way } from './witness.js';

/** `serverAtHome` (of a whole file): the server is behind a router too. */
export const story = test.extend({
  serverAtHome: [false, { option: true, scope: 'worker' }],

  networks: [
    async ({ serverAtHome }, use) => {
      const networks = new Networks({ serverAtHome });
      await use(networks);
      networks.close();
    },
    { scope: 'worker' },
  ],

  browsers: [
    async ({ networks }, use) => {
      const browsers = new Browsers({
        programs: { red: networks.chromium('red'), blue: networks.chromium('blue') },
        // What https would do.
        flags: [`--unsafely-treat-insecure-origin-as-secure=http://${SERVER}:3000`],
      });
      await use(browsers);
      await browsers.close();
    },
    { scope: 'worker' },
  ],

  site: async ({ networks, serverFlags }, use) => {
    const site = await Site.start(serverFlags, {
      inside: networks.inside('server'),
      address: networks.serverAddress,
      host: SERVER,
    });
    await use(site);
    expect(await site.stop(), `the server ends well\n${site.output}`).toBe(0);
  },
});

export const DIRECT = /^(host|srflx|prflx)$/;
export const RELAY = /^relay$/;
export const ANY = /./;

/** The way a person's connection takes, once it has settled on one. */
export async function wayOf(person) {
  let found;
  await expect.poll(async () => (found = await person.page.evaluate(way)).kinds.length, { message: `the way ${person.name} takes` }).toBe(2);
  return found;
}

/**
 * Told with these routers of red and blue. `kinds`: red's own and the other's kind of candidate; `relayed`: somebody's relay is in
 * between; `by`: by what protocol each reaches the own relay.
 */
export function tell({ routers, kinds, relayed, by = [] }) {
  story.skip(!NETWORKS && !process.env.CI, 'not root, or ip and iptables are missing');
  story(`${routers.join(' and ')}: they see each other`, async ({ networks, people }) => {
    ['red', 'blue'].forEach((home, number) => networks.route(home, routers[number]));
    const both = await people.inCall();
    const [red, blue] = both;
    await Promise.all([red.sees(blue), blue.sees(red)]);
    const ways = await Promise.all(both.map(wayOf));
    console.log(`    ${routers.join(' and ')}: ${ways.map((it) => `${it.kinds.join('-')}${it.relayedBy ? ` by ${it.relayedBy}` : ''}`).join(', ')}`);
    if (relayed) for (const way of ways) expect(way.kinds).toContain('relay');
    if (kinds) expect(ways[0].kinds).toEqual(kinds.map((kind) => expect.stringMatching(kind)));
    by.forEach((protocol, number) => protocol && expect(ways[number].relayedBy).toBe(protocol));
  });
}
