// Both have the same thought.
import { test } from '../support/story.js';

test('two people who ring each other at once get one call, not two dialogs', async ({ people }) => {
  const [red, blue] = await people.pair({ mail: true }, { mail: true });
  const release = [red.holdMail(), blue.holdMail()];
  await Promise.all([red.ring(), blue.ring()]);
  for (const open of release) open();
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
  await Promise.all([red.sees('blue'), blue.sees('red')]);

  await blue.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
});
