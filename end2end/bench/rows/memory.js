// What a call keeps taking: the page's and the server's memory over `minutes` of a call with chat, after the chat has grown as
// long as both keep it. Growth per hour is the slope of the straight line nearest to the samples.
import { setTimeout as pass } from 'node:timers/promises';

import { Pair } from '../browsers.js';
import { chatOn, fillChat, noteWork, startCall, twoInARoom } from '../call.js';
import { slope } from '../rounds.js';
import { Scales } from '../scales.js';
import { Trace } from '../trace.js';

/** The page keeps 2,000 lines, the room 500 messages or 256 KiB. */
const LINES = 2_080;
const BYTES = 600;
const MINUTE_MS = 60_000;
const SAMPLES = 4;
/** How long the full chat is looked at for long tasks, after the weighing, which makes such itself. */
const TRACED_MS = 20_000;

export const rows = [
  {
    name: 'memory',
    async measure({ site, minutes }) {
      const pair = await Pair.start({ width: 640, height: 480 });
      try {
        return await pair.fresh(async (contexts) => {
          const people = await twoInARoom(contexts, site.origin);
          await startCall(people);
          await fillChat(people, LINES / 2, BYTES);
          await chatOn(people);
          const scales = await Scales.of(contexts[0], people[0].page, site.pid);
          // What the filling left behind is not the call's.
          await pass(MINUTE_MS / 2);
          const samples = await weigh(scales, minutes * MINUTE_MS);
          const trace = await Trace.start(contexts[0]);
          await pass(TRACED_MS);
          const tasks = await trace.stop();
          const full = { what: 'the longest task with the chat full, by processor time', unit: 'ms', ours: [Math.max(0, ...tasks.map(({ processor }) => processor))], bar: 50 };
          return [...told(samples, minutes), { ...full, notes: { tasks: tasks.slice(0, 10) } }];
        }, noteWork);
      } finally {
        await pair.close();
      }
    },
  },
];

/** Weighs now, at the end, and every minute between (more often in a short run). */
async function weigh(scales, lasts) {
  const samples = [];
  const step = Math.min(MINUTE_MS, lasts / SAMPLES);
  const begun = Date.now();
  for (let at = 0; at <= lasts; at += step) {
    await pass(Math.max(0, begun + at - Date.now()));
    samples.push({ at: Math.round((Date.now() - begun) / 1000), ...(await scales.weigh()) });
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return samples;
}

function told(samples, minutes) {
  const names = Object.keys(samples[0]).filter((name) => name !== 'at');
  const [first, last] = [samples[0], samples.at(-1)];
  return names.map((name, index) => ({
    what: `${name}, after ${minutes} min of a call with a full chat (before: ${first[name].toFixed(1)})`,
    unit: name === 'DOM nodes' ? '' : 'MB',
    ours: [last[name]],
    growth: slope(samples.map((sample) => [sample.at / 3600, sample[name]])),
    ...(index === 0 ? { notes: { samples } } : {}),
  }));
}
