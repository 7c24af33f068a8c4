// What the other end's page sends need not be what ours would.
import { beside, expect } from '../support/story.js';

/** Installed as an init script: in the offers this page sends there is no place for the camera (a media line with port 0). */
function offerNoCamera() {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const frame = JSON.parse(text);
    const letter = frame.message?.body;
    if (letter?.sdp_type === 'offer') {
      const [head, sound, camera, ...rest] = letter.sdp.split(/^(?=m=)/m);
      const none = camera.replace(/^m=video \d+/, 'm=video 0').replace(/a=bundle-only\r\n/, '');
      letter.sdp = [head.replace(/^(a=group:BUNDLE 0) 1/m, '$1'), sound, none, ...rest].join('');
      window.offersWithoutCamera = (window.offersWithoutCamera ?? 0) + 1;
    }
    send.call(this, JSON.stringify(frame));
  };
}

beside('an offer without a place for the camera leaves the page alive, and the rest of the call', async (people, other) => {
  const [red, blue] = await Promise.all([people.arrive('red', { before: [offerNoCamera] }), people.arrive(other)]);
  blue.forgive(/a transceiver is stopped/);
  // It has stopped its own place for a picture with it.
  red.forgive(/called on a stopped sender/);
  await people.join(blue, red);
  await expect.poll(() => red.page.evaluate(() => window.offersWithoutCamera)).toBeGreaterThan(0);
  await red.say('Естисің бе?');
  await blue.reads('Естисің бе?');
  await people.call(red, blue);
  await blue.hears();
  await red.hears();
});
