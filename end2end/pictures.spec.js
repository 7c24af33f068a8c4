// Every screen and state, for people to look at: into `pictures/SCREEN-SIZE-THEME-LANGUAGE.png`. A state is reached once with a
// mouse and once on a touch screen; then the window, the theme and the language are changed around it.
import { OTHER_NAME } from './support/browsers.js';
import { fill, inOwnNetwork, reach } from './support/scenes.js';
import { expect, test } from './support/story.js';
import { breakable, failDevice, refusePlay, refuseSockets, unpluggable, withholdClipboard } from './support/witness.js';

const THEMES = ['light', 'dark'];
const LANGUAGES = ['kk', 'ru', 'en'];
const KINDS = {
  mouse: { sizes: { desktop: [1440, 900] }, options: { viewport: { width: 1440, height: 900 } } },
  touch: {
    sizes: { phone: [360, 740], tablet: [768, 1024] },
    // On its side, with the on-screen keyboard up, and at 400 % of a desktop's window.
    low: { landscape: [740, 360], keyboard: [360, 400], 'landscape-keyboard': [740, 180], zoom: [320, 256], 'zoom-low': [360, 185] },
    options: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  },
};

/**
 * Takes the page as it stands in each size, theme and language; one that is not alive only in its own. `whole`: in a window as high as
 * the page is long; `before`: done before each picture, for what passes by itself.
 */
async function keep(page, screen, sizes, languages = LANGUAGES, { whole = false, before: renew = async () => {} } = {}) {
  const before = page.viewportSize();
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewportSize({ width, height });
    for (const language of languages) {
      if (languages === LANGUAGES) await speak(page, language);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        // What follows the window's size does so with the next picture of the screen; a page that is not alive follows nothing.
        if (languages === LANGUAGES) await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        if (whole) await page.setViewportSize({ width, height: await page.evaluate((least) => Math.max(least, document.documentElement.scrollHeight), height) });
        await renew();
        await page.screenshot({ animations: 'disabled', path: `pictures/${screen}-${size}-${colorScheme}-${language}.png` });
      }
    }
  }
  await page.setViewportSize(before);
  if (languages === LANGUAGES) await speak(page, 'kk');
}

/** Chosen from the list, also where that is out of reach: behind a modal, or in a call on a phone. */
async function speak(page, language) {
  if ((await page.evaluate(() => document.documentElement.lang)) === language) return;
  await page.locator('.language select').evaluate((list, chosen) => {
    list.value = chosen;
    list.dispatchEvent(new Event('change', { bubbles: true }));
  }, language);
  await expect(page.locator('html')).toHaveAttribute('lang', language);
}

// With an address that others can open there is a link to give.
test.use({ serverFlags: ['--public-url', 'https://talk.example'] });

