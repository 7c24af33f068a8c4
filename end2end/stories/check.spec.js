// The check before a lesson: each leg of the way is tried, and what fails is named with what to do.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { faults } from '../support/axe.js';
import { FIREFOX } from '../support/browsers.js';
import { RELAY, Relay } from '../support/relay.js';
import { expect, test } from '../support/story.js';

const NETWORK = ['server', 'stun', 'turn-udp', 'turn-tcp', 'media'];
const WORDS = {
  kk: { title: 'Байланысты тексеру', start: 'Тексеруді бастау', again: 'Қайта тексеру', play: 'Дыбысты ойнату', heard: 'Естідім', notHeard: 'Естімедім', ready: 'Бәрі дайын', talk: 'Сөйлесуге болады', broken: 'Жұмыс істемей тұр:' },
  ru: { title: 'Проверка связи', start: 'Начать проверку', again: 'Проверить ещё раз', play: 'Воспроизвести звук', heard: 'Слышу', notHeard: 'Не слышу', ready: 'Всё готово', talk: 'Говорить можно', broken: 'Не работает:' },
  en: { title: 'Check the connection', start: 'Start the check', again: 'Check again', play: 'Play a sound', heard: 'I heard it', notHeard: 'I heard nothing', ready: 'All is ready', talk: 'You can talk', broken: 'Not working:' },
};

/** The page, opened and begun, in the words of a language. */
async function begin(people, kind, { language = 'kk', forgiven, ...options } = {}) {
  const person = await people.meet(kind, { language, ...options });
  if (forgiven) person.forgive(forgiven);
  await person.page.goto(`${person.origin}/check`);
  await expect(person.page.locator('html[data-hydrated]')).toBeAttached();
  const words = WORDS[language];
  await expect(person.page.getByRole('heading', { level: 2 })).toHaveText(words.title);
  // Nothing is opened before the person asks for it.
  expect(await person.page.evaluate(() => [window.witness.wishes.length, window.witness.connections.length])).toEqual([0, 0]);
  await person.button(words.start).click();
  const leg = (name) => person.page.locator(`[data-leg="${name}"]`);
  const stands = (name, state) => expect(leg(name), name).toHaveAttribute('data-state', state, { timeout: 25_000 });
  const says = async (verdict, text) => {
    await expect(person.main).toHaveAttribute('data-check', verdict, { timeout: 30_000 });
    await expect(person.page.locator('[data-verdict]')).toContainText(text);
  };
  const hear = async (yes = true) => {
    await person.button(words.play).click();
    await person.button(yes ? words.heard : words.notHeard).click();
  };
  return { person, words, leg, stands, says, hear };
}

const story = test.extend({
  relay: async ({}, use) => {
    const relay = await Relay.start();
    await use(relay);
    await relay.stop();
  },
});

story.describe('with a relay', () => {
  story.skip(!RELAY, 'coturn is not installed');
  story.use({ serverFlags: async ({ relay }, use) => use([...relay.flags(), '--turn', 'off']) });

  for (const language of ['kk', 'ru', 'en']) {
    story(`${language}: all is well, and the devices are let go at the end`, async ({ people }) => {
      const { person, words, stands, says, hear } = await begin(people, 'red', { language });
      for (const name of ['camera', 'microphone', ...NETWORK]) await stands(name, 'good');
      await person.uses(['audio', 'video']);
      await hear();
      await says('good', words.ready);
      await person.uses([]);
      expect(await person.page.evaluate(() => window.witness.connections.every((it) => it.connectionState === 'closed'))).toBe(true);
      await person.button(words.again).click();
      await stands('media', 'good');
    });
  }

  story('all ways are found in Firefox too', async ({ people }) => {
    story.skip(!FIREFOX, 'Firefox is not installed');
    const { stands } = await begin(people, 'fox');
    for (const name of ['camera', ...NETWORK]) await stands(name, 'good');
  });
});

