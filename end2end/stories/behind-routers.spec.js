// Two people, each at home behind a router that translates addresses, and the server as it is started without any flag for
// TURN. Whatever the routers let through, the two see each other; and they take the straightest way there is.
import { Browsers } from '../support/browsers.js';
import { NETWORKS, Networks, SERVER } from '../support/networks.js';
import { Site } from '../support/server.js';
import { expect, test } from '../support/story.js';
import { way } from '../support/witness.js';

const story = test.extend({
  networks: [
    async ({}, use) => {
      const networks = new Networks();
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
    const site = await Site.start(serverFlags, { inside: networks.inside('server'), address: SERVER });
    await use(site);
    expect(await site.stop(), `the server ends well\n${site.output}`).toBe(0);
  },
});

const DIRECT = /^(host|srflx|prflx)$/;
const RELAY = /^relay$/;
const ANY = /./;

/** The routers of red and blue; red's own and the other's kind of candidate; by what each reaches its own relay, if it must. */
const ROWS = [
  { routers: ['open', 'open'], kinds: [DIRECT, DIRECT] },
  { routers: ['open', 'symmetric'], kinds: [DIRECT, DIRECT] },
  { routers: ['symmetric', 'symmetric'], relayed: true },
  { routers: ['closed', 'open'], kinds: [RELAY, ANY], by: ['tcp'] },
  { routers: ['symmetric', 'closed'], kinds: [ANY, RELAY], by: [undefined, 'tcp'] },
  { routers: ['closed', 'closed'], kinds: [RELAY, RELAY], by: ['tcp', 'tcp'] },
];

story.skip(!NETWORKS, 'not root, or ip and iptables are missing');

for (const { routers, kinds, relayed, by = [] } of ROWS) {
  story(`${routers.join(' and ')}: they see each other`, async ({ networks, people }) => {
    ['red', 'blue'].forEach((home, number) => networks.route(home, routers[number]));
    const both = await people.inCall();
    const [red, blue] = both;
    await Promise.all([red.sees(blue), blue.sees(red)]);
    const ways = await Promise.all(both.map((person) => person.page.evaluate(way)));
    console.log(`    ${routers.join(' and ')}: ${ways.map((it) => `${it.kinds.join('-')}${it.relayedBy ? ` by ${it.relayedBy}` : ''}`).join(', ')}`);
    if (relayed) for (const way of ways) expect(way.kinds).toContain('relay');
    if (kinds) expect(ways[0].kinds).toEqual(kinds.map((kind) => expect.stringMatching(kind)));
    by.forEach((protocol, number) => protocol && expect(ways[number].relayedBy).toBe(protocol));
  });
}
