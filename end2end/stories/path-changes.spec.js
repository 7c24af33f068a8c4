// The way that a call takes is cut in the middle of it: pictures come back by themselves.
import { NETWORKS } from '../support/networks.js';
import { DIRECT, story, wayOf } from '../support/routers.js';
import { expect } from '../support/story.js';
import { longestStill, watchFrames, way } from '../support/witness.js';

story.skip(!NETWORKS && !process.env.CI, 'not root, or ip and iptables are missing');

/** What a browser says of its sockets when it has no network, or another. */
const NO_NETWORK = /WebSocket connection to .* failed/;

/** Two people in a call that goes straight from home to home. */
async function straight(networks, people, routers = ['open', 'open']) {
  ['red', 'blue'].forEach((home, number) => {
    networks.readdress(home, 2);
    networks.route(home, routers[number]);
  });
  const [red, blue] = await people.inCall();
  await Promise.all([red.sees(blue), blue.sees(red)]);
  expect((await wayOf(red)).kinds).toEqual([expect.stringMatching(DIRECT), expect.stringMatching(DIRECT)]);
  await Promise.all([red, blue].map((person) => person.page.evaluate(watchFrames)));
  return [red, blue];
}

/** Both see each other again, nobody was asked for anything, and the state says so. Tells how long each picture stood still. */
async function backAgain(red, blue, what) {
  for (const person of [red, blue]) {
    await expect(person.peer).not.toHaveAttribute('data-interrupted', 'true', { timeout: 30_000 });
    await expect(person.dialog).toBeHidden();
    await person.callIs('connected');
    await person.isWith(2);
  }
  await Promise.all([red.sees(blue), blue.sees(red)]);
  const still = await Promise.all([red, blue].map((person) => person.page.evaluate(longestStill)));
  console.log(`    ${what}: pictures stood still for ${still.map((span) => `${(span / 1000).toFixed(1)} s`).join(' and ')}`);
}

story('the straight way is cut: pictures go on through the server', async ({ networks, people }) => {
  const [red, blue] = await straight(networks, people);
  networks.part('red', 'blue');
  await expect.poll(async () => (await red.page.evaluate(way)).kinds, { timeout: 30_000 }).toContain('relay');
  await backAgain(red, blue, 'the straight way cut');
});

for (const [index, whose] of ['the first', 'the second'].entries()) {
  story(`the address of ${whose} changes, and that of the connection to the server with it: pictures go on`, async ({ networks, people }) => {
    const [red, blue] = await straight(networks, people);
    [red, blue][index].forgive(NO_NETWORK);
    networks.readdress(['red', 'blue'][index], 3);
    await expect.poll(async () => Math.max(...(await Promise.all([red, blue].map(({ page }) => page.evaluate(longestStill))))), { timeout: 10_000 }).toBeGreaterThan(1_000);
    await backAgain(red, blue, 'another address');
  });

  story(`a cable of ${whose} is pulled until the call counts as failed: pictures go on once it is back in`, async ({ networks, people }) => {
    const [red, blue] = await straight(networks, people);
    const home = ['red', 'blue'][index];
    [red, blue][index].forgive(NO_NETWORK);
    networks.unplug(home);
    const state = ({ page }) => page.evaluate(() => window.witness.connections.at(-1).connectionState);
    for (const person of [red, blue]) {
      await expect(person.peer).toHaveAttribute('data-interrupted', 'true', { timeout: 10_000 });
      await expect.poll(() => state(person), { timeout: 60_000 }).toBe('failed');
    }
    networks.plugIn(home);
    await backAgain(red, blue, 'a cable pulled');
  });
}
