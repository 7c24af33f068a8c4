// What a story gets: a site of its own and people at separate browsers. After a story, no browser may have complained and
// the server may have written down no code, name or message.
import { test as base, expect } from '@playwright/test';

import { Browsers, FIREFOX, isFirefox } from './browsers.js';
import { Person } from './person.js';
import { Site } from './server.js';
import { Strait } from './strait.js';

class People {
  all = [];
  #browsers;
  #site;
  #contexts = [];
  /** What must not be in the server's log. */
  secrets = new Set();

  constructor(browsers, site) {
    this.#browsers = browsers;
    this.#site = site;
  }

  /**
   * A person at a browser of a kind (see `Browsers.of`), not yet on the page.
   * `allow`: the permissions that the person has granted to the site; `before`: scripts to run before the page's own;
   * what a script takes beside it in an array; `host`: another name of this machine; `origin`: another address of the site; `trusts`: an authority that the
   * person has installed; `mail`: see `Person.holdMail`; `strait`: what leads this person's packets. Other options are Playwright's, for a browser context.
   */
  async meet(kind, { name = NAMES[kind], language = 'kk', allow = ['camera', 'microphone'], before = [], mail = false, strait, host, origin = this.#site.origin, trusts, ...options } = {}) {
    const browser = await this.#browsers.of(kind, trusts);
    const context = await browser.newContext({ locale: LOCALES[language], ...options });
    this.#contexts.push(context);
    // What Firefox allows, its preferences say.
    if (!isFirefox(kind)) await context.grantPermissions([...allow, 'clipboard-write'], { origin: origin.startsWith('https:') ? origin : this.#site.origin });
    const person = await Person.arrive({ context, origin: host ? origin.replace('localhost', host) : origin, name, language, before, picture: kind });
    if (mail) await person.sortMail();
    if (strait) await strait.lead(person);
    this.all.push(person);
    this.secrets.add(name);
    return person;
  }

  /** A person who has opened the home page and is online. */
  async arrive(kind, options) {
    const person = await this.meet(kind, options);
    await person.open();
    this.secrets.add(await person.code());
    return person;
  }

  /** The guest comes to the host's room by the host's code; both are named, neither window is open. `named`: the host was before. */
  async join(guest, host, { named = false } = {}) {
    await guest.connect(await host.code());
    if (!named) await host.answerName();
    await Promise.all([host.isWith(2), guest.isWith(2)]);
    await expect(guest.dialog).toBeHidden();
  }

  /** One rings, the other accepts: they are in a call that carries media. */
  async call(caller, called) {
    await caller.ring();
    await called.isRung(caller.name);
    await called.accept();
    await Promise.all([caller.callIs('connected'), called.callIs('connected')]);
  }

  /** Two people in one room: blue came by red's code. */
  async pair(redOptions, blueOptions, kinds = ['red', 'blue']) {
    const red = await this.arrive(kinds[0], redOptions);
    const blue = await this.arrive(kinds[1], blueOptions);
    await this.join(blue, red);
    return [red, blue];
  }

  /** The same two in a call. */
  async inCall(...options) {
    const [red, blue] = await this.pair(...options);
    await this.call(red, blue);
    return [red, blue];
  }

  async part() {
    const complaints = [];
    for (const person of this.all) {
      for (const complaint of await person.allComplaints()) complaints.push(`${person.name}: ${complaint}`);
    }
    await Promise.all(this.#contexts.map((context) => context.close()));
    return complaints;
  }
}

/** Nobody's names: the colours of their pictures, and what they do. */
const NAMES = { fox: 'Түлкі', 'fox-refused': 'Тұйық түлкі', red: 'Қызыл', green: 'Жасыл', blue: 'Көк', day: 'Мұғалім', dusk: 'Оқушы', 'several-cameras': 'Көп камералы', 'no-camera': 'Камерасыз', 'no-devices': 'Құрылғысыз' };
const LOCALES = { kk: 'kk-KZ', ru: 'ru-RU', en: 'en-GB' };

export const test = base.extend({
  /** Flags of this story's server, and how else it is started (see `Site.start`). */
  serverFlags: [[], { option: true }],
  serverOptions: [{}, { option: true }],

  browsers: [
    async ({}, use) => {
      const browsers = new Browsers();
      await use(browsers);
      await browsers.close();
    },
    { scope: 'worker' },
  ],

  site: async ({ serverFlags, serverOptions }, use, info) => {
    const site = await Site.start(serverFlags, serverOptions);
    await use(site);
    const code = await site.stop();
    if (info.status !== info.expectedStatus) await info.attach('server', { body: site.output });
    expect(code, `the server ends well\n${site.output}`).toBe(0);
  },

  /** A way between browsers that can lose packets, for whoever is given it as an option. */
  strait: async ({}, use) => {
    const strait = new Strait();
    await use(strait);
    strait.close();
  },

  people: async ({ browsers, site }, use, info) => {
    const people = new People(browsers, site);
    await use(people);
    if (info.status !== info.expectedStatus) {
      for (const [number, person] of people.all.entries()) {
        const path = info.outputPath(`${number}-${person.name}.png`);
        const taken = await person.page.screenshot({ path, timeout: 5_000 }).catch(() => undefined);
        if (taken) await info.attach('screen', { path });
        const main = await person.main.evaluate((element) => JSON.stringify(element.dataset)).catch(() => 'none');
        await info.attach('state', { body: `${person.name}: ${person.page.url()} ${main}` });
      }
    }
    const complaints = await people.part();
    expect(complaints, 'no browser complained').toEqual([]);
    for (const secret of people.secrets) expect(site.output, 'the log holds no code, name or message').not.toContain(secret);
  },
});

/** Who meets whom: Chromium and stock Firefox, each way. Every story in which media flows is told of each. */
export const CROSSINGS = { 'Chromium → Chromium': ['red', 'blue'], 'Chromium → Firefox': ['red', 'fox'], 'Firefox → Chromium': ['fox', 'blue'] };

/** A story of two people, told for every crossing of their browsers; `story` gets the fixtures' people, the two kinds and the site. */
export function crossing(title, story) {
  for (const [browsers, kinds] of Object.entries(CROSSINGS)) {
    test(`${title} (${browsers})`, async ({ people, site }) => {
      test.skip(!FIREFOX && kinds.some(isFirefox), 'Firefox is not installed');
      await story(people, kinds, site);
    });
  }
}

/** A story of one person at a given browser and another, who may be at either. */
export function beside(title, story) {
  for (const [browser, kind] of Object.entries({ Chromium: 'blue', Firefox: 'fox' })) {
    test(`${title} (beside ${browser})`, async ({ people, browsers }) => {
      test.skip(!FIREFOX && isFirefox(kind), 'Firefox is not installed');
      await story(people, kind, browsers);
    });
  }
}

export { expect };