story.describe('with a relay that UDP does not reach', () => {
  story.skip(!RELAY, 'coturn is not installed');
  story.use({
    serverFlags: async ({ relay }, use) => {
      const silent = createSocket('udp4').bind(0, relay.address);
      await once(silent, 'listening');
      await use([...relay.flags({ udp: silent.address().port }), '--turn', 'off']);
      silent.close();
    },
  });

  story('that leg is named, and calls have another way', async ({ people }) => {
    const { leg, words, stands, says, hear } = await begin(people, 'red');
    for (const name of ['stun', 'turn-tcp']) await stands(name, 'good');
    await stands('turn-udp', 'failed');
    await expect(leg('turn-udp')).toContainText('UDP-ді бөгеп тұр');
    await stands('media', 'good');
    await hear();
    await says('limited', words.talk);
    await says('limited', 'TURN, UDP арқылы');
  });
});

for (const [browser, kind] of Object.entries({ Chromium: 'red', Firefox: 'fox' })) {
  test(`on the server’s own machine all ways are found, with nothing configured (${browser})`, async ({ people }) => {
    test.skip(kind === 'fox' && !FIREFOX, 'Firefox is not installed');
    const { stands } = await begin(people, kind);
    for (const name of NETWORK) await stands(name, 'good');
  });
}

test.describe('a server without STUN and TURN', () => {
  test.use({ serverFlags: ['--turn', 'off'] });

  test('the page says so, and it is no fault', async ({ people }) => {
    const { words, stands, says, hear, leg } = await begin(people, 'red');
    for (const name of ['stun', 'turn-udp', 'turn-tcp', 'media']) await stands(name, 'absent');
    await expect(leg('turn-udp')).toContainText('қатаң брандмауэр');
    for (const name of ['camera', 'microphone', 'server']) await stands(name, 'good');
    await hear();
    await says('good', words.ready);
  });
});

test('a refused camera is named and explained, and costs the microphone nothing', async ({ people }) => {
  const { words, stands, says, hear, leg } = await begin(people, 'red', { allow: ['microphone'] });
  await stands('camera', 'failed');
  await expect(leg('camera')).toContainText('рұқсат берілмеген');
  await stands('microphone', 'good');
  await hear(false);
  await says('failed', words.broken);
  await says('failed', 'Камера; Динамик');
  await expect(leg('speaker')).toContainText('құлаққап');
});

test('no socket to the server is told from no server', async ({ people }) => {
  // The page's own requests come through, as with a proxy that knows no WebSockets.
  const refuse = () => {
    const Native = window.WebSocket;
    window.WebSocket = class extends Native {
      constructor(address) {
        super(address.replace(/ws$/, 'healthz'));
      }
    };
  };
  const { stands, leg } = await begin(people, 'red', { before: [refuse], forgiven: /WebSocket connection/ });
  await stands('server', 'failed');
  await expect(leg('server')).toContainText('WebSocket');
});

for (const [kind, options] of Object.entries({ desktop: { viewport: { width: 1280, height: 720 } }, phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } })) {
  test(`${kind}: axe finds nothing in the check, begun and over`, async ({ people }) => {
    const { person, stands, hear, says } = await begin(people, 'red', { ...options, reducedMotion: 'reduce', allow: ['microphone'] });
    await stands('microphone', 'good');
    for (const when of ['begun', 'over']) {
      for (const colorScheme of ['light', 'dark']) {
        await person.page.emulateMedia({ colorScheme });
        await person.page.waitForFunction(() => document.getAnimations().every((it) => it.playState === 'finished'));
        expect(await faults(person.page), `${when}, ${colorScheme}`).toEqual([]);
      }
      if (when === 'begun') {
        await hear();
        await says('failed', 'Камера');
      }
    }
    const small = await person.page.locator('button:visible, a.button').evaluateAll((all) => all.filter((it) => Math.min(it.offsetWidth, it.offsetHeight) < 44).map((it) => it.outerHTML));
    expect(small).toEqual([]);
  });
}

test('from the choice of devices, without leaving the room', async ({ people }) => {
  const red = await people.arrive('red');
  await red.openDevices();
  const opened = red.context.waitForEvent('page');
  await red.dialog.getByRole('link', { name: red.text.check }).click();
  const check = await opened;
  await expect(check.locator('[data-check="waiting"]')).toBeVisible();
  await expect(red.main).toHaveAttribute('data-connection', 'online');
});
