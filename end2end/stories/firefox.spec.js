// The two are not at the same browser.
import { FIREFOX } from '../support/browsers.js';
import { FirefoxPerson } from '../support/firefox.js';
import { expect, test } from '../support/story.js';

test.skip(!FIREFOX, 'Firefox is not installed');

for (const caller of ['Firefox', 'Chromium']) {
  test(`Firefox and Chromium talk and see each other (${caller} rings)`, async ({ people, site }) => {
    const red = await people.arrive('red');
    const fox = await FirefoxPerson.arrive(site.origin, 'Түлкі');
    people.secrets.add(fox.name);
    try {
      await fox.connect(await red.code());
      await red.answerName();
      await red.isWith(2);
      await fox.say('Түлкіден сәлем');
      await red.reads('Түлкіден сәлем');
      await red.say('Сәлем, түлкі');
      await fox.reads('Сәлем, түлкі');

      if (caller === 'Firefox') {
        await fox.click(fox.text.call);
        await red.isRung(fox.name);
        await red.accept();
      } else {
        await red.ring();
        await fox.callIs('incoming');
        await fox.click(fox.text.accept);
      }
      await Promise.all([red.callIs('connected'), fox.callIs('connected')]);
      await fox.sees('red');
      // Firefox's fake camera changes its colour: only that it lives and came from the connection is certain.
      await red.seesSomeone();
      await Promise.all([red.hears(), fox.hears()]);

      await red.toggle('camera');
      await expect.poll(() => fox.page.$eval('[data-tile="peer"]', (tile) => tile.dataset.camera)).toBe('off');
      await red.toggle('camera');
      await fox.sees('red');

      await fox.click(fox.text.hangUp);
      await Promise.all([red.callIs('none'), fox.callIs('none')]);
      expect(fox.complaints).toEqual([]);
    } finally {
      await fox.close();
    }
  });
}
