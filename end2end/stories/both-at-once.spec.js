// Both ends of a call look for a new way at the same moment, as when a network comes back for both: their offers meet.
import { crossing, expect } from '../support/story.js';

/** Time enough to tell both pages of the moment. */
const SOON_MS = 300;
const MEETINGS = 3;
/** Candidates of the offer that was not taken. */
const NOT_TAKEN = /AddCandidate failed/;

/** Counts the other's offers that come while an own one waits. In the page. */
function countMeetings() {
  const connection = window.witness.connections.at(-1);
  const set = connection.setRemoteDescription.bind(connection);
  window.met = 0;
  connection.setRemoteDescription = (description) => {
    if (description.type === 'offer' && connection.signalingState === 'have-local-offer') window.met += 1;
    return set(description);
  };
}

/** Looks for a new way at that moment, and waits until that is agreed on. In the page. */
function restartAt(moment) {
  const connection = window.witness.connections.at(-1);
  setTimeout(() => connection.restartIce(), moment - Date.now());
  return new Promise((done) => {
    connection.addEventListener('signalingstatechange', () => connection.signalingState === 'stable' && done());
  });
}

crossing('both ends of a call look for a new way at once, and pictures go on', async (people, kinds) => {
  const both = await people.inCall({}, {}, kinds);
  const [red, blue] = both;
  for (const person of both) person.forgive(NOT_TAKEN);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  for (const { page } of both) await page.evaluate(countMeetings);
  let met = 0;
  while (met < MEETINGS) {
    const at = Date.now() + SOON_MS;
    await Promise.all(both.map(({ page }) => page.evaluate(restartAt, at)));
    await Promise.all([red.sees(blue), blue.sees(red)]);
    met = (await Promise.all(both.map(({ page }) => page.evaluate(() => window.met)))).reduce((one, other) => one + other);
  }
  for (const person of both) await expect(person.peer).toHaveAttribute('data-interrupted', 'false');
  expect(await Promise.all(both.map(({ page }) => page.evaluate(() => window.witness.connections.length)))).toEqual([1, 1]);
});
