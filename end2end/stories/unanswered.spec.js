// Nobody answers.
import { expect, test } from '../support/story.js';

test.use({ serverFlags: ['--ring-timeout', '2'] });

test('a ring that nobody answers ends by itself, with words at both ends', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.ring();
  await blue.isRung(red.name);
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await expect(blue.dialog).toBeHidden();
  // Both are told: the caller that nobody answered, the called whose call was missed.
  await expect(red.page.getByText(red.text.unanswered)).toBeVisible();
  await expect(blue.page.getByRole('alert').getByText(red.name)).toBeVisible();
});
