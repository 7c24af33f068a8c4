// The friend gets a link instead of a code.
import { expect, test } from '../support/story.js';

test('a link opens the home page that asks only for the name', async ({ people }) => {
  const red = await people.arrive('red');
  const code = await red.code();
  const blue = await people.meet('blue');
  await blue.open(`/${code}`);
  await expect(blue.dialog).toBeVisible();
  await expect(blue.codeField).toHaveCount(0);
  await blue.nameField.fill(blue.name);
  await blue.submit();
  await red.answerName();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await expect(blue.page).toHaveURL(new RegExp(`/${code}$`));
  await blue.say('Сілтемемен келдім');
  await red.reads('Сілтемемен келдім');
});

test('a link works however its letters are written', async ({ people }) => {
  const red = await people.arrive('red');
  const code = await red.code();
  const blue = await people.meet('blue');
  // Without dashes, in capitals, and with the keyboard in the other layout wherever a letter looks the same there.
  const alike = Object.fromEntries([...'ABCEHKMPTXY'].map((letter, index) => [letter, 'АВСЕНКМРТХУ'[index]]));
  await blue.open(`/${code.replaceAll('-', '').toUpperCase().replace(/[A-Z]/g, (letter) => alike[letter] ?? letter)}`);
  await blue.nameField.fill(blue.name);
  await blue.submit();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await expect(blue.page).toHaveURL(new RegExp(`/${code}$`));
});

test('a dead link says so, and the page is still a page', async ({ people }) => {
  const red = await people.meet('red');
  await red.open('/2222-3333-4444');
  await expect(red.dialog).toBeVisible();
  await red.nameField.fill(red.name);
  await red.submit();
  await expect(red.dialog.getByText(red.text.noRoom)).toBeVisible();
  await expect(red.nameField).toHaveValue(red.name);
  await red.page.keyboard.press('Escape');
  await expect(red.dialog).toBeHidden();
  await red.isWith(1);
});

test('an address that is no page says so', async ({ people, site }) => {
  const red = await people.meet('red');
  red.forgive(/404/);
  const answer = await red.page.goto(`${site.origin}/jok/mundai/bet`);
  expect(answer.status()).toBe(404);
  await expect(red.page.locator('main')).toBeVisible();
});
