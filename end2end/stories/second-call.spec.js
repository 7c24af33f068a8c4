// One call after another, in one room.
import { crossing, expect } from '../support/story.js';

/** Over a second of the connection's own clock: how long received sound waits to be played, in milliseconds, and how many packets of sound are sent. */
async function sound() {
  const read = async () => {
    const found = {};
    for (const report of (await window.witness.connections.at(-1).getStats()).values()) {
      if (report.kind !== 'audio') continue;
      if (report.type === 'inbound-rtp') Object.assign(found, { waited: report.jitterBufferTargetDelay, played: report.jitterBufferEmittedCount });
      if (report.type === 'outbound-rtp') Object.assign(found, { sent: report.packetsSent, at: report.timestamp });
    }
    return found;
  };
  const before = await read();
  let after = before;
  while (after.at - before.at < 1000) after = await read();
  return {
    late: (1000 * (after.waited - before.waited)) / (after.played - before.played),
    packets: (1000 * (after.sent - before.sent)) / (after.at - before.at),
  };
}

crossing('the second call is heard as promptly as the first', async (people, kinds) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  await Promise.all([red.hears(), blue.hears()]);
  await red.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  // Silence goes on, so that a short pause is no lateness; with Opus' discontinuous transmission it costs a few packets a second.
  const pause = await red.page.evaluate(sound);
  await people.call(blue, red);
  for (const person of [red, blue]) {
    await person.hears();
    const { late } = await person.page.evaluate(sound);
    expect(late).toBeLessThan(900);
  }
  expect(pause.packets).toBeLessThan(15);
});
