// A guest goes home, and comes again.
import { crossing, expect, test } from '../support/story.js';

test('leaving leads to the own room with the own code; the code leads back', async ({ people }) => {
  const red = await people.arrive('red');
  const blue = await people.arrive('blue');
  const [redCode, blueCode] = [await red.code(), await blue.code()];
  await blue.connect(redCode);
  await red.answerName();
  await blue.isWith(2);
  await expect(blue.page).toHaveURL(new RegExp(`/${redCode}$`));
  await blue.say('Бірінші рет');

  await blue.leave();
  await Promise.all([red.isWith(1), blue.isWith(1)]);
  await expect(blue.page.locator('output[data-code]').first()).toHaveText(blueCode);
  await expect(blue.page).not.toHaveURL(new RegExp(redCode));
  await expect(red.page.locator('[data-line="left"]').last()).toContainText(blue.name);

  await blue.connect(redCode);
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await blue.reads('Бірінші рет');
  await expect(red.peer).toContainText(blue.name);
});

crossing('leaving during a call asks first, then ends the call for both', async (people, kinds) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  await blue.sees(red);
  await blue.leave();
  await expect(blue.dialog).toBeVisible();
  await blue.dialog.getByRole('button', { name: blue.text.leaveRoom, exact: true }).click();
  await Promise.all([red.isWith(1), blue.isWith(1)]);
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
});

test('who leaves a finished conversation begins anew under the same code, and the next guest reads nothing of it', async ({ people }) => {
  const [red, blue] = await people.pair();
  const code = await red.code();
  await blue.say('Мұны басқа ешкім оқымасын');
  await red.reads('Мұны басқа ешкім оқымасын');
  await blue.leave();
  await red.isWith(1);
  await red.reads('Мұны басқа ешкім оқымасын');
  await red.leave();
  await expect(red.said('Мұны басқа ешкім оқымасын')).toHaveCount(0);
  expect(await red.code()).toBe(code);
  await expect(red.button(red.text.leaveRoom)).toBeHidden();

  const green = await people.arrive('green');
  await green.connect(code);
  await Promise.all([red.isWith(2), green.isWith(2)]);
  await red.say('Келесі');
  await green.reads('Келесі');
  await expect(green.said('Мұны басқа ешкім оқымасын')).toHaveCount(0);
});
