// When a first visitor with a slow line and a slow machine can read the page, and when its button really works.
import { chromium } from '@playwright/test';

import { CHROMIUM, QUIET } from '../../support/browsers.js';
import { TEXTS } from '../../support/texts.js';

/** 1.6 Mbit/s, 150 ms there and back, a machine four times as slow. */
const LINE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 };
const SLOWER = 4;
const VISITS = 5;

export const rows = [
  {
    name: 'ready',
    async measure({ site }) {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, '--use-fake-device-for-media-stream'] });
      try {
        const visits = [];
        for (let visit = 0; visit < VISITS; visit += 1) visits.push(await once(browser, site.origin));
        const of = (what) => visits.map((times) => Math.round(times[what]));
        const slow = `${LINE.downloadThroughput * 8 / 1e6} Mbit/s, ${LINE.latency} ms, CPU ÷ ${SLOWER}`;
        return [
          { what: `readable (${slow})`, unit: 'ms', ours: of('readable'), bar: 1500, aim: 1000 },
          { what: `interactive (${slow})`, unit: 'ms', ours: of('opened'), bar: 4000, aim: 2500, notes: { 'hydrated, ms': of('hydrated'), 'WASM fetched, ms': of('fetched') } },
        ];
      } finally {
        await browser.close();
      }
    },
  },
];

async function once(browser, origin) {
  const context = await browser.newContext({ locale: 'kk-KZ', viewport: { width: 1280, height: 720 } });
  try {
    await context.grantPermissions(['camera', 'microphone'], { origin });
    await context.addInitScript(noteReadiness, TEXTS.kk);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', LINE);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await page.goto(`${origin}/`);
    const handle = await page.waitForFunction(() => window.ready.opened && window.ready.readable && window.ready);
    const times = await handle.jsonValue();
    if (times.missing.length > 0) throw new Error(`The first paint lacks ${times.missing}`);
    return times;
  } finally {
    await context.close();
  }
}

/**
 * Runs inside the page, before its own code; ms since the visit began. `readable`: the first paint with content, in which the
 * main texts are (what is `missing`); `hydrated`: the page says that it lives; `opened`: a click on its button has opened the modal.
 */
function noteReadiness(text) {
  const ready = { missing: [] };
  window.ready = ready;
  const shown = (words) => [...document.querySelectorAll('body *')].some((element) => element.children.length === 0 && element.textContent.includes(words) && element.checkVisibility());
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName('first-contentful-paint')[0];
    if (!paint) return;
    ready.readable = paint.startTime;
    ready.missing = [text.brand, text.messages].filter((words) => !shown(words));
  }).observe({ type: 'paint', buffered: true });
  new MutationObserver((_, observer) => {
    if (!document.documentElement.hasAttribute('data-hydrated')) return;
    ready.hydrated ??= performance.now();
    ready.fetched ??= performance.getEntriesByType('resource').find(({ name }) => name.endsWith('.wasm')).responseEnd;
    const button = [...document.querySelectorAll('button')].find((it) => it.textContent.trim() === text.connect && !it.closest('dialog'));
    if (!document.querySelector('dialog[open]')) button.click();
    if (document.querySelector('dialog[open]')) {
      ready.opened = performance.now();
      observer.disconnect();
    }
  }).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-hydrated', 'open'] });
}
