// The one program of `make package`, as an operator has it: alone in an empty folder, and alone in a container's image.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { test as base, expect } from '../support/story.js';

const PACKAGE = fileURLToPath(new URL('../../target/package', import.meta.url));
const PROGRAM = join(PACKAGE, 'baylanys');
/** The user of the image, who is nobody on any machine. */
const USER = 65532;
const IS_ROOT = process.getuid?.() === 0;

const test = base.extend({
  /** A folder that is gone afterwards, for everybody to read. */
  emptyFolder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'baylanys-package-'));
    chmodSync(folder, 0o755);
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
});

async function twoPeopleCall(people) {
  const [red, blue] = await people.inCall();
  await Promise.all([red.sees(blue), blue.sees(red)]);
}

test.describe('alone in an empty folder', () => {
  const alone = test.extend({
    serverOptions: async ({ emptyFolder }, use) => {
      cpSync(PROGRAM, join(emptyFolder, 'baylanys'));
      await use({ program: join(emptyFolder, 'baylanys'), folder: emptyFolder });
    },
    serverFlags: [['serve'], { option: true }],
  });

  alone('the program is the whole site', async ({ people, site, emptyFolder }) => {
    await twoPeopleCall(people);
    expect(readdirSync(emptyFolder), 'it needs nothing beside it and leaves nothing there').toEqual(['baylanys']);

    const page = await (await fetch(site.origin)).text();
    const [program] = page.match(/\/pkg\/baylanys\.[^"']+\.wasm/);
    const wasm = await fetch(site.origin + program, { headers: { 'accept-encoding': 'br' } });
    expect(Object.fromEntries(wasm.headers)).toMatchObject({ 'content-encoding': 'br', 'content-type': 'application/wasm', 'cache-control': 'public, max-age=31536000, immutable' });
    const again = await fetch(site.origin + program, { headers: { 'accept-encoding': 'br', 'if-none-match': wasm.headers.get('etag') } });
    expect(again.status).toBe(304);
    const plain = await fetch(site.origin + program, { headers: { 'accept-encoding': 'br;q=0' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    // By its old name too gzip is what was compressed beforehand, not compressed anew for each who asks.
    const old = await fetch(site.origin + program, { headers: { 'accept-encoding': 'x-gzip' } });
    expect(Object.fromEntries(old.headers)).toMatchObject({ 'content-encoding': 'gzip', 'content-length': expect.stringMatching(/^\d+$/) });
    for (const none of ['/pkg/none.js', '/hash.txt', '/../Cargo.toml']) expect((await fetch(site.origin + none)).status, none).toBe(404);
    expect((await fetch(`${site.origin}/check`)).status).toBe(200);
    expect((await fetch(`${site.origin}/checkup/checkup_bg.wasm`)).headers.get('content-type')).toBe('application/wasm');
  });

  alone('it says whether it is well', async ({ site }) => {
    const ask = () => spawnSync(PROGRAM, ['health', '--listen', new URL(site.origin).host.replace('localhost', '127.0.0.1')], { encoding: 'utf8' });
    expect(ask()).toMatchObject({ status: 0, stderr: '' });
    await site.stop();
    expect(ask()).toMatchObject({ status: 1, stderr: expect.stringContaining('no answer') });
    await site.startAgain();
  });
});

test.describe('alone in an image', () => {
  base.skip(!IS_ROOT || !existsSync('/usr/sbin/chroot'), 'another root folder is given by root');

  const imaged = test.extend({
    serverOptions: async ({ emptyFolder }, use) => {
      cpSync(join(PACKAGE, 'image'), emptyFolder, { recursive: true });
      mkdirSync(join(emptyFolder, 'data'), { mode: 0o700 });
      chownSync(join(emptyFolder, 'data'), USER, USER);
      await use({ inside: ['chroot', `--userspec=${USER}:${USER}`, emptyFolder], program: '/baylanys', data: '/data' });
    },
    serverFlags: [['serve'], { option: true }],
  });

  imaged('nobody in particular runs it, and it reads nothing but itself', async ({ people, site, emptyFolder }) => {
    await twoPeopleCall(people);
    expect(execFileSync('ps', ['-o', 'uid=', '-p', site.pid], { encoding: 'utf8' }).trim()).toBe(String(USER));
    const inside = execFileSync('find', [emptyFolder, '-type', 'f', '-perm', '-001', '-not', '-name', '*.so*'], { encoding: 'utf8' });
    expect(inside.trim(), 'one program').toBe(join(emptyFolder, 'baylanys'));
  });
});
