// The browser asks for the camera, and nobody has answered yet.
import { crossing, expect } from '../support/story.js';
import { holdPromptOpen } from '../support/witness.js';

crossing('page and chat are usable while the permission prompt is open', async (people, kinds) => {
  const red = await people.arrive(kinds[0], { before: [holdPromptOpen] });
  await expect.poll(() => red.page.evaluate(() => window.promptIsOpen)).toBe(true);
  await expect(red.self).toHaveAttribute('data-camera', 'opening');
  const blue = await people.arrive(kinds[1]);
  await people.join(blue, red);
  await red.say('Әлі рұқсат бермедім');
  await blue.reads('Әлі рұқсат бермедім');

  // A call can start before the answer; the picture follows it.
  await people.call(blue, red);
  await red.sees(blue);
  await red.page.evaluate(() => window.answerPrompt());
  await blue.sees(red);
  await blue.hears();
});
