// A person at a Firefox, driven over WebDriver BiDi: Playwright's own Firefox is not the one that people have. Knows only what
// a call needs.
import { expect } from '@playwright/test';
import puppeteer from 'puppeteer-core';

import { FIREFOX } from './browsers.js';
import { TEXTS } from './texts.js';
import { installWitness, listen, lookAt } from './witness.js';

export class FirefoxPerson {
  text = TEXTS.kk;
  complaints = [];

  static async arrive(origin, name, before = []) {
    const person = new FirefoxPerson();
    person.name = name;
    person.browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX,
      defaultViewport: { width: 1280, height: 720 },
      extraPrefsFirefox: {
        'media.navigator.streams.fake': true,
        'media.navigator.permission.disabled': true,
        'media.peerconnection.ice.loopback': true,
        'media.peerconnection.ice.obfuscate_host_addresses': false,
        'intl.accept_languages': 'kk-KZ, kk',
        'intl.locale.requested': 'kk',
      },
    });
    person.page = await person.browser.newPage();
    person.page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) person.complaints.push(`console ${message.type()}: ${message.text()}`);
    });
    person.page.on('pageerror', (error) => person.complaints.push(`page error: ${error.stack ?? error}`));
    for (const script of [installWitness, ...before]) await person.page.evaluateOnNewDocument(script);
    await person.page.goto(`${origin}/`);
    await person.#sees('html[data-hydrated] main[data-connection="online"]');
    return person;
  }

  /** Clicks the visible button of this name, in the open dialog if there is one. */
  async click(name) {
    await expect
      .poll(() => this.page.evaluate((wanted) => {
        const within = document.querySelector('dialog[open]') ?? document;
        const named = (button) => (button.getAttribute('aria-label') ?? button.innerText).trim() === wanted;
        const button = [...within.querySelectorAll('button')].find((it) => named(it) && it.checkVisibility());
        button?.click();
        return Boolean(button);
      }, name), { message: `${this.name} clicks ${name}` })
      .toBe(true);
  }

  async connect(code) {
    await this.click(this.text.connect);
    const name = await this.page.$(`dialog[open] input[placeholder="${this.text.nickname}"]`);
    const friend = await this.page.$(`dialog[open] input[placeholder="${this.text.secretCode}"]`);
    await name.type(this.name);
    await friend.type(code);
    await this.click(this.text.connect);
    await this.#sees('main[data-people="2"]');
    await expect.poll(() => this.page.$('dialog[open]')).toBe(null);
  }

  async say(text) {
    const field = await this.page.$(`textarea[placeholder^="${this.text.message}"], textarea`);
    await field.type(text);
    await this.page.keyboard.press('Enter');
  }

  async reads(text) {
    await expect.poll(() => this.page.$$eval('[data-line="said"]', (lines, wanted) => lines.filter((line) => line.innerText.includes(wanted)).length, text)).toBe(1);
  }

  async callIs(state) {
    await this.#sees(`main[data-call="${state}"]`);
  }

  /** The other's picture lives and has this colour. */
  async sees(colour) {
    await expect
      .poll(async () => (await this.page.$('video[data-video^="peer-"]'))?.evaluate(lookAt), { message: `${this.name} sees ${colour}` })
      .toMatchObject({ shown: true, fromConnection: true, moving: true, colour });
  }

  async hears() {
    const before = await this.page.evaluate(listen);
    await expect.poll(async () => (await this.page.evaluate(listen)).energy - before.energy, { message: `${this.name} hears the other` }).toBeGreaterThan(1e-4);
  }

  async #sees(selector) {
    await expect.poll(async () => Boolean(await this.page.$(selector)), { message: `${this.name}: ${selector}` }).toBe(true);
  }

  close() {
    return this.browser.close();
  }
}
