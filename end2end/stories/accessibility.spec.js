// axe finds nothing, and the keyboard is enough.
import { createRequire } from 'node:module';

import { expect, test } from '../support/story.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds in the page as it stands (WCAG 2.2 A and AA, and its best practices). */
async function faults(person) {
  if (!(await person.page.evaluate(() => 'axe' in window))) await person.page.evaluate(await source());
  const { violations } = await person.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`);
}

async function source() {
  const { readFile } = await import('node:fs/promises');
  return readFile(AXE, 'utf8');
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on home, modal, ringing and call (${colorScheme})`, async ({ people }) => {
    test.setTimeout(120_000);
    const options = { colorScheme, reducedMotion: 'reduce' };
    const red = await people.arrive('red', options);
    const blue = await people.arrive('blue', options);
    expect(await faults(red), 'home').toEqual([]);
    await red.openConnect();
    expect(await faults(red), 'modal').toEqual([]);
    await red.nameField.fill(red.name);
    await red.submit();
    expect(await faults(red), 'modal with an error').toEqual([]);
    await red.codeField.fill(await blue.code());
    await red.submit();
    await blue.answerName();
    await blue.say('Сәлем');
    await red.reads('Сәлем');
    expect(await faults(red), 'room').toEqual([]);
    await red.ring();
    await blue.isRung(red.name);
    expect(await faults(blue), 'ringing').toEqual([]);
    expect(await faults(red), 'calling').toEqual([]);
    await blue.accept();
    await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
    expect(await faults(red), 'call').toEqual([]);
  });
}

test('axe finds nothing on a phone and beside a refused camera', async ({ people }) => {
  const red = await people.arrive('red', { viewport: { width: 360, height: 740 }, allow: [] });
  await expect(red.deviceBanner).toBeVisible();
  expect(await faults(red)).toEqual([]);
});

test('the whole way is open to the keyboard, and the modal keeps the focus', async ({ people }) => {
  const red = await people.arrive('red');
  const blue = await people.arrive('blue');
  await blue.button(blue.text.connect).focus();
  await blue.page.keyboard.press('Enter');
  await expect(blue.dialog).toBeVisible();
  // Tab goes round inside the modal.
  for (let step = 0; step < 15; step += 1) {
    await blue.page.keyboard.press('Tab');
    const outside = await blue.page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest('dialog'));
    expect(outside).toBe(false);
  }
  await blue.page.keyboard.press('Escape');
  await expect(blue.dialog).toBeHidden();
  await expect(blue.button(blue.text.connect)).toBeFocused();

  await blue.page.keyboard.press('Enter');
  await blue.nameField.focus();
  await blue.page.keyboard.type(blue.name);
  await blue.codeField.focus();
  await blue.page.keyboard.type(await red.code());
  await blue.page.keyboard.press('Enter');
  await red.answerName();
  await blue.isWith(2);
});
