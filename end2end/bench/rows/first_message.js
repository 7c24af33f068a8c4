// From the click that sends the friend's code to the joiner's first message standing at the other end; beside PeerJS, from
// `connect()`. Names were given in an earlier visit; the joiner's page says its message by itself, as soon as it can.
import { arriveBoth, meet, noted, Pair } from '../browsers.js';
import { sayOnArrival } from '../eyes.js';
import { alternate } from '../rounds.js';

export const rows = [
  {
    name: 'first-message',
    async measure({ rounds, site, peer }) {
      const pair = await Pair.start({ width: 640, height: 480 });
      try {
        return await pair.fresh(async (contexts) => {
          // The visit in which the names are given.
          const people = await arriveBoth(contexts, site.origin);
          await meet(people);
          await Promise.all(people.map(({ page }) => page.close()));
          const runs = { ours: () => ours(contexts, site), peer: () => theirs(contexts, peer) };
          const took = await alternate(rounds, runs);
          return { what: 'code submitted → the joiner’s message stands at the other end', unit: 'ms', ...took, bar: 1, aim: 0.7 };
        });
      } finally {
        await pair.close();
      }
    },
  },
];

const TEXT = 'Сәлем!';

async function ours(contexts, site) {
  const [red, blue] = await arriveBoth(contexts, site.origin);
  await red.page.evaluate((text) => (window.bench.awaited = text), TEXT);
  await blue.page.evaluate(sayOnArrival, TEXT);
  await blue.openConnect();
  await blue.codeField.fill(await red.code());
  await blue.submit();
  return span(blue, red);
}

async function theirs(contexts, peer) {
  const [host, joiner] = await Promise.all(contexts.map((context) => peer.arrive(context, { devices: true })));
  await host.page.evaluate((text) => (window.bench.awaited = text), TEXT);
  await joiner.page.evaluate(([id, text]) => window.say(id, text), [host.id, TEXT]);
  return span(joiner, host);
}

async function span(joiner, host) {
  const read = await noted(host.page, 'read');
  const begun = await joiner.page.evaluate(() => window.bench.begun);
  await Promise.all([joiner.page.close(), host.page.close()]);
  return read - begun;
}
