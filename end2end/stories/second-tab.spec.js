// The same visitor's tab is duplicated.
import { expect, test } from '../support/story.js';

test('a duplicated tab takes over; the older one says so, and can take it back', async ({ people }) => {
  const [red, blue] = await people.pair();
  const opened = red.page.waitForEvent('popup');
  await red.page.evaluate(() => void window.open(location.href));
  const second = await opened;
  await expect(second.locator('main')).toHaveAttribute('data-connection', 'online');
  await expect(red.main).toHaveAttribute('data-connection', 'superseded');
  await expect(second.locator('main')).toHaveAttribute('data-people', '2');
  await blue.isWith(2);

  await red.button(red.text.useHere).click();
  await expect(red.main).toHaveAttribute('data-connection', 'online');
  await expect(second.locator('main')).toHaveAttribute('data-connection', 'superseded');
  await blue.isWith(2);
  await red.say('Осындамын');
  await blue.reads('Осындамын');
});
