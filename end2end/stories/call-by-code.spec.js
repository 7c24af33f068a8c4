// The main story: a code is given, two people talk, see each other, and hang up.
import { crossing, expect } from '../support/story.js';

crossing('a code brings two people together: chat, ring, accept, see, mute, camera off, hang up', async (people, kinds) => {
  const red = await people.arrive(kinds[0]);
  await red.seesOneself();
  const blue = await people.arrive(kinds[1]);

  await people.join(blue, red);
  await expect(red.peer).toContainText(blue.name);
  await expect(blue.peer).toContainText(red.name);

  await blue.say('Сәлем! 👋 Әңгімелесейік пе?');
  people.secrets.add('Әңгімелесейік');
  await blue.hasSaid('Сәлем! 👋 Әңгімелесейік пе?');
  await red.reads('Сәлем! 👋 Әңгімелесейік пе?');
  await red.say('Иә, қазір');
  await blue.reads('Иә, қазір');

  await red.ring();
  await red.callIs('calling');
  await blue.isRung(red.name);
  await blue.accept();
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  await Promise.all([red.hears(), blue.hears()]);

  await red.toggle('microphone');
  await expect(red.self).toHaveAttribute('data-microphone', 'muted');
  await expect(blue.peer).toHaveAttribute('data-microphone', 'muted');
  await blue.hearsNothing();
  await red.uses(['audio', 'video']);

  await blue.toggle('camera');
  await expect(blue.self).toHaveAttribute('data-camera', 'off');
  await expect(red.peer).toHaveAttribute('data-camera', 'off');
  await red.seesNoPicture();
  // Off means off: the camera's light is out, the microphone's is not.
  await blue.uses(['audio']);

  await red.toggle('microphone');
  await expect(blue.peer).toHaveAttribute('data-microphone', 'on');
  await blue.hears();
  await blue.toggle('camera');
  await red.sees(blue);

  await blue.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await expect(red.page.getByText(red.text.ended)).toBeVisible();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await red.seesNoPicture();

  await red.reads('Сәлем! 👋 Әңгімелесейік пе?');
  await red.say('Рақмет!');
  await blue.reads('Рақмет!');
});
