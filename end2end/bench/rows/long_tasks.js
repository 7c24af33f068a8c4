// Work of more than 50 ms at a stretch on the page: from the moment two are in a room until both see each other, and in the minute of
// the call, with chat, that follows.
import { setTimeout as pass } from 'node:timers/promises';

import { Pair } from '../browsers.js';
import { chatOn, noteWork, startCall, twoInARoom } from '../call.js';
import { Trace } from '../trace.js';

const LASTS_MS = 60_000;
/** What the browser calls a long task, in ms. */
const LONG = 50;

export const rows = [
  {
    name: 'long-tasks',
    async measure({ site }) {
      const pair = await Pair.start({ width: 1280, height: 720 });
      try {
        return await pair.fresh(async (contexts) => {
          const people = await twoInARoom(contexts, site.origin);
          const traces = await Promise.all(contexts.map((context) => Trace.start(context)));
          await startCall(people);
          const joined = await Promise.all(people.map(({ page }) => page.evaluate(() => performance.now())));
          const stop = await chatOn(people);
          await pass(LASTS_MS);
          await stop();
          const seen = await Promise.all(people.map(({ page }) => page.evaluate(({ tasks, frames } = window.work) => ({ tasks, frames }))));
          const traced = await Promise.all(traces.map((trace) => trace.stop()));
          const later = seen.map(({ tasks }, end) => tasks.filter(({ at }) => at > joined[end]));
          const earlier = seen.map(({ tasks }, end) => tasks.filter(({ at }) => at <= joined[end]));
          const longest = (tasks) => Math.max(0, ...tasks.flat().map(({ took }) => took));
          const worked = traced.flat().map(({ processor }) => processor);
          const frames = seen.map((end) => end.frames.slice(0, 20));
          const slowest = { 'longest at each end': traced.map((tasks) => tasks.slice(0, 10)) };
          return [
            { what: 'a minute of a call with chat: long tasks (> 50 ms) at both ends', unit: '', ours: [later.flat().length], bar: 0, notes: { 'at each end': later } },
            { what: 'the longest of them, by the clock', unit: 'ms', ours: [longest(later)] },
            { what: 'before, from the ring till both see each other: long tasks', unit: '', ours: [earlier.flat().length], notes: { 'at each end': earlier, 'slow frames at each end': frames } },
            { what: 'the longest of them, by the clock', unit: 'ms', ours: [longest(earlier)] },
            { what: 'both, by processor time: long tasks', unit: '', ours: [worked.filter((ms) => ms > LONG).length], bar: 0, notes: slowest },
            { what: 'the longest, by processor time', unit: 'ms', ours: [Math.max(0, ...worked)] },
          ];
        }, noteWork);
      } finally {
        await pair.close();
      }
    },
  },
];
