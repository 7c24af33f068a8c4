// A computer with neither camera nor microphone: chat is a full way to take part.
import { beside, expect, test } from '../support/story.js';

beside('without devices: chat in the room, and a call in which one watches and listens', async (people, other) => {
  const bare = await people.arrive('no-devices');
  await expect(bare.deviceBanner).toContainText(bare.text.noDevices);
  await bare.button(bare.text.withoutCamera).click();
  const blue = await people.arrive(other);
  await people.join(bare, blue);
  await bare.say('Менде тек чат бар');
  await blue.reads('Менде тек чат бар');
  await blue.say('Жарайды');
  await bare.reads('Жарайды');

  await people.call(blue, bare);
  await bare.sees(blue);
  await bare.hears();
  await blue.seesNoPicture();
  await expect(blue.peer).not.toHaveAttribute('data-microphone', 'on');
});

test('two people without any device chat', async ({ people }) => {
  const [one, other] = await people.pair({ name: 'Бірінші' }, { name: 'Екінші' }, ['no-devices', 'no-devices']);
  await one.say('Сәлем');
  await other.reads('Сәлем');
  await other.say('Сәлем де');
  await one.reads('Сәлем де');
});

beside('a missing camera does not cost the microphone', async (people, other) => {
  const [red, talker] = await people.inCall({}, {}, [other, 'no-camera']);
  await red.hears();
  await talker.sees(red);
  await expect(talker.self).toHaveAttribute('data-camera', 'failed');
  await expect(talker.self).toHaveAttribute('data-microphone', 'on');
});
