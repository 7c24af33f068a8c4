// A weak line: how good it is said to be, what is sent over it, what the person is asked, and what the data saver takes.
import { CROSSINGS, expect, test } from '../support/story.js';
import { FIREFOX, isFirefox } from '../support/browsers.js';

const [GOOD, , , LOST] = [0, 1, 2, 3];

/** Firefox complains of a path that is gone, as it should. */
const FOX_GIVES_UP = /WebRTC: ICE failed/;

/** The picture that this person receives: the shorter side of its frames, and kilobytes so far. */
const received = (person) =>
  person.page.evaluate(async () => {
    const reports = [...(await window.witness.connections.at(-1).getStats()).values()];
    const { frameWidth = 0, frameHeight = 0, bytesReceived = 0, timestamp = 0 } = reports.find(({ type, kind, framesDecoded }) => type === 'inbound-rtp' && kind === 'video' && framesDecoded > 0) ?? {};
    return { side: Math.min(frameWidth, frameHeight), bytes: bytesReceived, at: timestamp };
  });

const side = async (person) => (await received(person)).side;

/** What was last said to this person of the picture that they send: the share lost, and seconds since. */
const told = (person) =>
  person.page.evaluate(async () => {
    const reports = [...(await window.witness.connections.at(-1).getStats()).values()];
    const { fractionLost = 0, timestamp = 0 } = reports.find(({ type, kind }) => type === 'remote-inbound-rtp' && kind === 'video') ?? {};
    return { lost: fractionLost, age: (Math.max(...reports.map((report) => report.timestamp)) - timestamp) / 1_000 };
  });

/** Kilobits a second of the picture that this person receives, over the next seconds that the browser counts. */
async function rate(person, seconds) {
  const before = await received(person);
  let after = before;
  await expect
    .poll(async () => {
      after = await received(person);
      return after.at - before.at;
    })
    .toBeGreaterThan(seconds * 1_000);
  return ((after.bytes - before.bytes) * 8) / (after.at - before.at);
}

const bars = (person) => person.peer.locator('[data-quality]');

/** The quality in words, as the button on the tile is called. */
const isSaid = (person, levels, timeout = 30_000) =>
  expect(bars(person)).toHaveAttribute('aria-label', new RegExp(`^(${levels.map((level) => person.text.levels[level]).join('|')})$`), { timeout });

