// What the first visit of `/` fetches, as transferred (headers of the answers with it), by kind of file.
import { chromium } from '@playwright/test';

import { CHROMIUM, QUIET } from '../../support/browsers.js';
import { Person } from '../../support/person.js';

export const rows = [
  {
    name: 'first-load',
    async measure({ site }) {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, '--use-fake-device-for-media-stream'] });
      try {
        const context = await browser.newContext({ locale: 'kk-KZ' });
        await context.grantPermissions(['camera', 'microphone'], { origin: site.origin });
        const person = await Person.arrive({ context, origin: site.origin, name: 'Оқушы', language: 'kk' });
        const fetched = await record(context, person.page);
        await person.open();
        await person.code();
        await person.page.waitForLoadState('networkidle');
        const files = [...fetched.values()].filter(({ bytes }) => bytes !== undefined);
        const uncompressed = files.filter(({ coded, bytes }) => !coded && bytes > 2_000);
        const kinds = {};
        for (const { kind, bytes } of files) kinds[kind] = round((kinds[kind] ?? 0) + bytes / 1000);
        return {
          what: 'first load: everything fetched by /, compressed',
          unit: 'KB',
          ours: [round(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1000)],
          bar: 300,
          aim: 180,
          notes: { ...kinds, requests: files.length, 'not compressed, over 2 KB': uncompressed.map(({ path }) => path) },
        };
      } finally {
        await browser.close();
      }
    },
  },
];

const round = (value) => Math.round(value * 10) / 10;

/** Every request of the page from now on, by its id: path, kind, whether it came compressed, bytes. */
async function record(context, page) {
  const fetched = new Map();
  const devtools = await context.newCDPSession(page);
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    const { pathname } = new URL(response.url);
    const header = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding');
    const kind = pathname.startsWith('/api/') ? 'answers' : (/\.(\w+)$/.exec(pathname)?.[1] ?? 'document');
    if (response.url.startsWith('http')) fetched.set(requestId, { path: pathname, kind, coded: header?.[1] });
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (fetched.has(requestId)) fetched.get(requestId).bytes = encodedDataLength;
  });
  await devtools.send('Network.enable');
  return fetched;
}
