// Several cameras and microphones: which one is used is the person's choice, and is remembered.
import { beside, crossing, expect, test } from '../support/story.js';

/** The ids of the devices whose tracks are sent, by kind. */
const sent = (person) =>
  person.page.evaluate(() => {
    const tracks = window.witness.connections.at(-1).getSenders().map(({ track }) => track).filter(Boolean);
    return Object.fromEntries(tracks.map((track) => [track.kind, track.getSettings().deviceId]));
  });

/** How many frames of the other's picture have been shown. */
const framesSeen = (person) =>
  person.page.evaluate(async () => {
    const reports = [...(await window.witness.connections.at(-1).getStats()).values()];
    return reports.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video').reduce((sum, { framesDecoded }) => sum + framesDecoded, 0);
  });

beside('another camera and another microphone in a call: the picture goes on, and the choice is remembered', async (people, other) => {
  const [chooser, blue] = await people.inCall({}, {}, ['several-cameras', other]);
  await chooser.openDevices();
  const before = await sent(chooser);
  for (const [device, kind] of [['camera', 'video'], ['microphone', 'audio']]) {
    const list = chooser.choiceOf(device);
    await expect(list).toHaveValue(before[kind]);
    const others = await list.locator('option').evaluateAll((options) => options.filter(({ selected }) => !selected).map(({ value }) => value));
    await list.selectOption(others.at(-1));
    await expect.poll(async () => (await sent(chooser))[kind]).toBe(others.at(-1));
    await expect(list).toHaveValue(others.at(-1));
    await expect(chooser.self).toHaveAttribute(`data-${device}`, 'on');
  }
  const after = await sent(chooser);
  await chooser.page.keyboard.press('Escape');
  const seen = await framesSeen(blue);
  await expect.poll(() => framesSeen(blue)).toBeGreaterThan(seen + 10);
  await expect(blue.peer).toHaveAttribute('data-camera', 'on');
  await blue.hears();
  // What was used before is let go.
  const inUse = await chooser.page.evaluate(() => window.witness.captured.filter(({ readyState }) => readyState === 'live').map((track) => track.getSettings().deviceId));
  expect(inUse.every((id) => Object.values(after).includes(id))).toBe(true);

  await chooser.reload();
  await expect.poll(() => sent(chooser)).toEqual(after);
});

test('a chosen camera that is not there any more: another one is used, and the page says so', async ({ people }) => {
  const chosen = JSON.stringify({ name: '', camera: true, microphone: true, camera_id: 'a-camera-of-last-year', microphone_id: null });
  const remember = (kept) => {
    if (location.protocol.startsWith('http')) localStorage.setItem('baylanys', kept);
  };
  const red = await people.arrive('red', { before: [[remember, chosen]] });
  await red.seesOneself();
  await expect(red.page.locator('[data-notice="other-device"]')).toBeVisible();
  await expect(red.deviceBanner).toBeHidden();
});

test('the preview can be switched off, stays off at the next visit, and comes back', async ({ people }) => {
  const red = await people.arrive('red');
  await red.seesOneself();
  await red.toggle('camera');
  await expect(red.self).toHaveAttribute('data-camera', 'off');
  await red.uses(['audio']);

  const later = await red.visitAgain();
  await later.open();
  await expect(later.self).toHaveAttribute('data-camera', 'off');
  await later.uses(['audio']);
  expect(await later.page.evaluate(() => window.witness.wishes.some(({ video }) => video))).toBe(false);
  await later.toggle('camera');
  await later.seesOneself();
});

crossing('a ring and an icon show who speaks', async (people, kinds) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  await expect(red.peer).toHaveAttribute('data-speaking', 'true');
  await expect(blue.peer).toHaveAttribute('data-speaking', 'true');
  await expect(red.peer).toContainText(red.text.speaking);
  await red.toggle('microphone');
  await expect(blue.peer).toHaveAttribute('data-speaking', 'false');
  await expect(blue.peer).not.toContainText(blue.text.speaking);
});

// Not in Firefox: without a sound card, as where tests run, its `AudioContext` stands still.
test('the meter shows the own voice, and nothing while the microphone is off', async ({ people }) => {
  const red = await people.arrive('red');
  await red.openDevices();
  const meter = red.dialog.getByRole('meter', { name: red.text.meter });
  const level = async () => Number(await meter.getAttribute('aria-valuenow'));
  await expect.poll(level).toBeGreaterThan(0);
  // Listening to it opens nothing beside it.
  expect(await red.page.evaluate(() => window.witness.captured.length)).toBe(2);
  await red.page.keyboard.press('Escape');
  await red.toggle('microphone');
  await red.openDevices();
  await expect.poll(level).toBe(0);
  await expect(red.dialog).toContainText(red.text.microphoneIsOff);
});
