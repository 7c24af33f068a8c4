// What a call is made of, and the moments by which it can be measured.
import { crossing, expect } from '../support/story.js';

/** The codecs in use, as the connection's statistics name them, and the size of the camera's picture. */
async function codecs() {
  const report = await window.witness.connections.at(-1).getStats();
  const sent = [...report.values()].filter(({ type, codecId, bytesSent }) => type === 'outbound-rtp' && codecId && bytesSent > 0);
  return sent.map(({ codecId }) => report.get(codecId).mimeType.toLowerCase()).sort();
}

crossing('devices are asked for with what a call needs, and the browsers agree on codecs', async (people, kinds) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  for (const person of [red, blue]) {
    const [wish] = await person.page.evaluate(() => window.witness.wishes);
    expect(wish.video).toMatchObject({ width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } });
    expect(wish.audio).toMatchObject({ echoCancellation: true, noiseSuppression: true, autoGainControl: true });
    await expect.poll(async () => (await person.page.evaluate(codecs)).length).toBe(2);
    const [sound, picture] = await person.page.evaluate(codecs);
    expect(sound).toBe('audio/opus');
    expect(picture).toMatch(/^video\/(vp8|vp9|h264)$/);
  }
});

crossing('the moments a person waits for are marked in the browser', async (people, kinds) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  const marks = (person) => person.page.evaluate(() => performance.getEntriesByType('mark').map(({ name }) => name).filter((name) => name.startsWith('baylanys:')));
  for (const person of [red, blue]) {
    expect(await marks(person)).toEqual(expect.arrayContaining(['hydrated', 'peer-ready', 'call-accepted', 'first-remote-frame'].map((name) => `baylanys:${name}`)));
  }
  expect(await marks(blue)).toContain('baylanys:room-joined');
});
