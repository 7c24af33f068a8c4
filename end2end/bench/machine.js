// Names the machine that the figures are from: without it they say nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

import { chromium } from '@playwright/test';

import { CHROMIUM, QUIET } from '../support/browsers.js';

export async function machine() {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  const chromiumVersion = browser.version();
  await browser.close();
  const peers = ['peerjs', 'peer'].map((name) => {
    const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url)));
    return `${name} ${version}`;
  });
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memory: `${Math.round(totalmem() / 1e9)} GB`,
    system: `Linux ${release()}`,
    browser: `Chromium ${chromiumVersion}`,
    peers: peers.join(', '),
    node: process.version,
    commit: commit(),
    load: load(),
    at: new Date().toISOString(),
  };
}

/** How busy the machine is without us: the mean of the last minute. */
export const load = () => Math.round(loadavg()[0] * 100) / 100;

/** What was measured; unknown outside a git checkout. */
function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
