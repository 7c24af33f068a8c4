// What becomes of tabs: left and come back to, frozen in the background, asleep with the whole machine.
import { beside, crossing, expect, test } from '../support/story.js';

crossing('away by a link and back: the same room, the same name, and what was said meanwhile', async (people, kinds) => {
  const [red, blue] = await people.pair({}, {}, kinds);
  await blue.say('Қазір келемін');
  await red.reads('Қазір келемін');
  await blue.page.goto('about:blank');
  await expect(red.peer).toHaveAttribute('data-presence', /^(away|lost)$/);
  await red.say('Күтіп отырмын');

  await blue.page.goBack();
  await blue.isOnline();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await blue.reads('Күтіп отырмын');
  await expect(red.peer).toHaveAttribute('data-presence', 'here');
  await expect(red.peer).toContainText(blue.name);
  await blue.say('Келдім');
  await red.reads('Келдім');
  await people.call(blue, red);
  await Promise.all([red.sees(blue), blue.sees(red)]);
});

beside('a laptop that sleeps in a call is said to be interrupted, and wakes in it', async (people, other, browsers) => {
  const [red, blue] = await people.inCall({}, {}, [other, 'red']);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  const wake = await browsers.putToSleep('red');
  try {
    await expect(red.peer).toHaveAttribute('data-interrupted', 'true');
    await expect(red.peer).toContainText(red.text.interrupted);
    await red.say('Ұйықтап қалдың ба?');
    await red.hasSaid('Ұйықтап қалдың ба?');
  } finally {
    wake();
  }
  await blue.reads('Ұйықтап қалдың ба?');
  await expect(red.peer).toHaveAttribute('data-interrupted', 'false');
  await Promise.all([red.sees(blue), blue.sees(red)]);
  await Promise.all([red.hears(), blue.hears()]);
  await Promise.all([red.isWith(2), blue.isWith(2)]);
});

// The browser tells a page before it freezes it in the background and when it wakes it; without a window no tab is in the background.
test('a tab about to be frozen is shown as away, and as here when it wakes', async ({ people }) => {
  const [red, blue] = await people.pair();
  await blue.page.evaluate(() => document.dispatchEvent(new Event('freeze')));
  await expect(red.peer).toHaveAttribute('data-presence', 'away');
  await expect(red.peer).toContainText(red.text.away);
  await blue.page.evaluate(() => document.dispatchEvent(new Event('resume')));
  await expect(red.peer).toHaveAttribute('data-presence', 'here');
});
