// A browser's timers may fire a little before their time, by the clock that the page reads: Firefox's do.
import { expect, test } from '../support/story.js';

/** Installed as an init script: every timeout fires 30 ms early. */
function hurry() {
  const native = window.setTimeout.bind(window);
  window.setTimeout = (callback, delay = 0, ...rest) => native(callback, Math.max(0, delay - 30), ...rest);
}

test('a page whose timers are early comes back all the same', async ({ people, site }) => {
  const red = await people.arrive('red', { before: [hurry] });
  red.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
  expect(await site.stop()).toBe(0);
  await expect(red.main).toHaveAttribute('data-connection', 'reconnecting');
  await site.startAgain();
  await expect(red.main).toHaveAttribute('data-connection', 'online', { timeout: 40_000 });
});
