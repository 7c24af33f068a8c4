// Each way to give a wrong code has its own words, and costs nothing of what was typed.
import { expect, test } from '../support/story.js';

test('empty, malformed, own and unknown codes: each its own words, and what was typed stays', async ({ people }) => {
  const red = await people.arrive('red');
  const own = await red.code();
  await red.openConnect();
  await red.nameField.fill(red.name);
  const answers = [];
  for (const [code, words] of [
    ['', red.text.codeRequired],
    ['сәлем', undefined],
    [own, undefined],
    ['2222-3333-4444', red.text.noRoom],
  ]) {
    await red.codeField.fill(code);
    await red.submit();
    const alert = red.dialog.getByRole('alert').filter({ hasText: words ?? /\S/ });
    await expect(alert).toBeVisible();
    await expect(red.codeField).toHaveValue(code);
    await expect(red.nameField).toHaveValue(red.name);
    if (words === undefined) await expect(alert).not.toHaveText(answers.at(-1) ?? '');
    answers.push(await alert.innerText());
  }
  expect(new Set(answers).size).toBe(answers.length);
  await expect(red.main).toHaveAttribute('data-people', '1');
});

test('how long a name may be is said while it is typed', async ({ people }) => {
  const red = await people.arrive('red');
  await red.openConnect();
  const said = red.dialog.locator('#name-hint');
  await red.nameField.fill('ә'.repeat(20));
  await expect(said).toHaveText('');
  await red.nameField.fill('ә'.repeat(35));
  await expect(said).toContainText('5');
  await red.nameField.press('End');
  await red.page.keyboard.type('123456789');
  await expect(said).toContainText('0');
  await expect(red.nameField).toHaveValue(`${'ә'.repeat(35)}12345`);
});

test('a third person is told that the room is full, and hurts nobody', async ({ people }) => {
  const [red, blue] = await people.pair();
  const green = await people.arrive('green');
  await green.connect(await red.code());
  const alert = green.dialog.getByRole('alert').filter({ hasText: /\S/ });
  await expect(alert).toBeVisible();
  await expect(alert).not.toHaveText(green.text.noRoom);
  await green.isWith(1);
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await red.say('Екеуміз ғана');
  await blue.reads('Екеуміз ғана');
});
