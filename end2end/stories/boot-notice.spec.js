// Something fails while the page loads, but the page comes alive all the same.
import { expect, test } from '../support/story.js';

/** Installed as an init script: a fault of somebody else's, an extension's say, before the page is alive. */
function failEarly() {
  document.addEventListener('DOMContentLoaded', () => {
    setTimeout(() => {
      window.noticed = new Promise((seen) => {
        new MutationObserver(() => document.querySelector('.boot-notice[role=alert]') && seen(true)).observe(document.body, { childList: true });
      });
      throw new Error('not ours');
    });
  });
}

test('what said that the page does not come alive goes when it does', async ({ people }) => {
  const red = await people.meet('red', { before: [failEarly] });
  red.forgive(/not ours/);
  await red.open();
  expect(await red.page.evaluate(() => window.noticed)).toBe(true);
  await expect(red.page.locator('.boot-notice')).toHaveCount(0);
  await red.seesOneself('red');
});
