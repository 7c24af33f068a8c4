// The ring tone: heard at every call, and nothing of it goes on between.
import { expect, test } from '../support/story.js';

/** Installed as an init script: notes every sound machine and every tone. */
function noteTones() {
  window.tones = { contexts: [], count: 0 };
  const Native = window.AudioContext;
  window.AudioContext = class extends Native {
    constructor(...settings) {
      super(...settings);
      window.tones.contexts.push(this);
    }

    createOscillator() {
      window.tones.count += 1;
      return super.createOscillator();
    }
  };
}

test('who is called hears it each time, and the sound machine rests in between', async ({ people }) => {
  const [red, blue] = await people.pair({}, { before: [noteTones] });
  const tones = () => blue.page.evaluate(() => window.tones.count);
  for (let call = 1; call <= 2; call += 1) {
    const before = await tones();
    await red.ring();
    await blue.isRung(red.name);
    await expect.poll(tones).toBeGreaterThan(before);
    await red.hangUp();
    await Promise.all([red.callIs('none'), blue.callIs('none')]);
    await expect.poll(() => blue.page.evaluate(() => window.tones.contexts.map((context) => context.state))).toEqual(['suspended']);
  }
});
