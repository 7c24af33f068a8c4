// From the click that accepts a call to the first picture of the other, at the slower of the two ends; beside PeerJS, from `call()`.
import { Site } from '../../support/server.js';
import { arriveBoth, meet, noted, Pair } from '../browsers.js';
import { Far } from '../far.js';
import { PeerSite } from '../peer.js';
import { alternate } from '../rounds.js';

const SIZES = {
  'first-frame-720': { width: 1280, height: 720, bar: 0.6, aim: 0.35 },
  'first-frame-480': { width: 640, height: 480, bar: 1, aim: 0.7 },
};

const near = Object.entries(SIZES).map(([name, { bar, aim, ...size }]) => ({
  name,
  measure: async ({ rounds, site, peer }) => ({
    what: `accept → first visible remote frame, ${size.width}×${size.height}`,
    bar,
    aim,
    ...(await compare({ rounds, size, site, peer })),
  }),
}));

/** The same over a path of 100 ms round trip between any two. */
const far = {
  name: 'first-frame-far',
  networks: true,
  async measure({ rounds }) {
    const net = await Far.start();
    try {
      const place = { inside: net.inside('server'), address: net.server };
      const [site, peer] = await Promise.all([Site.start([], place), PeerSite.start(place)]);
      try {
        const where = { programs: net.programs, trusted: [site.origin, peer.origin] };
        const figures = await compare({ rounds, size: { width: 1280, height: 720 }, site, peer, where });
        return { what: 'the same over 100 ms, 1280×720', bar: 0.5, aim: 0.3, ...figures };
      } finally {
        await Promise.all([site.stop(), peer.stop()]);
      }
    } finally {
      await net.close();
    }
  },
};

export const rows = [...near, far];

async function compare({ rounds, size, site, peer, where }) {
  const pair = await Pair.start(size, where);
  try {
    const runs = { ours: () => pair.fresh((contexts) => ours(contexts, site)), peer: () => pair.fresh((contexts) => theirs(contexts, peer)) };
    const { ours: answers, peer: calls } = await alternate(rounds, runs);
    const of = (runs, what) => runs.map((run) => run[what]);
    return {
      unit: 'ms',
      ours: of(answers, 'took'),
      peer: of(calls, 'took'),
      notes: { 'ours: from the ring to dark frames at both ends, ms': of(answers, 'warm'), 'ours, ends': of(answers, 'ends'), 'peer, ends': of(calls, 'ends') },
    };
  } finally {
    await pair.close();
  }
}

async function ours(contexts, site) {
  const [red, blue] = await arriveBoth(contexts, site.origin);
  await meet([red, blue]);
  await red.ring();
  const rang = await red.page.evaluate(() => window.bench.begun);
  await blue.isRung(red.name);
  // A person takes longer to answer than this.
  const dark = await Promise.all([red, blue].map(({ page }) => noted(page, 'dark')));
  await blue.accept();
  return { ...(await span(blue.page, [red.page, blue.page])), warm: Math.max(...dark) - rang };
}

async function theirs(contexts, peer) {
  const [caller, callee] = await Promise.all(contexts.map((context) => peer.arrive(context, { devices: true })));
  await caller.page.evaluate((id) => window.call(id), callee.id);
  return span(caller.page, [caller.page, callee.page]);
}

/** From what began at `page` to the first light frame at the slower end. */
async function span(page, ends) {
  const light = await Promise.all(ends.map((end) => noted(end, 'light')));
  const begun = await page.evaluate(() => window.bench.begun);
  return { took: Math.max(...light) - begun, ends: light.map((at) => at - begun) };
}
