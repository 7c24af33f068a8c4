// The code is given on with one click.
import { expect, test } from '../support/story.js';

test('a click copies the code, and the page says so', async ({ people }) => {
  const red = await people.arrive('red');
  const code = await red.code();
  await red.openConnect();
  await expect(red.dialog.getByText(red.text.shareCode)).toBeVisible();
  await red.dialog.getByRole('button', { name: code }).or(red.dialog.locator('button:has(output[data-code])')).first().click();
  await expect(red.page.getByText(red.text.codeCopied)).toBeVisible();
  await red.page.keyboard.press('Escape');
  expect(await red.pasted()).toBe(code);
});
