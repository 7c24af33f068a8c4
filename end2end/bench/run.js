// `make bench`: runs the rows that are wanted, prints one table and writes `results.json`. A bar that is not met is said, and is
// no failure; only a row that could not be measured is one. ONLY: beginnings of rows' names, with commas between; ROUNDS: how often
// each side of a comparison runs; MINUTES: how long the call lasts whose memory is watched.
import { writeFile } from 'node:fs/promises';

import { NETWORKS } from '../support/networks.js';
import { Site } from '../support/server.js';
import { load, machine } from './machine.js';
import { PeerSite } from './peer.js';
import { rows as cutPath } from './rows/cut_path.js';
import { rows as firstFrame } from './rows/first_frame.js';
import { rows as firstLoad } from './rows/first_load.js';
import { rows as firstMessage } from './rows/first_message.js';
import { rows as flood } from './rows/flood.js';
import { rows as idleMemory } from './rows/idle_memory.js';
import { rows as longTasks } from './rows/long_tasks.js';
import { rows as memory } from './rows/memory.js';
import { rows as ready } from './rows/ready.js';
import { rows as relayed } from './rows/relayed.js';
import { rows as relayedMessages } from './rows/relayed_messages.js';
import { rows as resume } from './rows/resume.js';
import { judge, table } from './table.js';

const ALL = [...firstFrame, ...firstMessage, ...firstLoad, ...ready, ...longTasks, ...memory, ...cutPath, ...relayed, ...relayedMessages, ...idleMemory, ...resume, ...flood];
const RESULTS = new URL('results.json', import.meta.url);

const wanted = (process.env.ONLY || '').split(',').filter(Boolean);
const chosen = ALL.filter(({ name }) => wanted.length === 0 || wanted.some((beginning) => name.startsWith(beginning)));
const options = { rounds: positive('ROUNDS', 15), minutes: positive('MINUTES', 2) };
if (chosen.length === 0) {
  console.error(`There is no row ${wanted.join(', ')}. There are: ${ALL.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}

const where = await machine();
console.log(`${where.cores} × ${where.cpu}, ${where.memory}, ${where.system}, ${where.browser}, ${where.peers}, Node ${where.node}; load before: ${where.load}\n`);
if (where.load > where.cores * 0.35) console.log('The machine is busy with other things: only ratios say something, and they vary.\n');

const rows = [];
for (const { name, measure, networks } of chosen) {
  console.error(`== ${name}`);
  const before = load();
  try {
    if (networks && !NETWORKS) throw new Error('Networks are made by root, with ip and iptables');
    const measured = await withSites((sites) => measure({ ...sites, ...options }));
    for (const row of [measured].flat()) rows.push({ name, loadBefore: before, ...judge(row) });
  } catch (error) {
    console.error(error.stack ?? error);
    rows.push({ name, what: name, failed: String(error.message ?? error) });
    process.exitCode = 1;
  }
}
await writeFile(RESULTS, `${JSON.stringify({ machine: where, options, rows }, undefined, 2)}\n`);
console.log(`\n${table(rows)}\n\nMedians, with the middle half of the values in brackets. All values: end2end/bench/results.json`);

/** Our site and the peer's, as long as `use` lasts. */
async function withSites(use) {
  const [site, peer] = await Promise.all([Site.start(), PeerSite.start()]);
  try {
    return await use({ site, peer });
  } finally {
    await Promise.all([site.stop(), peer.stop()]);
  }
}

function positive(name, otherwise) {
  const value = Number(process.env[name] || otherwise);
  if (value > 0) return value;
  console.error(`${name} has to be a number above 0`);
  process.exit(1);
}
