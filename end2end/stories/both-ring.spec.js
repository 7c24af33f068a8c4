// Both have the same thought.
import { crossing } from '../support/story.js';

crossing('two people who ring each other at once get one call, not two dialogs', async (people, kinds) => {
  const [red, blue] = await people.pair({ mail: true }, { mail: true }, kinds);
  const release = [red.holdMail(), blue.holdMail()];
  await Promise.all([red.ring(), blue.ring()]);
  for (const open of release) open();
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
  await Promise.all([red.sees(blue), blue.sees(red)]);

  await blue.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
});
