// What others feel of attackers: how long letters take between 50 pairs, beside attackers of one other address and without them.
import { sides } from '../load.js';

const LOAD = { pairs: 50, rate: 1_000 };

export const rows = [
  {
    name: 'flood',
    async measure({ rounds }) {
      const runs = [];
      const { ours } = sides((load) => load.run('flood', LOAD));
      for (let round = 0; round < Math.min(rounds, 5); round += 1) runs.push(await ours());
      for (const { without, with: flooded } of runs) {
        const lost = without.lost + flooded.lost;
        if (lost > 0) throw new Error(`${lost} messages were lost`);
      }
      const of = (figures) => runs.map((run) => Math.round(figures(run) * 100) / 100);
      return {
        what: "99 % of others' messages are there within, beside attackers",
        unit: 'ms',
        ours: of((run) => run.with.p99),
        notes: {
          'p50 ms, alone': of((run) => run.without.p50),
          'p99 ms, alone': of((run) => run.without.p99),
          'p50 ms, beside attackers': of((run) => run.with.p50),
          'longest ms, beside attackers': of((run) => run.with.max),
          attackers: runs.map((run) => run.attackers),
        },
      };
    },
  },
];