for (const [kind, { sizes, low = {}, options }] of Object.entries(KINDS)) {
  const all = (person, screen, more = [], how = {}) =>
    keep(person.page, screen, { ...sizes, ...Object.fromEntries(Object.entries(low).filter(([size]) => more.includes(size))) }, LANGUAGES, how);
  const sideways = ['landscape'];
  const zoomed = ['zoom', 'zoom-low'];

  test(`${kind}: coming together and calling`, async ({ people }) => {
    const teacher = await people.arrive('day', options);
    const pupil = await people.arrive('dusk', options);
    await reach.pictures(teacher, pupil);
    await all(teacher, 'home', [...sideways, ...zoomed]);
    if (kind === 'touch') await all(teacher, 'home-whole', [], { whole: true });
    await pupil.openConnect();
    await all(pupil, 'modal', [...sideways, ...zoomed]);
    await pupil.dialog.getByRole('button', { name: pupil.text.showQr }).click();
    await expect(pupil.dialog.getByRole('img')).toBeVisible();
    await all(pupil, 'modal-qr');
    await fill(pupil, '2222-3333-4444');
    await expect(pupil.dialog.getByText(pupil.text.noRoom)).toBeVisible();
    await all(pupil, 'modal-no-room');
    await fill(pupil, await teacher.code());
    await expect(teacher.dialog).toContainText(teacher.text.joinedYou);
    await all(teacher, 'modal-somebody-joined', sideways);
    await teacher.answerName();
    await pupil.isWith(2);
    await all(pupil, 'room', sideways);

    const third = await people.arrive('no-camera', options);
    await third.openConnect();
    await fill(third, await teacher.code());
    await expect(third.dialog.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
    await all(third, 'modal-room-full');

    await teacher.ring();
    await pupil.isRung(teacher.name);
    await all(pupil, 'incoming', [...sideways, ...zoomed]);
    await all(teacher, 'calling');
    await pupil.accept();
    await reach.picturesOfEachOther(teacher, pupil);
    await all(teacher, 'call', [...sideways, ...zoomed]);
    if (kind === 'mouse') {
      await teacher.page.mouse.move(400, 300);
      await all(teacher, 'call-controls');
    }
    await teacher.leave();
    await expect(teacher.dialog).toBeVisible();
    await all(teacher, 'leave-question');
    await teacher.page.keyboard.press('Escape');

    await pupil.showChat();
    await all(pupil, 'call-chat-empty', sideways);
    await pupil.say('Сәлем! Дауысым жақсы естіліп тұр ма?');
    await expect(teacher.said('Сәлем!')).toHaveCount(1);
    await all(teacher, 'call-unread');
    await teacher.showChat();
    await teacher.say('Иә, сурет те анық. Тапсырманы осында жазамын:\n1) оқулықтың 48-беті\n2) https://example.org/sabaq');
    await pupil.reads('оқулықтың');
    await all(pupil, 'call-chat', sideways);
    await teacher.hideChat();
    await pupil.hideChat();
    await pupil.toggle('microphone');
    await pupil.toggle('camera');
    await teacher.seesNoPicture();
    await all(pupil, 'call-all-off');
    await all(teacher, 'call-camera-off', sideways);
    await pupil.hangUp();
    await expect(teacher.page.getByText(teacher.text.ended)).toBeVisible();
    await all(teacher, 'ended');
  });

  test(`${kind}: the chat, and the longest there is`, async ({ people }) => {
    const name = `${'Ең-ұзын-есім-осы-'.repeat(3)}`.slice(0, 40);
    const [teacher, pupil] = await people.pair({ ...options, name }, { ...options, name: 'Оқушы' }, ['day', 'no-camera']);
    await reach.pictures(teacher);
    await teacher.showChat();
    await all(teacher, 'chat-empty', [...sideways, 'keyboard', 'landscape-keyboard', ...zoomed]);
    await teacher.hideChat();
    await pupil.showChat();
    await pupil.say('Түсіндім');
    await expect(teacher.said('Түсіндім')).toHaveCount(1);
    await all(teacher, 'unread');
    await teacher.showChat();
    await teacher.say('ұзақ'.repeat(60));
    await teacher.say(`https://example.org/${'сабақ/'.repeat(30)}`);
    await pupil.reads('ұзақұзақ');
    await all(pupil, 'chat-longest', [...sideways, 'keyboard', 'landscape-keyboard', ...zoomed]);
    for (let line = 1; line <= 12; line += 1) await teacher.say(`${line}-тапсырма: оқулықтың ${40 + line}-беті`);
    await pupil.reads('12-тапсырма');
    await pupil.page.locator('.chat__lines').evaluate((list) => list.scrollTo(0, 0));
    await teacher.say('Сұрақ бар ма?');
    await expect(pupil.button(pupil.text.chatNews)).toBeVisible();
    await all(pupil, 'chat-news');
    await pupil.page.getByRole('textbox', { name: pupil.text.message }).fill('ә'.repeat(4_005));
    await all(pupil, 'chat-too-long');
    await pupil.page.getByRole('textbox', { name: pupil.text.message }).fill('');
    await Promise.all([teacher.hideChat(), pupil.hideChat()]);
    await all(pupil, 'room-longest', sideways);
    await teacher.ring();
    await pupil.isRung(name);
    await all(pupil, 'incoming-longest', [...sideways, ...zoomed]);
    await pupil.accept();
    await Promise.all([teacher.callIs('connected'), pupil.callIs('connected')]);
    await teacher.toggle('camera');
    await pupil.seesNoPicture();
    await all(pupil, 'call-longest', sideways);
  });

  test(`${kind}: what can go wrong`, async ({ people, site }) => {
    const refused = await people.arrive('day', { ...options, allow: [] });
    await expect(refused.deviceBanner).toBeVisible();
    await all(refused, 'camera-refused', [...sideways, ...zoomed]);
    const bare = await people.arrive('no-devices', options);
    await expect(bare.deviceBanner).toBeVisible();
    await all(bare, 'no-devices');
    await bare.button(bare.text.withoutCamera).click();
    await all(bare, 'chat-only');

    const guest = await people.meet('dusk', options);
    await guest.open(`/${await bare.code()}`);
    await all(guest, 'modal-link', sideways);
    await fill(guest);
    await bare.answerName();
    await guest.isWith(2);
    await reach.secondTab(guest);
    await all(guest, 'superseded', sideways);

    const [teacher, pupil] = await people.inCall(options, options, ['day', 'dusk']);
    await reach.picturesOfEachOther(teacher, pupil);
    for (const person of people.all) person.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
    await site.stop();
    await expect(teacher.main).toHaveAttribute('data-connection', 'reconnecting');
    await all(teacher, 'call-reconnecting', sideways);
    await expect(bare.main).toHaveAttribute('data-connection', 'reconnecting');
    await bare.showChat();
    await bare.say('Осыны ұмытпа');
    await all(bare, 'reconnecting-sending');
    await expect(bare.said('Осыны ұмытпа')).toHaveAttribute('data-delivery', 'failed', { timeout: 40_000 });
    await all(bare, 'undelivered');
    await site.startAgain();
    await bare.hasSaid('Осыны ұмытпа');
  });

  test(`${kind}: giving the code, and entering one`, async ({ people }) => {
    const person = await people.arrive('day', options);
    const code = person.page.locator('button:has(output[data-code])').first();
    await all(person, 'home-copied', [], { before: () => code.click() });
    const byHand = await people.arrive('no-camera', { ...options, before: [withholdClipboard] });
    await byHand.button(byHand.text.withoutCamera).click();
    await byHand.page.locator('button:has(output[data-code])').first().click();
    await all(byHand, 'home-copy-by-hand');

    await person.openConnect();
    for (const [screen, entered] of [['empty', ''], ['malformed', 'сәлем'], ['own', await person.code()]]) {
      await fill(person);
      await person.codeField.fill(entered);
      await person.submit();
      await expect(person.dialog.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
      await all(person, `modal-code-${screen}`);
    }
    const tooMany = person.dialog.getByRole('alert').filter({ hasText: /\d+\sсекунд/ });
    // As from a class behind one address.
    await Promise.all(Array.from({ length: 100 }, () => person.page.request.post(`${person.origin}/api/room_info`, { form: { code: '2222-3333-4444' } })));
    await fill(person, '2222-3333-4444');
    await expect(tooMany).toBeVisible();
    await all(person, 'modal-code-too-many');
    await person.nameField.fill('ә'.repeat(36));
    await all(person, 'modal-name-long', zoomed);
  });

  test(`${kind}: what became of a call`, async ({ people, browsers }) => {
    const teacher = await people.meet('day', { ...options, before: [breakable] });
    let line;
    await teacher.page.routeWebSocket(/\/ws$/, (socket) => {
      line = socket;
      socket.connectToServer();
    });
    await teacher.open();
    const pupil = await people.arrive('dusk', { ...options, before: [refusePlay] });
    await people.join(pupil, teacher);
    await teacher.ring();
    await pupil.isRung(teacher.name);
    await teacher.hangUp();
    await expect(pupil.page.locator('[data-notice="missed"]')).toBeVisible();
    await all(pupil, 'missed', sideways);
    await people.call(teacher, pupil);
    await expect(pupil.page.locator('.tap-to-play')).toBeVisible();
    await all(pupil, 'call-tap-to-play', sideways);
    line.close({ code: 4006, reason: '' });
    await expect(teacher.main).toHaveAttribute('data-connection', 'outdated');
    await all(teacher, 'call-outdated', sideways);
    teacher.forgive(/broken by the story|an exception has gone through the engine/);
    await teacher.openDevices();
    await teacher.page.evaluate(() => {
      window.breaks = true;
    });
    await expect(teacher.page.locator('.panic-notice')).toBeVisible();
    await keep(teacher.page, 'stopped', { ...sizes, landscape: [740, 360] }, ['kk']);
    await expect(pupil.peer).toHaveAttribute('data-presence', 'lost');
    await all(pupil, 'call-out-of-reach', sideways);
    await pupil.hangUp();
    await pupil.callIs('none');
    await all(pupil, 'room-out-of-reach', sideways);
  });

  test(`${kind}: more that can be wrong with a camera`, async ({ people }) => {
    const insecure = await people.meet('day', { ...options, host: OTHER_NAME });
    insecure.forgive(/Cross-Origin-Opener-Policy/);
    await insecure.open();
    await expect(insecure.deviceBanner).toBeVisible();
    await all(insecure, 'camera-insecure', sideways);
    const busy = await people.arrive('day', { ...options, before: [[failDevice, { device: 'video', name: 'NotReadableError', message: 'Could not start video source' }]] });
    await expect(busy.deviceBanner).toBeVisible();
    await all(busy, 'camera-busy', sideways);
  });

  test.describe(() => {
    test.use({ serverFlags: [] });

    test(`${kind}: a server without an address for others`, async ({ people }) => {
      const person = await people.arrive('day', options);
      await reach.pictures(person);
      await all(person, 'home-no-link', sideways);
    });
  });

  test(`${kind}: cameras and microphones`, async ({ people, browsers }) => {
    const [teacher, pupil] = await people.inCall({ ...options, before: [unpluggable] }, options, ['several-cameras', 'dusk']);
    await reach.picturesOfEachOther(teacher, pupil);
    await teacher.openDevices();
    await all(teacher, 'devices', [...sideways, ...zoomed]);
    await teacher.page.keyboard.press('Escape');
    await expect(teacher.peer).toHaveAttribute('data-speaking', 'true');
    await all(teacher, 'call-speaking');
    await teacher.peer.locator('[data-quality]').click();
    await all(teacher, 'link', [...sideways, ...zoomed]);
    await teacher.page.keyboard.press('Escape');
    await teacher.page.evaluate(() => window.unplug('video'));
    await expect(pupil.peer).toHaveAttribute('data-camera', 'lost');
    await all(teacher, 'camera-unplugged', sideways);
    await all(pupil, 'call-camera-lost');
    await teacher.page.evaluate(() => window.unplug('audio'));
    await expect(teacher.self).toHaveAttribute('data-microphone', 'failed');
    await all(teacher, 'both-unplugged');
    const wake = await browsers.putToSleep('dusk');
    try {
      await expect(teacher.peer).toHaveAttribute('data-interrupted', 'true');
      await all(teacher, 'call-interrupted');
    } finally {
      wake();
    }
  });

  test(`${kind}: a line that carries no picture`, async ({ people, strait }) => {
    const [teacher, pupil] = await people.inCall({ ...options, strait }, { ...options, strait }, ['day', 'dusk']);
    await reach.picturesOfEachOther(teacher, pupil);
    strait.loss = 0.3;
    await expect(teacher.page.locator('[data-offer]')).toBeVisible({ timeout: 60_000 });
    await all(teacher, 'call-offer', [...sideways, ...zoomed]);
  });

  test(`${kind}: the check before a lesson`, async ({ people }) => {
    for (const language of LANGUAGES) {
      const person = await people.meet('day', { ...options, language, allow: ['microphone'] });
      await person.page.goto(`${person.origin}/check`);
      await expect(person.page.locator('html[data-hydrated]')).toBeAttached();
      await keep(person.page, 'check', sizes, [language]);
      await person.page.locator('[data-do="start"]').click();
      await person.page.locator('[data-do="play"]').click();
      await keep(person.page, 'check-begun', sizes, [language]);
      await person.page.locator('[data-do="heard"]').click();
      await expect(person.main).toHaveAttribute('data-check', 'failed', { timeout: 30_000 });
      await keep(person.page, 'check-over', sizes, [language], { whole: true });
    }
    const well = await people.meet('day', options);
    await well.page.goto(`${well.origin}/check`);
    await expect(well.page.locator('html[data-hydrated]')).toBeAttached();
    await well.page.locator('[data-do="start"]').click();
    await well.page.locator('[data-do="play"]').click();
    await well.page.locator('[data-do="heard"]').click();
    await expect(well.main).toHaveAttribute('data-check', /^(good|limited)$/, { timeout: 30_000 });
    await keep(well.page, 'check-well', sizes, ['kk'], { whole: true });
  });

  test(`${kind}: a page that is not alive`, async ({ people, browsers, site }) => {
    const slow = await people.meet('day', options);
    await reach.withoutServer(slow);
    await all(slow, 'reaching-server', sideways);
    if (kind === 'mouse') {
      await slow.page.keyboard.press('?');
      await expect(slow.dialog).toBeVisible();
      await all(slow, 'shortcuts');
    }
    const browser = await browsers.of('day');
    for (const language of LANGUAGES) {
      const context = (more) => browser.newContext({ locale: language, ...options, ...more });
      for (const [screen, open] of Object.entries(reach.unalive)) {
        const [page, close] = await open(context, site.origin);
        await keep(page, screen, sizes, [language]);
        await close();
      }
    }
  });

  test.describe(() => {
    test.use({ serverFlags: ['--tls', 'lan', '--tls-listen', '0.0.0.0:0'] });

    test(`${kind}: a server that is not trusted`, async ({ people, site }) => {
      const origin = await inOwnNetwork(site);
      const pupil = await people.meet('day', { ...options, origin, before: [refuseSockets], ignoreHTTPSErrors: true });
      await pupil.page.goto(origin);
      await expect(pupil.main).toHaveAttribute('data-connection', 'barred');
      await all(pupil, 'barred', [...sideways, ...zoomed]);
      for (const language of LANGUAGES) {
        await pupil.page.goto(`${origin}/ca`);
        await pupil.page.locator(`a[hreflang="${language}"]`).click();
        await expect(pupil.page.locator('html')).toHaveAttribute('lang', language);
        await keep(pupil.page, 'ca', sizes, [language], { whole: true });
      }
    });
  });
}
