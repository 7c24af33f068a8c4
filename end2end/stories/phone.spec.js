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
