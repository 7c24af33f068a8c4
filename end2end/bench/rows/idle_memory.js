// What a connection costs that says nothing: the server's memory for each of 5,000, after a whole round of heartbeats.
import { sides } from '../load.js';
import { alternate } from '../rounds.js';

export const rows = [
  {
    name: 'idle-memory',
    async measure({ rounds }) {
      const { ours, peer } = await alternate(Math.min(rounds, 3), sides((load) => load.run('idle')));
      const each = (runs) => runs.map((run) => run.each);
      const of = (runs, what) => runs.map((run) => run[what]);
      return {
        what: `memory of the server for an idle connection (${ours[0].clients} of them)`,
        unit: 'KiB',
        ours: each(ours),
        peer: each(peer),
        bar: 0.8,
        aim: 0.6,
        notes: { 'ours, KiB before': of(ours, 'before'), 'ours, KiB after': of(ours, 'after'), 'PeerServer, KiB before': of(peer, 'before'), 'PeerServer, KiB after': of(peer, 'after') },
      };
    },
  },
];
