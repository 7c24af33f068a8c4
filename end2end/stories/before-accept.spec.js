// A call is prepared while it rings; until it is accepted nothing of anybody leaves.
import { crossing, expect } from '../support/story.js';

/** The colours of every received track right now, also of tracks that the page shows nowhere. */
async function receivedColours() {
  const colours = [];
  for (const track of window.witness.received.values()) {
    if (track.kind !== 'video') continue;
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = new MediaStream([track]);
    await Promise.race([video.play(), new Promise((enough) => setTimeout(enough, 1500))]);
    const pen = new OffscreenCanvas(8, 8).getContext('2d');
    pen.drawImage(video, 0, 0, 8, 8);
    const [red, green, blue] = pen.getImageData(4, 4, 1, 1).data;
    colours.push(Math.max(red, green, blue) < 40 ? 'black' : `${red},${green},${blue}`);
    video.srcObject = null;
  }
  return colours;
}

/** How many frames were decoded, of whatever picture. */
async function decodedFrames() {
  let frames = 0;
  for (const connection of window.witness.connections) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') frames += report.framesDecoded;
    }
  }
  return frames;
}

crossing('while it rings, the far decoder gets only black and silence', async (people, kinds) => {
  const [red, blue] = await people.pair({}, {}, kinds);
  await red.ring();
  await blue.isRung(red.name);
  for (const person of [red, blue]) {
    // Coder, path and decoder are at work already: frames come.
    await expect.poll(() => person.page.evaluate(decodedFrames)).toBeGreaterThan(10);
    const colours = await person.page.evaluate(receivedColours);
    expect(colours.length).toBeGreaterThan(0);
    expect(colours.filter((colour) => colour !== 'black')).toEqual([]);
    await person.seesNoPicture();
    await person.hearsNothing();
  }
  // The preparation is there: a connection, up before anybody accepted.
  await expect.poll(() => red.page.evaluate(() => window.witness.connections.map((connection) => connection.connectionState))).toEqual(['connected']);
  await blue.accept();
  await Promise.all([red.sees(blue), blue.sees(red)]);
  // One allocator a pair: microphone, camera, screen and the data channel.
  for (const person of [red, blue]) {
    const lines = await person.page.evaluate(() => window.witness.connections.at(-1).localDescription.sdp.match(/^m=\w+/gm));
    expect(lines.sort()).toEqual(['m=application', 'm=audio', 'm=video', 'm=video']);
    // Microphone and camera come in one stream, to be played in time; the screen in another.
    const streams = await person.page.evaluate(() => window.witness.connections.at(-1).remoteDescription.sdp.match(/^a=msid:\S+/gm));
    expect(streams).toHaveLength(3);
    expect(streams[0]).toBe(streams[1]);
    expect(streams[2]).not.toBe(streams[0]);
  }
});
