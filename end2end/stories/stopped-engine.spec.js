// Something goes wrong in the page's own program, in a place that cannot be mended: the page says so, and the others see it.
import { beside, expect, test } from '../support/story.js';
import { breakable, holdPromptOpen } from '../support/witness.js';

async function breakNow(person) {
  person.forgive(/broken by the story|an exception has gone through the engine/);
  await person.page.evaluate(() => {
    window.breaks = true;
  });
  await expect(person.page.locator('.panic-notice')).toBeVisible();
}

beside('a page that has stopped says so, lets go of the devices and of the others, and can be loaded anew', async (people, other) => {
  const [red, blue] = await people.inCall({ before: [breakable] }, {}, ['red', other]);
  await breakNow(red);
  await red.uses([]);
  await expect(blue.peer).toHaveAttribute('data-presence', 'lost');
  await expect(blue.peer).toHaveAttribute('data-interrupted', 'true');
  await red.page.locator('.panic-notice button').first().click();
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
});

test('it says so over an open window, too', async ({ people }) => {
  const [red] = await people.inCall({ before: [breakable] });
  await red.openDevices();
  await breakNow(red);
  const reload = red.page.locator('.panic-notice button');
  await expect(reload).toBeInViewport({ ratio: 1 });
  await reload.click();
  await red.callIs('connected');
});

test('what a prompt opens after the page has stopped is let go of', async ({ people }) => {
  const [red] = await people.inCall({ before: [breakable, holdPromptOpen] });
  await breakNow(red);
  await red.page.evaluate(() => window.answerPrompt());
  await expect.poll(() => red.page.evaluate(() => window.witness.captured.length)).toBeGreaterThan(0);
  await red.uses([]);
});
