// The camera is there, but another program holds it.
import { expect, test } from '../support/story.js';
import { occupyCamera } from '../support/witness.js';

test('a camera held by another program is told apart from a refused one', async ({ people }) => {
  const busy = await people.arrive('red', { before: [occupyCamera] });
  const refused = await people.arrive('blue', { allow: ['microphone'] });
  await expect(busy.deviceBanner).toContainText(busy.text.noCamera);
  await expect(refused.deviceBanner).toContainText(refused.text.noCamera);
  expect(await busy.deviceBanner.innerText()).not.toBe(await refused.deviceBanner.innerText());
  await expect(busy.self).toHaveAttribute('data-microphone', /^(on|muted)$/);

  await busy.page.evaluate(() => {
    window.cameraIsFree = true;
  });
  await busy.button(busy.text.retry).click();
  await busy.seesOneself();
  await expect(busy.deviceBanner).toBeHidden();
});
