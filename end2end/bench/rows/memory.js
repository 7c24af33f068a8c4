// What a call keeps taking: the page's and the server's memory over `minutes` of a call with chat, after the chat has grown as
// long as both keep it. Growth per hour is the slope of the straight line nearest to the samples.
import { setTimeout as pass } from 'node:timers/promises';

import { Pair } from '../browsers.js';
import { chatOn, fillChat, inCall, noteWork } from '../call.js';
import { slope } from '../rounds.js';
import { Scales } from '../scales.js';

/** The page keeps 2,000 lines, the room 500 messages or 256 KiB. */
const LINES = 2_080;
const BYTES = 600;
const MINUTE_MS = 60_000;
const SAMPLES = 4;

export const rows = [
  {
    name: 'memory',
    async measure({ site, minutes }) {
      const pair = await Pair.start({ width: 640, height: 480 });
      try {
        return await pair.fresh(async (contexts) => {
          const people = await inCall(contexts, site.origin);
          await fillChat(people, LINES / 2, BYTES);
          await chatOn(people);
          const scales = await Scales.of(contexts[0], people[0].page, site.pid);
          // What the filling left behind is not the call's.
          await pass(MINUTE_MS / 2);
          await people[0].page.evaluate(() => window.work.forget());
          const { samples, tasks } = await watch(scales, people[0].page, minutes * MINUTE_MS);
          return [...told(samples, minutes), { what: 'long tasks in that call, its chat full (longest, ms)', unit: 'ms', ours: [Math.max(0, ...tasks.map(({ took }) => took))], notes: { tasks } }];
        }, noteWork);
      } finally {
        await pair.close();
      }
    },
  },
];

/** Weighs now, at the end, and every minute between (more often in a short run). The weighing's own long tasks don't count. */
async function watch(scales, page, lasts) {
  const samples = [];
  const tasks = [];
  const step = Math.min(MINUTE_MS, lasts / SAMPLES);
  const begun = Date.now();
  for (let at = 0; at <= lasts; at += step) {
    await pass(Math.max(0, begun + at - Date.now()));
    tasks.push(...(await page.evaluate(() => window.work.tasks)));
    samples.push({ at: Math.round((Date.now() - begun) / 1000), ...(await scales.weigh()) });
    await page.evaluate(() => window.work.forget());
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return { samples, tasks };
}

function told(samples, minutes) {
  const names = Object.keys(samples[0]).filter((name) => name !== 'at');
  const last = samples.at(-1);
  return names.map((name, index) => ({
    what: `${name}: at the end of ${minutes} min`,
    unit: name === 'DOM nodes' ? '' : 'MB',
    ours: [last[name]],
    growth: slope(samples.map((sample) => [sample.at / 3600, sample[name]])),
    ...(index === 0 ? { notes: { samples } } : {}),
  }));
}
