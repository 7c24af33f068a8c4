// The browser makes no connection to the other, for a while.
import { crossing, expect } from '../support/story.js';

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

crossing('a connection that cannot be made is spoken of, and made when it can be', async (people, kinds) => {
  const red = await people.arrive(kinds[0], { before: [refuseConnections] });
  const blue = await people.arrive(kinds[1]);
  red.forgive(/Open failed/);
  await people.join(blue, red);
  await expect(red.page.locator('[data-notice="no-connection"]')).toBeVisible();
  await red.page.evaluate(() => {
    window.connects = true;
  });
  await people.call(red, blue);
  await Promise.all([red.sees(blue), blue.sees(red)]);
});
