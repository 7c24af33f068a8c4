// How soon everybody is back after a restart: 2,000 pages, two in a room, by the page's own rules of coming back. PeerJS's client does
// not come back, so there is no peer. Once the server is stopped as an operator stops it, once it ends without a word.
import { sides } from '../load.js';

const ENDS = { stopped: (site) => site.stop(), killed: (site) => site.kill() };

export const rows = Object.entries(ENDS).map(([how, end]) => ({
  name: `resume-${how}`,
  async measure({ rounds }) {
    const runs = [];
    const { ours } = sides((load, site) =>
      load.run('resume', {}, async () => {
        await end(site);
        await site.startAgain();
      }),
    );
    for (let round = 0; round < Math.min(rounds, 5); round += 1) runs.push(await ours());
    const of = (what) => runs.map((run) => Math.round(run[what]));
    return {
      what: `all ${runs[0].clients} back in their rooms after the server was ${how}, since it listens again`,
      unit: 'ms',
      ours: of('all'),
      notes: { 'p50 ms': of('p50'), 'p99 ms': of('p99'), 'nobody listened, ms': of('away') },
    };
  },
}));
