// A computer with neither camera nor microphone: chat is a full way to take part.
import { expect, test } from '../support/story.js';

test('without devices: chat in the room, and a call in which one watches and listens', async ({ people }) => {
  const bare = await people.arrive('no-devices');
  await expect(bare.deviceBanner).toContainText(bare.text.noDevices);
  await bare.button(bare.text.withoutCamera).click();
  const blue = await people.arrive('blue');
  await bare.connect(await blue.code());
  await blue.answerName();
  await bare.say('Менде тек чат бар');
  await blue.reads('Менде тек чат бар');
  await blue.say('Жарайды');
  await bare.reads('Жарайды');

  await blue.ring();
  await bare.isRung(blue.name);
  await bare.accept();
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

test('a missing camera does not cost the microphone', async ({ people }) => {
  const [red, talker] = await people.inCall({}, {}, ['red', 'no-camera']);
  await red.hears();
  await talker.sees(red);
  await expect(talker.self).toHaveAttribute('data-camera', 'failed');
  await expect(talker.self).toHaveAttribute('data-microphone', 'on');
});
