// Somebody wants to talk, but not to be seen.
import { crossing, expect } from '../support/story.js';

crossing('accepting without the camera: heard, not seen, and the camera may come later', async (people, kinds) => {
  const [red, blue] = await people.pair({}, {}, kinds);
  await red.ring();
  await blue.isRung(red.name);
  await blue.acceptWithoutCamera();
  await blue.sees(red);
  await Promise.all([red.hears(), blue.hears()]);
  await expect(red.peer).toHaveAttribute('data-camera', 'off');
  await red.seesNoPicture();
  await blue.uses(['audio']);

  await blue.toggle('camera');
  await red.sees(blue);
});
