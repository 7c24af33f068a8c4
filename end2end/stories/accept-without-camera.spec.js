// Somebody wants to talk, but not to be seen.
import { expect, test } from '../support/story.js';

test('accepting without the camera: heard, not seen, and the camera may come later', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.ring();
  await blue.isRung(red.name);
  await blue.acceptWithoutCamera();
  await blue.sees('red');
  await Promise.all([red.hears(), blue.hears()]);
  await expect(red.peer).toHaveAttribute('data-camera', 'off');
  await red.seesNoPicture();
  await blue.uses(['audio']);

  await blue.toggle('camera');
  await red.sees('blue');
});
