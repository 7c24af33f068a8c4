// The browser makes no connection to the other, for a while.
import { expect, test } from '../support/story.js';

/** Installed as an init script: no connection is made until `window.connects` is set. */
function refuseConnections() {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...settings) {
      if (!window.connects) throw new DOMException('refused by the story', 'NotSupportedError');
      super(...settings);
    }
  };
}

test('a connection that cannot be made is spoken of, and made when it can be', async ({ people }) => {
  const red = await people.arrive('red', { before: [refuseConnections] });
  const blue = await people.arrive('blue');
  red.forgive(/Open failed/);
  await blue.connect(await red.code());
  await red.answerName();
  await expect(red.page.locator('[data-notice="no-connection"]')).toBeVisible();
  await red.page.evaluate(() => {
    window.connects = true;
  });
  await red.ring();
  await blue.isRung(red.name);
  await blue.accept();
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
  await Promise.all([red.sees(blue), blue.sees(red)]);
});
