// The person has said no to the camera, in the browser itself.
import { FIREFOX } from '../support/browsers.js';
import { expect, test } from '../support/story.js';

test('a refused camera is explained and costs neither the microphone nor the call', async ({ people }) => {
  const red = await people.arrive('red', { allow: ['microphone'] });
  await expect(red.page.getByText(red.text.noCamera)).toBeVisible();
  await expect(red.self).toHaveAttribute('data-camera', 'failed');
  await expect(red.self).toHaveAttribute('data-microphone', /^(on|muted)$/);

  // Trying again after still saying no changes nothing; going on without closes the banner.
  await red.button(red.text.retry).click();
  await expect(red.page.getByText(red.text.noCamera)).toBeVisible();
  await red.button(red.text.withoutCamera).click();
  await expect(red.page.getByText(red.text.noCamera)).toBeHidden();

  const blue = await people.arrive('blue');
  await blue.connect(await red.code());
  await red.answerName();
  await blue.ring();
  await red.isRung(blue.name);
  await red.accept();
  await red.sees(blue);
  await blue.hears();
  await expect(blue.peer).not.toHaveAttribute('data-camera', 'on');
  await blue.seesNoPicture();
});

test('a permission given later brings the picture by "try again"', async ({ people, site }) => {
  const red = await people.arrive('red', { allow: ['microphone'] });
  await expect(red.page.getByText(red.text.noCamera)).toBeVisible();
  await red.context.grantPermissions(['camera', 'microphone'], { origin: site.origin });
  await red.button(red.text.retry).click();
  await expect(red.page.getByText(red.text.noCamera)).toBeHidden();
  await red.seesOneself();
});

test('both refused: the page says so, and the chat works', async ({ people }) => {
  const red = await people.arrive('red', { allow: [] });
  await expect(red.self).toHaveAttribute('data-camera', 'failed');
  await expect(red.self).toHaveAttribute('data-microphone', 'failed');
  await expect(red.deviceBanner).toContainText(red.text.noDevices);
  const blue = await people.arrive('blue');
  await blue.connect(await red.code());
  await red.answerName();
  await red.say('Жазып отырмын');
  await blue.reads('Жазып отырмын');
});

test('a refused microphone is explained and costs neither the camera nor the call', async ({ people }) => {
  const [red, mute] = await people.pair({}, { allow: ['camera'] });
  await expect(mute.self).toHaveAttribute('data-microphone', 'failed');
  await expect(mute.self).toHaveAttribute('data-camera', 'on');
  await expect(mute.deviceBanner).toBeVisible();
  await red.ring();
  await mute.isRung(red.name);
  await mute.accept();
  await Promise.all([red.sees(mute), mute.sees(red)]);
  await mute.hears();
  await expect(red.peer).not.toHaveAttribute('data-microphone', 'on');
});

for (const [title, kinds] of [['Firefox refuses', ['fox-refused', 'blue']], ['beside Firefox', ['fox', 'no-devices']]]) {
  test(`somebody without devices watches and listens (${title})`, async ({ people }) => {
    test.skip(!FIREFOX, 'Firefox is not installed');
    const [one, other] = await people.pair({}, {}, kinds);
    const [without, seen] = kinds[0] === 'fox-refused' ? [one, other] : [other, one];
    await expect(without.deviceBanner).toContainText(without.text.noDevices);
    await without.button(without.text.withoutCamera).click();
    await without.ring();
    await seen.isRung(without.name);
    await seen.accept();
    await without.sees(seen);
    await without.hears();
    await seen.seesNoPicture();
  });
}
