// Behind nginx, and behind Caddy, each as its configuration in server/package says: the site is what it is without one.
import { PROXIES, Proxy } from '../support/proxy.js';
import { test as base, expect } from '../support/story.js';

const CODE = '2222-3333-4444';

/** What browsers say of a site whose way is cut. */
const AWAY = /WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/;

const test = base.extend({
  kind: ['nginx', { option: true }],

  /** What stands before the server. (Playwright knows another `proxy`.) */
  gate: async ({ kind }, use, info) => {
    const gate = await Proxy.prepare(kind);
    await use(gate);
    await gate.stop();
    if (info.status !== info.expectedStatus) await info.attach('proxy', { body: gate.written });
  },

  serverFlags: async ({ gate }, use) => use(['--public-url', gate.origin, '--trusted-proxy']),

  /** What people have to know to come: the proxy runs. */
  there: async ({ gate, site }, use) => {
    await gate.start(site.origin);
    await use({ origin: gate.origin, trusts: gate.authority });
  },
});

/** The pages are without the server, and say so; and are back. */
const areAway = (...people) => Promise.all(people.map((person) => expect(person.main).toHaveAttribute('data-connection', 'reconnecting')));
const areOnline = (...people) =>
  Promise.all(people.map((person) => expect(person.main).toHaveAttribute('data-connection', 'online', { timeout: 30_000 })));

/** Tries wrong codes from an address until it is told to wait. Gives how many were answered before. */
async function guesses(gate, from, headers = {}) {
  const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers };
  for (let answered = 0; ; answered += 1) {
    const { status, text } = await gate.ask('/api/room_info', { method: 'POST', from, headers: form, body: `code=${CODE}` });
    expect(status).toBe(200);
    if (text.includes('too_many_attempts')) return answered;
    expect(text).toContain('not_found');
    expect(answered, 'guessing has an end').toBeLessThan(1_000);
  }
}

/** What an address has that has not guessed yet, at least; and what comes back to one that has while a story goes on, at the most. */
const [FRESH, SPENT] = [20, 10];

for (const kind of ['nginx', 'Caddy']) {
  test.describe(kind, () => {
    test.use({ kind });
    test.skip(!PROXIES.includes(kind), `${kind} is not installed`);

    test('two call each other by code; the link to give is the public one', async ({ people, gate, there }) => {
      const red = await people.arrive('red', there);
      expect(await red.page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol)).toBe('h2');
      const blue = await people.arrive('blue', there);
      await people.join(blue, red);
      await people.call(red, blue);
      await Promise.all([red.sees(blue), blue.sees(red), red.hears(), blue.hears()]);
      await blue.say('Прокси арқылы');
      await red.reads('Прокси арқылы');
      await red.reload();
      await Promise.all([red.sees(blue), blue.sees(red)]);
      await blue.hangUp();
      await Promise.all([red.callIs('none'), blue.callIs('none')]);

      const code = await blue.code();
      await blue.openConnect();
      await blue.dialog.getByRole('button', { name: blue.text.copyLink }).click();
      await blue.page.keyboard.press('Escape');
      expect(await blue.pasted()).toBe(`${gate.origin}/${code}`);
    });

    test('who comes by http is led to https, once', async ({ people, gate, there }) => {
      const led = await gate.ask(`/${CODE}?x=1`, { secure: false });
      expect([led.status, led.headers.location]).toEqual([308, `${gate.origin}/${CODE}?x=1`]);
      // Nor does a visitor's own word lead anybody elsewhere.
      for (const headers of [{}, { 'x-forwarded-proto': 'http' }, { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example' }]) {
        const home = await gate.ask('/', { headers });
        expect([home.status, home.headers['strict-transport-security']]).toEqual([200, 'max-age=15552000']);
      }

      const red = await people.meet('red', there);
      red.forgive(/third party: http:/);
      await red.page.goto(`${gate.plainOrigin}/`);
      await red.isOnline();
      expect(red.page.url()).toBe(`${gate.origin}/`);
    });

    test('wrong codes count for the address they came to the proxy from, whatever they say', async ({ people, gate, there }) => {
      const [guesser, other, forger, named] = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
      expect(await guesses(gate, guesser)).toBeGreaterThanOrEqual(FRESH);
      for (const headers of [{}, { 'x-forwarded-for': named }, { 'x-real-ip': named }, { forwarded: `for=${named}` }]) {
        expect(await guesses(gate, guesser, headers), JSON.stringify(headers)).toBeLessThan(SPENT);
      }
      expect(await guesses(gate, other)).toBeGreaterThanOrEqual(FRESH);
      expect(await guesses(gate, forger, { 'x-forwarded-for': named })).toBeGreaterThanOrEqual(FRESH);
      expect(await guesses(gate, named)).toBeGreaterThanOrEqual(FRESH);

      // The same for sockets, of people at 127.0.0.1.
      const [red, blue] = [await people.arrive('red', there), await people.arrive('blue', there)];
      await blue.connect(CODE);
      await expect(blue.dialog.getByText(blue.text.noRoom)).toBeVisible();
      await expect(async () => {
        await guesses(gate, '127.0.0.1');
        await blue.submit();
        // How long to wait.
        await expect(blue.dialog.getByRole('alert').filter({ hasText: /\d/ })).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await blue.codeField.fill(await red.code());
      await blue.submit();
      await red.answerName();
      await Promise.all([red.isWith(2), blue.isWith(2)]);
    });

    test('a proxy that reads its configuration again, in a call, ends nothing', async ({ people, gate, there }) => {
      const [red, blue] = await people.inCall(there, there);
      await Promise.all([red.sees(blue), blue.sees(red)]);
      for (const person of [red, blue]) person.forgive(AWAY);
      const reopened = [red, blue].map((person) => person.page.waitForEvent('websocket'));
      gate.reload();
      await Promise.all([...reopened, red.sees(blue), blue.sees(red)]);
      await areOnline(red, blue);
      await red.say('Біз осындамыз');
      await blue.reads('Біз осындамыз');
      await Promise.all([red.callIs('connected'), blue.callIs('connected'), red.sees(blue), blue.sees(red)]);
    });

    test('a server that is started anew behind it has everybody back', async ({ people, gate, site, there }) => {
      const [red, blue] = await people.inCall(there, there);
      await Promise.all([red.sees(blue), blue.sees(red)]);
      for (const person of [red, blue]) person.forgive(AWAY);
      expect(await site.stop()).toBe(0);
      await areAway(red, blue);
      // Somebody else comes: nginx says at once that nobody is there, Caddy waits.
      const asked = gate.ask('/');
      await Promise.all([red.sees(blue), blue.sees(red)]);
      await site.startAgain();
      expect((await asked).status).toBe({ nginx: 502, Caddy: 200 }[kind]);
      await areOnline(red, blue);
      await Promise.all([red.callIs('connected'), blue.callIs('connected'), red.sees(blue), blue.sees(red)]);
      await blue.say('Қайта келдік');
      await red.reads('Қайта келдік');
    });

    test('no code is written down, also where the server does not answer', async ({ people, gate, site, there }) => {
      const red = await people.arrive('red', there);
      const code = await red.code();
      expect((await gate.ask(`/${code}`)).status).toBe(200);
      expect((await gate.ask(`/${code}`, { secure: false })).status).toBe(308);
      red.forgive(AWAY);
      expect(await site.stop()).toBe(0);
      expect((await gate.ask(`/${code}`)).status).toBe(502);
      await site.startAgain();
      await areOnline(red);
      expect(gate.written).not.toContain(code);
    });
  });
}
