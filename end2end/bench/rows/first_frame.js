// From the click that accepts a call to the first picture of the other, at the slower of the two ends; beside PeerJS, from `call()`.
import { arriveBoth, meet, noted, Pair } from '../browsers.js';
import { alternate } from '../rounds.js';

const SIZES = {
  'first-frame-720': { width: 1280, height: 720, bar: 0.6, aim: 0.35 },
  'first-frame-480': { width: 640, height: 480, bar: 1, aim: 0.7 },
};

export const rows = Object.entries(SIZES).map(([name, { bar, aim, ...size }]) => ({
  name,
  async measure({ rounds, site, peer }) {
    const pair = await Pair.start(size);
    try {
      const runs = { ours: () => pair.fresh((contexts) => ours(contexts, site)), peer: () => pair.fresh((contexts) => theirs(contexts, peer)) };
      const { ours: answers, peer: calls } = await alternate(rounds, runs);
      const of = (runs, what) => runs.map((run) => run[what]);
      return {
        what: `accept → first visible remote frame, ${size.width}×${size.height}`,
        unit: 'ms',
        ours: of(answers, 'took'),
        peer: of(calls, 'took'),
        bar,
        aim,
        notes: { 'ours: from the ring to dark frames at both ends, ms': of(answers, 'warm'), 'ours, ends': of(answers, 'ends'), 'peer, ends': of(calls, 'ends') },
      };
    } finally {
      await pair.close();
    }
  },
}));

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
