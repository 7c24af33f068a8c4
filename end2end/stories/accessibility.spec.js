// axe finds nothing on any screen, in light and dark, with a mouse and on a phone; and on a phone a finger finds every button.
import { faults } from '../support/axe.js';
import { fill, reach } from '../support/scenes.js';
import { expect, test } from '../support/story.js';

const KINDS = {
  desktop: { viewport: { width: 1280, height: 720 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};
/** The least side of what is to be touched, in CSS pixels. */
const TARGET = 44;

/** Buttons, lists and fields that are seen and smaller than that. */
function tooSmall(least) {
  const within = document.querySelector('dialog[open]') ?? document;
  const seen = [...within.querySelectorAll('button, select, input, textarea, a.button')].filter((it) => it.checkVisibility({ visibilityProperty: true }) && it.tabIndex >= 0);
  const small = seen.filter((it) => {
    const { width, height } = it.getBoundingClientRect();
    return Math.min(width, height) < least - 0.01;
  });
  return { seen: seen.length, small: small.map((it) => it.outerHTML) };
}

// With an address that others can open there is a link to give.
test.use({ serverFlags: ['--public-url', 'https://talk.example'] });

for (const [kind, options] of Object.entries(KINDS)) {
  const calm = { ...options, reducedMotion: 'reduce' };
  const check = async ({ page }, screen) => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      // Colours on their way to the other theme are nobody's.
      await page.waitForFunction(() => document.getAnimations().every((it) => it.playState === 'finished'));
      expect(await faults(page), `${screen}, ${colorScheme}`).toEqual([]);
    }
    if (kind !== 'phone') return;
    const { seen, small } = await page.evaluate(tooSmall, TARGET);
    expect(seen, `${screen}: there is something to touch`).toBeGreaterThan(0);
    expect(small, `${screen}: too small for a finger`).toEqual([]);
  };

  test(`${kind}: coming together, calling, chatting`, async ({ people }) => {
    test.setTimeout(180_000);
    const red = await people.arrive('red', calm);
    const blue = await people.arrive('blue', calm);
    await check(red, 'home');
    await red.openConnect();
    await check(red, 'modal');
    await red.dialog.getByRole('button', { name: red.text.showQr }).click();
    await expect(red.dialog.getByRole('img', { name: red.text.qrOfLink })).toBeVisible();
    await check(red, 'QR code');
    await fill(red, '2222-3333-4444');
    await expect(red.dialog.getByText(red.text.noRoom)).toBeVisible();
    await check(red, 'modal with an error');
    await fill(red, await blue.code());
    await expect(blue.dialog).toContainText(blue.text.joinedYou);
    await check(blue, 'somebody joined');
    await blue.answerName();
    await red.isWith(2);
    await check(red, 'room');

    await red.ring();
    await blue.isRung(red.name);
    await check(blue, 'incoming');
    await check(red, 'calling');
    await blue.accept();
    await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
    await check(red, 'call');
    const bars = red.peer.locator('[data-quality]');
    await bars.click();
    await expect(red.dialog).toContainText(red.text.linkTitle);
    await check(red, 'the figures of a connection');
    await red.page.keyboard.press('Escape');
    await red.openDevices();
    await check(red, 'devices and the data saver');
    await red.page.keyboard.press('Escape');
    await blue.toggle('camera');
    await blue.toggle('microphone');
    await expect(red.peer).toHaveAttribute('data-camera', 'off');
    await check(red, 'call, the other’s camera off');
    await check(blue, 'call, the own camera off');
    await blue.showChat();
    await blue.say('Сәлем: https://example.org/sabaq');
    await red.showChat();
    await red.reads('Сәлем');
    await check(red, 'call with the chat');
    await red.hideChat();
    await red.leave();
    await expect(red.dialog).toBeVisible();
    await check(red, 'leave?');
    await red.page.keyboard.press('Escape');
    await blue.hideChat();
    await blue.hangUp();
    await expect(red.page.getByText(red.text.ended)).toBeVisible();
    await check(red, 'after the call');
  });

  test(`${kind}: the question about the camera, when the line is poor`, async ({ people, strait }) => {
    test.setTimeout(180_000);
    const [red] = await people.inCall({ ...calm, strait }, { ...calm, strait });
    strait.loss = 0.3;
    await expect(red.page.locator('[data-offer]')).toBeVisible({ timeout: 60_000 });
    await check(red, 'the question about the camera');
    if (kind !== 'phone') return;
    // Nothing lies over its answers, and it lies over nothing where there is room.
    for (const [width, height, parts] of [[360, 740, '[data-offer] button, [data-quality]'], [740, 360, '[data-offer] button, [data-quality]'], [320, 256, '[data-offer] button']]) {
      await red.page.setViewportSize({ width, height });
      for (const part of await red.page.locator(parts).all()) await part.click({ trial: true });
    }
  });

  test(`${kind}: devices, outages, other pages`, async ({ people, site }) => {
    test.setTimeout(180_000);
    for (const [screen, allow] of [['camera refused', ['microphone']], ['microphone refused', ['camera']], ['both refused', []]]) {
      const refused = await people.arrive('red', { ...calm, allow });
      await expect(refused.deviceBanner).toBeVisible();
      await check(refused, screen);
    }
    const bare = await people.arrive('no-devices', calm);
    await check(bare, 'no devices');
    await bare.button(bare.text.withoutCamera).click();
    await expect(bare.deviceBanner).toHaveCount(0);
    await check(bare, 'chat only');
    await bare.page.keyboard.press('?');
    await expect(bare.dialog).toBeVisible();
    await check(bare, 'shortcuts');
    await bare.page.keyboard.press('Escape');

    const lost = await people.meet('red', calm);
    lost.forgive(/404/);
    await lost.page.goto(`${site.origin}/jok/mundai/bet`);
    await expect(lost.main).toBeVisible();
    await check(lost, 'no such page');

    const guest = await people.meet('blue', calm);
    await guest.open(`/${await bare.code()}`);
    await check(guest, 'came by a link');
    await fill(guest);
    await bare.answerName();
    await guest.isWith(2);
    await reach.secondTab(guest);
    await check(guest, 'superseded');

    for (const person of people.all) person.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
    await site.stop();
    await expect(bare.main).toHaveAttribute('data-connection', 'reconnecting');
    await bare.showChat();
    await bare.say('Осыны ұмытпа');
    await check(bare, 'reconnecting, with an unsent message');
    await expect(bare.said('Осыны ұмытпа')).toHaveAttribute('data-delivery', 'failed', { timeout: 40_000 });
    await check(bare, 'an undelivered message');
    await site.startAgain();
    await bare.hasSaid('Осыны ұмытпа');
  });
}
