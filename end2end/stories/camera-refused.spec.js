// The person has said no to the camera, in the browser itself.
import { FIREFOX } from '../support/browsers.js';
import { beside, expect, test } from '../support/story.js';

beside('a refused camera is explained and costs neither the microphone nor the call', async (people, other) => {
  const red = await people.arrive('red', { allow: ['microphone'] });
  await expect(red.page.getByText(red.text.noCamera)).toBeVisible();
  await expect(red.self).toHaveAttribute('data-camera', 'failed');
  await expect(red.self).toHaveAttribute('data-microphone', /^(on|muted)$/);

  // Trying again after still saying no changes nothing; going on without closes the banner.
  await red.button(red.text.retry).click();
  await expect(red.page.getByText(red.text.noCamera)).toBeVisible();
  await red.button(red.text.withoutCamera).click();
  await expect(red.page.getByText(red.text.noCamera)).toBeHidden();

  const blue = await people.arrive(other);
  await people.join(blue, red);
  await people.call(blue, red);
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
  await people.join(blue, red);
  await red.say('Жазып отырмын');
  await blue.reads('Жазып отырмын');
});

beside('a refused microphone is explained and costs neither the camera nor the call', async (people, other) => {
  const [red, mute] = await people.pair({}, { allow: ['camera'] }, [other, 'red']);
  await expect(mute.self).toHaveAttribute('data-microphone', 'failed');
  await expect(mute.self).toHaveAttribute('data-camera', 'on');
  await expect(mute.deviceBanner).toBeVisible();
  await people.call(red, mute);
  await Promise.all([red.sees(mute), mute.sees(red)]);
  await mute.hears();
  await expect(red.peer).not.toHaveAttribute('data-microphone', 'on');
});

test('who has forbidden both in Firefox watches and listens', async ({ people }) => {
  test.skip(!FIREFOX, 'Firefox is not installed');
  const [without, seen] = await people.pair({}, {}, ['fox-refused', 'blue']);
  await expect(without.deviceBanner).toContainText(without.text.noDevices);
  await without.button(without.text.withoutCamera).click();
  await people.call(without, seen);
  await without.sees(seen);
  await without.hears();
  await seen.seesNoPicture();
});
