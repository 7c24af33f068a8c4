// A device goes away in the middle of a call.
import { beside, crossing, expect, test } from '../support/story.js';
import { unpluggable } from '../support/witness.js';

const UNPLUGGED = { kk: 'Камера ажырап қалды', ru: 'Камера отключилась', en: 'The camera was disconnected' };

crossing('a camera unplugged in a call is said at both ends, and comes back by itself', async (people, kinds) => {
  const [red, blue] = await people.inCall({ before: [unpluggable] }, {}, kinds);
  await blue.sees(red);
  await red.page.evaluate(() => window.unplug('video'));
  await expect(red.self).toHaveAttribute('data-camera', 'failed');
  for (const [language, words] of Object.entries(UNPLUGGED)) {
    await red.switchLanguage(language);
    await expect(red.deviceBanner).toContainText(words);
  }
  await expect(blue.peer).toHaveAttribute('data-camera', 'lost');
  await blue.seesNoPicture();
  await blue.hears();

  await red.page.evaluate(() => window.plugIn('video'));
  await blue.sees(red);
  await expect(red.deviceBanner).toBeHidden();
});

crossing('a microphone unplugged in a call: another one takes over if there is one', async (people, kinds) => {
  const [red, blue] = await people.inCall({ before: [unpluggable] }, {}, kinds);
  await blue.hears();
  await red.page.evaluate(() => window.unplug('audio'));
  await expect(red.self).toHaveAttribute('data-microphone', 'failed');
  await expect(blue.peer).toHaveAttribute('data-microphone', 'lost');
  await blue.hearsNothing();
  await blue.sees(red);
  await red.page.evaluate(() => window.plugIn('audio'));
  await expect(red.self).toHaveAttribute('data-microphone', 'on');
  await blue.hears();
});

beside('a permission taken back in a call is told from an unplugged camera', async (people, other) => {
  const [red, blue] = await people.inCall({}, {}, ['red', other]);
  await blue.sees(red);
  await red.context.clearPermissions();
  await expect(red.self).toHaveAttribute('data-camera', 'failed');
  await expect(red.deviceBanner).toContainText('рұқсат берілмеген');
  await blue.seesNoPicture();
  await red.context.grantPermissions(['camera', 'microphone'], { origin: red.origin });
  await red.button(red.text.retry).click();
  await blue.sees(red);
});
