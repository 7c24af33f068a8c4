// What the page and the server let out. (Every story fails on a third-party request; here it is looked at on purpose.)
import { get } from 'node:http';

import { expect, test } from '../support/story.js';

/** How many bytes of an answer's body come over the line. */
const onTheWire = (url) =>
  new Promise((done, failed) => {
    get(url, { headers: { 'Accept-Encoding': 'br' } }, async (answer) => {
      let bytes = 0;
      for await (const chunk of answer) bytes += chunk.length;
      done(bytes);
    }).on('error', failed);
  });

test('the page has a strict policy, names no third party and hides room pages', async ({ people, request, site }) => {
  const [red] = await people.inCall();
  const home = await request.get(`${site.origin}/`);
  const headers = home.headers();
  const policy = headers['content-security-policy'];
  expect(policy).toMatch(/default-src '(none|self)'/);
  expect(policy).toMatch(/script-src [^;]*'nonce-/);
  expect(policy).not.toMatch(/'unsafe-inline'|'unsafe-eval'|https?:|\*/);
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(headers['permissions-policy']).toMatch(/camera=/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(policy).toMatch(/frame-ancestors 'none'/);

  const room = await request.get(`${site.origin}/${await red.code()}`);
  expect(`${room.headers()['x-robots-tag']} ${await room.text()}`).toMatch(/noindex/);

  const cookies = await red.context.cookies();
  expect(cookies.map((cookie) => cookie.name).filter((name) => !['locale', 'theme'].includes(name))).toEqual([]);
});

test('files of the page are compressed and kept for long', async ({ people, request, site }) => {
  const person = await people.meet('red');
  const files = [];
  person.page.on('request', (asked) => files.push(asked.url()));
  await person.open();
  const hashed = files.filter((url) => /\/pkg\//.test(url));
  expect(hashed.filter((url) => /\.(wasm|js|css)$/.test(url)).length).toBeGreaterThan(2);
  let bytes = 0;
  for (const url of hashed) {
    const answer = await request.get(url, { headers: { 'Accept-Encoding': 'br' } });
    expect(answer.headers()['content-encoding'], url).toBe('br');
    expect(answer.headers()['cache-control'], url).toMatch(/immutable|max-age=\d{7,}/);
    if (url.endsWith('.wasm')) expect(answer.headers()['content-type']).toBe('application/wasm');
    bytes += Number(answer.headers()['content-length'] ?? 0);
  }
  bytes += await onTheWire(`${site.origin}/`);
  // What a weak line can bear for a first visit.
  expect(bytes).toBeLessThan(300_000);
});
