// A school's own network without internet: https by an authority that the server has made itself.
import { networkInterfaces } from 'node:os';

import { faults } from '../support/axe.js';
import { inOwnNetwork } from '../support/scenes.js';
import { expect, test } from '../support/story.js';
import { TEXTS } from '../support/texts.js';
import { refuseSockets } from '../support/witness.js';

const IS_IN_A_NETWORK = Object.values(networkInterfaces()).flat().some(({ internal, address }) => !internal && !address.startsWith('fe80'));

test.use({ serverFlags: ['--tls', 'lan', '--tls-listen', '0.0.0.0:0'] });
test.skip(!IS_IN_A_NETWORK, 'this machine is in no network');

test('two who trust the server call each other in the own network, without a warning', async ({ people, site }) => {
  const origin = await inOwnNetwork(site);
  const there = { origin, trusts: site.authority };
  const red = await people.arrive('red', there);
  expect(await red.page.evaluate(() => window.isSecureContext)).toBe(true);
  const blue = await people.arrive('blue', there);
  await people.join(blue, red);
  await people.call(red, blue);
  await Promise.all([red.sees(blue), blue.sees(red), red.hears(), blue.hears()]);
});

test('on the server’s own screen the link and its QR code lead into the network', async ({ people, site }) => {
  const origin = await inOwnNetwork(site);
  const teacher = await people.arrive('day');
  const code = await teacher.code();
  await teacher.openConnect();
  await teacher.dialog.getByRole('button', { name: teacher.text.copyLink }).click();
  await expect(teacher.dialog.getByText(teacher.text.linkCopied)).toBeVisible();
  await teacher.page.keyboard.press('Escape');
  expect(await teacher.pasted()).toBe(`${origin}/${code}`);
});

test('who does not trust the server gets the browser’s warning, not the page', async ({ people, site }) => {
  const origin = await inOwnNetwork(site);
  const stranger = await people.meet('red', { origin });
  await expect(stranger.page.goto(origin)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
  stranger.forgive(/ERR_CERT|SSL|chrome-error/);
});

test('a page that came and whose sockets never open says why and leads to what helps', async ({ people, site }) => {
  const origin = await inOwnNetwork(site);
  // The warning was clicked away.
  const pupil = await people.meet('red', { origin, before: [refuseSockets], ignoreHTTPSErrors: true });
  await pupil.page.goto(origin);
  await expect(pupil.main).toHaveAttribute('data-connection', 'barred');
  for (const [language, words] of Object.entries({ kk: 'серверге әлі сенбейді', ru: 'не доверяет серверу', en: 'does not trust the server' })) {
    await pupil.switchLanguage(language);
    await expect(pupil.page.locator('.banner--connection')).toContainText(words);
  }
  expect(await faults(pupil.page)).toEqual([]);
  await pupil.page.getByRole('link', { name: pupil.text.howToTrust }).click();
  await expect(pupil.page.getByRole('heading', { name: pupil.text.trustTitle })).toBeVisible();
  expect(pupil.page.url()).toBe(`${origin}/ca`);
});

test('where only sockets are barred, and no authority of one’s own, the page does not speak of trust', async ({ people, site }) => {
  const red = await people.meet('red', { before: [refuseSockets] });
  await red.page.goto(site.origin);
  await expect(red.main).toHaveAttribute('data-connection', 'barred');
  await expect(red.page.locator('.banner--connection')).toContainText('Басқа желіден');
  await expect(red.page.getByRole('link', { name: red.text.howToTrust })).toHaveCount(0);
});

for (const [system, userAgent, file] of [
  ['iPhone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'baylanys.mobileconfig'],
  ['Android', 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36', 'baylanys-ca.crt'],
]) {
  test(`an ${system} is told how to trust the server, by http and without a program`, async ({ people, site }) => {
    const origin = (await inOwnNetwork(site)).replace('https:', 'http:');
    const options = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, javaScriptEnabled: false, userAgent };
    const pupil = await people.meet('red', { origin, ...options });
    pupil.forgive(/Cross-Origin-Opener-Policy/);
    await pupil.page.goto(`${origin}/ca`);
    for (const [language, { trustTitle }] of Object.entries(TEXTS)) {
      await pupil.page.locator(`a[hreflang="${language}"]`).click();
      await expect(pupil.page.getByRole('heading', { name: trustTitle })).toBeVisible();
      await expect(pupil.page.locator('html')).toHaveAttribute('lang', language);
    }
    // The steps of the own system are open, the others' are not.
    await expect(pupil.page.locator('details[open]')).toHaveCount(1);
    await expect(pupil.page.locator('details[open] summary')).toContainText(system);
    const download = pupil.page.waitForEvent('download');
    await pupil.page.locator('details[open] a').click();
    expect((await download).suggestedFilename()).toBe(file);
  });
}

test('axe finds nothing on the page about trust', async ({ people, site }) => {
  const origin = await inOwnNetwork(site);
  for (const viewport of [{ width: 1280, height: 720 }, { width: 360, height: 740 }]) {
    const person = await people.meet('red', { origin, trusts: site.authority, viewport });
    await person.page.goto(`${origin}/ca`);
    for (const colorScheme of ['light', 'dark']) {
      await person.page.emulateMedia({ colorScheme });
      // Colours on their way to the other theme are nobody's.
      await person.page.waitForFunction(() => document.getAnimations().every((it) => it.playState === 'finished'));
      expect(await faults(person.page), colorScheme).toEqual([]);
    }
    expect(await person.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  }
});
