// Work of more than 50 ms at a stretch on the page, from the moment two are in a room: a call of a minute, with chat.
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
          const stop = await chatOn(people);
          await pass(LASTS_MS);
          await stop();
          const seen = await Promise.all(people.map(({ page }) => page.evaluate(({ tasks, frames } = window.work) => ({ tasks, frames }))));
          const traced = await Promise.all(traces.map((trace) => trace.stop()));
          const took = seen.flatMap(({ tasks }) => tasks.map((task) => task.took));
          const worked = traced.flat().map(({ processor }) => processor);
          const notes = { 'at each end': seen.map(({ tasks }) => tasks), 'slow frames at each end': seen.map(({ frames }) => frames.slice(0, 20)) };
          return [
            { what: 'a minute of a call with chat: long tasks (> 50 ms) at both ends', unit: '', ours: [took.length], bar: 0, notes },
            { what: 'the same, by processor time', unit: '', ours: [worked.filter((ms) => ms > LONG).length], bar: 0, notes: { 'longest at each end': traced.map((tasks) => tasks.slice(0, 10)) } },
            { what: 'the longest of them, by the clock', unit: 'ms', ours: [Math.max(0, ...took)] },
            { what: 'the longest, by processor time', unit: 'ms', ours: [Math.max(0, ...worked)] },
          ];
        }, noteWork);
      } finally {
        await pair.close();
      }
    },
  },
];
