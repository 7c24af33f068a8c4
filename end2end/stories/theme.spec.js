// Light and dark: as the system has it, or as chosen.
import { expect, test } from '../support/story.js';

test('the theme is switched in place and remembered', async ({ people }) => {
  const red = await people.arrive('red', { colorScheme: 'light' });
  const paper = () => red.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const asSystem = await paper();
  const button = red.page.locator('.header').getByRole('button', { name: red.text.theme });
  await expect(button).toHaveAccessibleName(red.text.themeAuto);
  // On through the three until it is dark.
  while ((await button.getAttribute('aria-label')) !== red.text.themeDark) {
    const before = await button.getAttribute('aria-label');
    await button.click();
    await expect(button).not.toHaveAccessibleName(before);
  }
  const dark = await paper();
  expect(dark).not.toBe(asSystem);
  await red.reload();
  await expect(button).toHaveAccessibleName(red.text.themeDark);
  expect(await paper()).toBe(dark);
});
