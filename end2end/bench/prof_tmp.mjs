import { Site } from '../support/server.js';
import { Pair } from './browsers.js';
import { noteWork, twoInARoom } from './call.js';
const site = await Site.start();
const pair = await Pair.start({ width: 1280, height: 720 });
await pair.fresh(async (contexts) => {
  const people = await twoInARoom(contexts, site.origin);
  const [red, blue] = people;
  await new Promise((r) => setTimeout(r, 3000));
  const start = async (p) => { const c = await p.page.context().newCDPSession(p.page); await c.send('Profiler.enable'); await c.send('Profiler.setSamplingInterval', { interval: 200 }); await c.send('Profiler.start'); return c; };
  const show = async (name, c) => {
    const { profile } = await c.send('Profiler.stop');
    const byId = new Map(profile.nodes.map((n) => [n.id, n])); const parent = new Map();
    for (const n of profile.nodes) for (const k of n.children ?? []) parent.set(k, n.id);
    const total = new Map(); const self = new Map();
    profile.samples.forEach((id, i) => {
      const dt = profile.timeDeltas[i]; let seen = new Set();
      const nm = (n) => `${n.callFrame.functionName || '(anon)'}:${n.callFrame.url.split('/').pop()}:${n.callFrame.lineNumber}`;
      self.set(nm(byId.get(id)), (self.get(nm(byId.get(id))) ?? 0) + dt);
      for (let at = id; at; at = parent.get(at)) { const k = nm(byId.get(at)); if (!seen.has(k)) { seen.add(k); total.set(k, (total.get(k) ?? 0) + dt); } }
    });
    console.log(name); for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 14)) console.log('  self', (v / 1000).toFixed(1), k);
  };
  let [a, b] = await Promise.all(people.map(start));
  await red.ring(); await blue.isRung(red.name);
  await new Promise((r) => setTimeout(r, 300));
  await show('red rings', a); await show('blue is rung', b);
  console.log(JSON.stringify(await red.page.evaluate(() => window.work.frames)), JSON.stringify(await blue.page.evaluate(() => window.work.frames)));
  [a, b] = await Promise.all(people.map(start));
  await blue.accept();
  await new Promise((r) => setTimeout(r, 600));
  await show('red after accept', a); await show('blue accepts', b);
  console.log(JSON.stringify(await red.page.evaluate(() => window.work.tasks)), JSON.stringify(await blue.page.evaluate(() => window.work.frames.slice(-3))));
}, noteWork);
await pair.close(); await site.stop();
