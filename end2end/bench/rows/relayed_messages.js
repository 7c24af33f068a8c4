// What signaling costs: CPU time of the server for messages of 1 KB from one to the other of two, beside PeerJS's server. The
// load is paced, and both carry it whole: under more, what waits would make a figure of the queue.
import { sides } from '../load.js';
import { alternate } from '../rounds.js';

const PER_MESSAGES = 10_000;

export const rows = [
  {
    name: 'relayed-messages',
    async measure({ rounds }) {
      const { ours, peer } = await alternate(Math.min(rounds, 5), sides((load) => load.run('pairs')));
      for (const { lost } of [...ours, ...peer]) if (lost > 0) throw new Error(`${lost} messages were lost`);
      const cost = (runs) => runs.map(({ cpuSeconds, messages }) => (cpuSeconds * 1_000 * PER_MESSAGES) / messages);
      const of = (runs, what) => runs.map((run) => Math.round(run[what] * 100) / 100);
      const rate = (runs) => runs.map(({ cpuSeconds, messages }) => Math.round(messages / cpuSeconds));
      return {
        what: 'CPU time of the server for 10,000 messages of 1 KB',
        unit: 'ms',
        ours: cost(ours),
        peer: cost(peer),
        // Twice and four times as many for the same time.
        bar: 1 / 2,
        aim: 1 / 4,
        notes: {
          'ours, messages for a CPU second': rate(ours),
          'PeerServer, messages for a CPU second': rate(peer),
          'ours, p50 ms': of(ours, 'p50'),
          'ours, p99 ms': of(ours, 'p99'),
          'PeerServer, p50 ms': of(peer, 'p50'),
          'PeerServer, p99 ms': of(peer, 'p99'),
        },
      };
    },
  },
];
