// The called person does not want to talk.
import { crossing, expect, test } from '../support/story.js';

crossing('a declined call is told to the caller, and can be tried again', async (people, kinds) => {
  const [red, blue] = await people.pair({}, {}, kinds);
  await red.ring();
  await blue.isRung(red.name);
  await blue.decline();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await expect(red.page.getByText(red.text.declined)).toBeVisible();
  await expect(blue.dialog).toBeHidden();

  await people.call(red, blue);
  await Promise.all([red.sees(blue), blue.sees(red)]);
});

test('a caller who thinks better of it takes the ring back', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.ring();
  await blue.isRung(red.name);
  await red.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await expect(blue.dialog).toBeHidden();
});
