// Who asked the system for less motion gets none.
import { expect, test } from '../support/story.js';
import { installMotionWatch } from '../support/witness.js';

/** Through every state that moves, and back; gives what moved. */
async function walk(people, reducedMotion) {
  const options = { before: [installMotionWatch], reducedMotion };
  const [red, blue] = await people.pair({ ...options, viewport: { width: 360, height: 740 } }, options);
  await red.showChat();
  await blue.say('Сәлем');
  await red.reads('Сәлем');
  await red.hideChat();
  await people.call(red, blue);
  await red.toggle('microphone');
  await blue.leave();
  await expect(blue.dialog).toBeVisible();
  await blue.page.keyboard.press('Escape');
  await blue.hangUp();
  await expect(red.page.getByText(red.text.ended)).toBeVisible();
  const seen = await Promise.all([red, blue].map(({ page }) => page.evaluate(() => window.moved())));
  return new Set(seen.flat());
}

test('nothing moves where less motion is wished for', async ({ people }) => {
  expect([...(await walk(people, 'reduce'))]).toEqual([]);
});

test('elsewhere the windows and the sheet come in, and the ring rings', async ({ people }) => {
  const moved = await walk(people, 'no-preference');
  for (const motion of ['modal-in', 'ring', 'transform']) expect(moved).toContain(motion);
});