for (const [browsers, kinds] of Object.entries(CROSSINGS)) {
  const tell = (title, body) =>
    test(`${title} (${browsers})`, async ({ people, strait }) => {
      test.skip(!FIREFOX && kinds.some(isFirefox), 'Firefox is not installed');
      test.setTimeout(240_000);
      await body(people, strait);
    });

  tell('a good connection is said to be good, in three languages, with its figures on a tap', async (people) => {
    const [red] = await people.inCall({}, {}, kinds);
    await isSaid(red, [GOOD], 60_000);
    for (const language of ['ru', 'en', 'kk']) {
      await red.switchLanguage(language);
      await isSaid(red, [GOOD]);
    }
    await bars(red).click();
    await expect(red.dialog).toContainText(red.text.linkTitle);
    await expect(red.dialog).toContainText(red.text.direct);
    await expect(red.dialog.locator('dd').nth(1)).toHaveText(/^\d+\sмс$/);
    await expect(red.dialog.locator('dd').nth(2)).toHaveText(/^[1-9]\d*\sкбит\/с, \d+\s% жоғалды$/);
    await expect(red.dialog.locator('dd').nth(4)).toHaveText(/^\d+ × \d+$/);
    await expect(red.dialog.locator('dd').nth(5)).toHaveText(/^\d+,\d\sМБ$/);
    await red.page.keyboard.press('Escape');
    await red.hangUp();
    await expect(bars(red)).toBeHidden();
  });

  tell('packets that stop for three seconds are spoken of, and the picture comes back by itself', async (people, strait) => {
    const [red, blue] = await people.inCall({ strait }, { strait }, kinds);
    for (const person of [red, blue]) person.forgive(FOX_GIVES_UP);
    await Promise.all([red.sees(blue), blue.sees(red)]);
    expect(strait.passed).toBeGreaterThan(0);
    strait.loss = 1;
    for (const person of [red, blue]) {
      await expect(person.peer).toHaveAttribute('data-interrupted', 'true');
      await expect(person.peer).toContainText(person.text.interrupted);
      await isSaid(person, [LOST]);
    }
    strait.loss = 0;
    for (const person of [red, blue]) await expect(person.peer).toHaveAttribute('data-interrupted', 'false', { timeout: 30_000 });
    await Promise.all([red.sees(blue), blue.sees(red)]);
    await Promise.all([red.hears(), blue.hears()]);
  });

  tell('a pause so long that a connection is given up ends by itself too', async (people, strait) => {
    const [red, blue] = await people.inCall({ strait }, { strait }, kinds);
    for (const person of [red, blue]) person.forgive(FOX_GIVES_UP);
    await Promise.all([red.sees(blue), blue.sees(red)]);
    // Given up by the browser, Firefox's at that; or by the page, which makes another.
    const watched = [red, blue].at(kinds.findIndex(isFirefox));
    const connections = () => watched.page.evaluate(() => [window.witness.connections.length, window.witness.connections.at(-1).connectionState]);
    for (let pause = 0; pause < 2; pause += 1) {
      const [before] = await connections();
      strait.loss = 1;
      const givenUp = async () => {
        const [made, state] = await connections();
        return made > before || state === 'failed';
      };
      await expect.poll(givenUp, { timeout: 90_000 }).toBe(true);
      strait.loss = 0;
      await Promise.all([red.sees(blue, { timeout: 60_000 }), blue.sees(red, { timeout: 60_000 })]);
      for (const person of [red, blue]) await expect(person.peer).toHaveAttribute('data-interrupted', 'false');
      await Promise.all([red.hears(), blue.hears()]);
    }
  });

  tell('a line that loses packets is called so, is sent less, asks for the camera, and comes back', async (people, strait) => {
    const [red, blue] = await people.inCall({ strait }, { strait }, kinds);
    await Promise.all([red.sees(blue), blue.sees(red)]);
    await expect.poll(() => side(blue), { timeout: 60_000 }).toBeGreaterThan(300);
    strait.loss = 0.25;
    await isSaid(red, [2]);
    await expect.poll(() => side(blue), { timeout: 40_000 }).toBeLessThanOrEqual(180);
    const offer = red.page.locator('[data-offer]');
    await expect(offer).toBeVisible({ timeout: 30_000 });
    // Nothing was done unasked.
    await expect(red.self).toHaveAttribute('data-camera', 'on');
    await blue.hears();
    await red.button(red.text.cameraOff).click();
    await expect(blue.peer).toHaveAttribute('data-camera', 'off');
    await expect(red.self).toHaveAttribute('data-microphone', 'on');
    await blue.hears();

    strait.loss = 0;
    await isSaid(red, [GOOD], 60_000);
    await red.button(red.text.cameraOn).click({ timeout: 30_000 });
    await expect(offer).toBeHidden();
    await blue.sees(red);
    await expect.poll(() => side(blue), { timeout: 90_000 }).toBeGreaterThan(300);
  });

  tell('a line is called good again though the last that was said of a camera, off since then, was bad', async (people, strait) => {
    const [red, blue] = await people.inCall({ strait }, { strait }, kinds);
    await Promise.all([red.sees(blue), blue.sees(red)]);
    strait.loss = 0.25;
    await expect.poll(async () => (await told(red)).lost, { timeout: 30_000, intervals: [50] }).toBeGreaterThan(0.1);
    strait.untold = true;
    await red.button(red.text.camera).click();
    await expect(blue.peer).toHaveAttribute('data-camera', 'off');
    await expect.poll(async () => (await told(red)).age, { timeout: 30_000 }).toBeGreaterThan(12);
    expect((await told(red)).lost).toBeGreaterThan(0.1);
    strait.loss = 0;
    await isSaid(red, [GOOD], 60_000);
  });

  tell('the data saver keeps the picture small in both directions, and is remembered', async (people) => {
    const [red, blue] = await people.inCall({}, {}, kinds.map((kind) => (isFirefox(kind) ? kind : 'day')));
    for (const person of [red, blue]) await expect.poll(() => rate(person, 3), { timeout: 60_000 }).toBeGreaterThan(170);
    await red.openDevices();
    const saver = red.dialog.getByRole('switch', { name: red.text.dataSaver });
    await expect(saver).toHaveAttribute('aria-checked', 'false');
    await saver.click();
    await expect(saver).toHaveAttribute('aria-checked', 'true');
    for (const person of [red, blue]) {
      await expect.poll(() => side(person), { timeout: 30_000 }).toBeLessThanOrEqual(270);
      await expect.poll(() => rate(person, 4), { timeout: 40_000 }).toBeLessThan(150);
      // Not by chance.
      expect(await rate(person, 6)).toBeLessThan(150);
    }
    await Promise.all([red.hears(), blue.hears()]);
    await expect(red.dialog.locator('[data-used]')).toHaveText(/\d+,\d\sМБ/);
    await red.reload();
    await red.openDevices();
    await expect(saver).toHaveAttribute('aria-checked', 'true');
    await saver.click();
    await red.page.keyboard.press('Escape');
    await expect.poll(() => side(blue), { timeout: 60_000 }).toBeGreaterThan(300);
  });
}
