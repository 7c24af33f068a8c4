// Two people in a call that goes straight from home to home; the way is cut at a router, or one of them gets another address, and
// nobody does anything. How long the other's picture stands still, at the slower end.
import { Networks, SERVER } from '../../support/networks.js';
import { Site } from '../../support/server.js';
import { installWitness, longestStill, watchFrames, way } from '../../support/witness.js';
import { arriveBoth, meet, Pair } from '../browsers.js';
import { startCall } from '../call.js';

const HOMES = ['red', 'blue'];
/** So many frames make a call that has settled. In its first seconds browsers do not know yet when a frame is due: what comes after a
    gap then waits in them for up to two seconds more. */
const SETTLED = 300;
/** A picture that stands still for so long does so because of it. */
const BROKEN_MS = 1_000;

/** What happens to the way, and whether the new one is known by its kinds. */
const BREAKS = {
  'cut-path': { what: 'path cut → moving picture', happen: (networks) => networks.part(...HOMES), relayed: true },
  'new-address': { what: 'another address → moving picture', happen: (networks, round) => networks.readdress(HOMES[round % 2], 3) },
};

export const rows = Object.entries(BREAKS).map(([name, { what, happen, relayed }]) => ({
  name,
  networks: true,
  async measure({ rounds }) {
    const networks = new Networks();
    try {
      const site = await Site.start([], { inside: networks.inside('server'), address: networks.serverAddress, host: SERVER });
      const pair = await Pair.start({ width: 1280, height: 720 }, { programs: HOMES.map((home) => networks.chromium(home)), trusted: [site.origin] });
      try {
        const ends = [];
        for (let round = 0; round < rounds; round += 1) {
          for (const home of HOMES) {
            networks.route(home, 'open');
            networks.readdress(home, 2);
          }
          ends.push(await pair.fresh((contexts) => broken(contexts, site, () => happen(networks, round), relayed), installWitness));
          process.stderr.write('.');
        }
        process.stderr.write('\n');
        return { what, unit: 'ms', ours: ends.map((both) => Math.max(...both)), bar: 5_000, notes: { ends } };
      } finally {
        await pair.close();
        await site.stop();
      }
    } finally {
      networks.close();
    }
  },
}));

async function broken(contexts, site, happen, relayed) {
  const people = await arriveBoth(contexts, site.origin);
  await meet(people);
  await startCall(people);
  await taken(people, (kinds) => kinds.length === 2 && !kinds.includes('relay'));
  await Promise.all(people.map(({ page }) => page.evaluate(watchFrames)));
  await Promise.all(people.map(({ page }) => page.waitForFunction((settled) => window.stillness.frames > settled, SETTLED)));
  happen();
  if (relayed) await taken(people, (kinds) => kinds.includes('relay'));
  else await Promise.all(people.map(({ page }) => page.waitForFunction((still) => performance.now() - window.stillness.last > still, BROKEN_MS)));
  const before = await Promise.all(people.map(({ page }) => page.evaluate(() => window.stillness.frames)));
  await Promise.all(people.map(({ page }, at) => page.waitForFunction((frames) => window.stillness.frames > frames + 20, before[at])));
  return Promise.all(people.map(({ page }) => page.evaluate(longestStill)));
}

/** Waits until both take such a way. */
async function taken(people, fits) {
  for (const { page } of people) {
    let kinds;
    do ({ kinds } = await page.evaluate(way));
    while (!fits(kinds));
  }
}
