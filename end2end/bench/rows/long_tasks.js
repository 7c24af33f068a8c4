// Work of more than 50 ms at a stretch on the page, from the moment two are in a room: a call of a minute, with chat.
import { setTimeout as pass } from 'node:timers/promises';

import { Pair } from '../browsers.js';
import { chatOn, inCall, noteWork } from '../call.js';

const LASTS_MS = 60_000;

export const rows = [
  {
    name: 'long-tasks',
    async measure({ site }) {
      const pair = await Pair.start({ width: 1280, height: 720 });
      try {
        return await pair.fresh(async (contexts) => {
          const people = await inCall(contexts, site.origin);
          const moment = () => Math.round(performance.getEntriesByName('baylanys:first-remote-frame')[0].startTime);
          const pictures = await Promise.all(people.map(({ page }) => page.evaluate(moment)));
          const stop = await chatOn(people);
          await pass(LASTS_MS);
          await stop();
          const seen = await Promise.all(people.map(({ page }) => page.evaluate(({ tasks, frames } = window.work) => ({ tasks, frames }))));
          const tasks = seen.flatMap((end) => end.tasks);
          const longest = Math.max(0, ...tasks.map(({ took }) => took));
          const notes = { 'first picture at, ms': pictures, 'tasks at each end': seen.map((end) => end.tasks), 'slow frames at each end': seen.map((end) => end.frames.slice(0, 20)) };
          return [
            { what: 'long tasks (> 50 ms) in a minute of a call, both ends, after joining', unit: '', ours: [tasks.length], bar: 0, notes },
            { what: 'the longest of them', unit: 'ms', ours: [longest], bar: 50 },
          ];
        }, noteWork);
      } finally {
        await pair.close();
      }
    },
  },
];
