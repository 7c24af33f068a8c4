// The page before, or without, its program.
import { expect, test } from '../support/story.js';

test('the home page is readable with JavaScript off', async ({ browsers, site }) => {
  const browser = await browsers.of('red');
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'kk-KZ' });
  const page = await context.newPage();
  await page.goto(site.origin);
  await expect(page).toHaveTitle('Құпия видео чат — Видео байланыс');
  for (const text of ['Видео байланыс', 'Сіз', 'Хабарламалар']) await expect(page.getByText(text, { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Жалғану', exact: true }).first()).toBeVisible();
  // Somebody who reads it is told what is missing.
  await expect(page.getByText(/JavaScript/).first()).toBeVisible();
  await context.close();
});
