// Whoever is just writing is not to answer a call by it.
import { expect, test } from '../support/story.js';

test('typing does not answer a call', async ({ people }) => {
  const [red, blue] = await people.pair();
  await blue.page.getByRole('textbox', { name: blue.text.message }).fill('Мен қазір');
  await red.ring();
  await blue.isRung(red.name);
  for (const key of ['k', 'Space', 'Enter']) await blue.page.keyboard.press(key);
  await blue.callIs('incoming');
  // The keyboard reaches every answer from there.
  await blue.page.keyboard.press('Tab');
  await expect(blue.dialog.locator('button:focus')).toHaveText(/\S/);
  await blue.decline();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await expect(blue.page.getByRole('textbox', { name: blue.text.message })).toHaveValue('Мен қазір');
});

test('a double click on call does not hang up at once', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.button(red.text.call).dblclick();
  await blue.isRung(red.name);
  await red.callIs('calling');
  await red.hangUp();
  await blue.callIs('none');
  await expect(blue.page.locator('[data-notice="missed"]')).toBeVisible();
  await red.ring();
  await blue.isRung(red.name);
  await expect(blue.page.locator('[data-notice="missed"]')).toHaveCount(0);
});
