// The code is given on with one click.
import { expect, test } from '../support/story.js';
import { withholdClipboard } from '../support/witness.js';

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

test('where the clipboard is out of reach the code lies selected, to be copied by hand', async ({ people }) => {
  const red = await people.arrive('red', { before: [withholdClipboard] });
  const code = await red.code();
  const field = red.page.locator('.share-code__field').first();
  await expect(field).toHaveAttribute('aria-hidden', 'true');
  await red.page.locator('button:has(output[data-code])').first().click();
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute('aria-hidden', 'false');
  await expect(field).toHaveValue(code);
  expect(await field.evaluate(({ selectionStart, selectionEnd }) => selectionEnd - selectionStart)).toBe(code.length);
});
