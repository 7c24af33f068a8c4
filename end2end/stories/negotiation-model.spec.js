// The simulation's model of a peer connection goes through the same states as real browsers, script by script.
import { expect, test } from '@playwright/test';

import { hold } from '../jsep/run.js';
import { FIREFOX } from '../support/browsers.js';

for (const browser of ['chromium', 'firefox']) {
  test(`two hundred scripts of negotiation end in the same states in ${browser} as in the model`, async () => {
    test.skip(browser === 'firefox' && !FIREFOX, 'Firefox is not installed');
    test.setTimeout(300_000);
    expect(await hold(browser)).toBe(0);
  });
}
