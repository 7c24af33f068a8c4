// Holds real Chromium and real Firefox against the model of JSEP that the simulation relies on.
// `node jsep/run.js [chromium|firefox] [seed…]`; exits with 1 if a state differs or a browser does not start.
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { CHROMIUM, QUIET, startFirefox } from '../support/browsers.js';
import { runScript } from './page.js';

const scripts = JSON.parse(readFileSync(new URL('./scripts.json', import.meta.url), 'utf8'));

const BROWSERS = {
  chromium: () => chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, '--disable-features=WebRtcHideLocalIpsWithMdns'] }),
  firefox: () => startFirefox({}),
};

/** Runs the scripts in one browser; gives the number of scripts whose states differ. */
export async function hold(name, seeds = []) {
  const browser = await BROWSERS[name]();
  try {
    const page = await browser.newPage();
    const chosen = scripts.filter((script) => seeds.length === 0 || seeds.includes(script.seed));
    let different = 0;
    const started = performance.now();
    for (const script of chosen) {
      const differences = await page.evaluate(runScript, script);
      if (differences.length === 0) continue;
      different += 1;
      for (const difference of differences) console.log(`${name}: ${difference}`);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const steps = chosen.reduce((sum, script) => sum + script.steps.length, 0);
    console.log(`${name} ${browser.version()}: ${chosen.length - different} of ${chosen.length} scripts (${steps} steps) as the model says, ${seconds} s`);
    return different;
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const words = process.argv.slice(2);
  const names = Object.keys(BROWSERS).filter((name) => words.includes(name));
  const seeds = words.map(Number).filter(Number.isInteger);
  let different = 0;
  for (const name of names.length > 0 ? names : Object.keys(BROWSERS)) different += await hold(name, seeds);
  process.exitCode = different === 0 ? 0 : 1;
}
