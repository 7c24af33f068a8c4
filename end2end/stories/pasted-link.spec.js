// The friend pastes a whole link where a code is asked for, or types a code as people do.
import { test } from '../support/story.js';

const WAYS = {
  'a link': (code, origin) => `${origin}/${code}`,
  'a link with blanks around it': (code, origin) => `  ${origin}/${code}  `,
  'capitals without dashes': (code) => code.replaceAll('-', '').toUpperCase(),
  'blanks for dashes': (code) => code.replaceAll('-', ' '),
};

for (const [way, written] of Object.entries(WAYS)) {
  test(`a code given as ${way} leads to the room`, async ({ people, site }) => {
    const red = await people.arrive('red');
    const blue = await people.arrive('blue');
    await blue.connect(written(await red.code(), site.origin));
    await red.answerName();
    await Promise.all([red.isWith(2), blue.isWith(2)]);
  });
}
