// On a phone the chat is a sheet; what one has not read is counted.
import { expect, test } from '../support/story.js';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test('an unread message is counted on a phone, and read when the chat opens', async ({ people }) => {
  const [red, blue] = await people.pair(PHONE, {});
  await blue.say('Оқылмаған хабар');
  const chat = red.button(new RegExp(red.text.messages));
  await expect(chat).toContainText('1');
  await chat.click();
  await red.reads('Оқылмаған хабар');
  await red.say('Оқыдым');
  await blue.reads('Оқыдым');
});

test('nothing sticks out of a narrow screen', async ({ people }) => {
  const red = await people.arrive('red', { viewport: { width: 320, height: 640 } });
  const overflow = () => red.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  await red.openConnect();
  expect(await overflow()).toBeLessThanOrEqual(0);
  const box = await red.dialog.boundingBox();
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(320);
});

test('what is written stays above a keyboard, however late it comes up, and goes down again', async ({ people }) => {
  const red = await people.arrive('red', PHONE);
  await red.showChat();
  await red.page.getByRole('textbox', { name: red.text.message }).focus();
  // Where a keyboard lies over the page instead of shrinking it; 300 pixels high.
  await red.page.evaluate(() => {
    window.keyboard = 300;
    Object.defineProperty(VisualViewport.prototype, 'height', { get: () => window.innerHeight - window.keyboard });
  });
  const covered = (height) =>
    expect
      .poll(() =>
        red.page.evaluate(() => {
          visualViewport.dispatchEvent(new Event('resize'));
          return document.documentElement.style.getPropertyValue('--keyboard');
        }),
      )
      .toBe(height);
  await covered('300px');
  await red.page.evaluate(() => {
    window.keyboard = 0;
  });
  await covered('0px');
});

test('the field to write in stays in sight when the keyboard leaves little', async ({ people }) => {
  const [red] = await people.pair(PHONE, {});
  await red.showChat();
  const field = red.page.getByRole('textbox', { name: red.text.message });
  const send = red.page.getByRole('button', { name: red.text.send, exact: true });
  await field.focus();
  for (const [width, height] of [[360, 400], [740, 180]]) {
    await red.page.setViewportSize({ width, height });
    await expect(field).toBeFocused();
    for (const part of [field, send]) {
      await expect(part).toBeInViewport({ ratio: 1 });
      expect(await part.evaluate((it) => {
        const { x, y, width: wide, height: high } = it.getBoundingClientRect();
        return it.contains(document.elementFromPoint(x + wide / 2, y + high / 2));
      })).toBe(true);
    }
  }
});

test('at 400 % the call is still in reach, and no word sticks out of its button', async ({ people }) => {
  const [red, blue] = await people.pair({ viewport: { width: 320, height: 256 }, language: 'ru' }, {});
  await blue.ring();
  await red.isRung(blue.name);
  const fits = (within) => within.getByRole('button').evaluateAll((buttons) => buttons.filter((it) => {
    const { left, top, right, bottom } = it.getBoundingClientRect();
    return it.scrollWidth > it.clientWidth || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
  }).map((it) => it.outerHTML));
  await expect(red.dialog.getByRole('button')).toHaveCount(3);
  expect(await fits(red.dialog)).toEqual([]);
  await red.accept();
  await red.callIs('connected');
  const controls = red.page.locator('.controls');
  await expect(controls.getByRole('button', { name: red.text.hangUp })).toBeVisible();
  expect(await fits(controls)).toEqual([]);
});
