// A person at a browser: what they do, in the words of the page, and what they see. Finds controls by accessible names and
// states by the page's data attributes; never by its inner build.
import { expect } from '@playwright/test';

import { isFirefox } from './browsers.js';
import { TEXTS } from './texts.js';
import { devicesInUse, installWitness, listen, lookAt } from './witness.js';

export class Person {
  /** What the browser complained of: console errors and warnings, page errors, requests to a third party, CSP violations. */
  complaints = [];
  #forgiven = [];
  #mail = { held: false, waiting: [] };

  constructor({ context, page, origin, name, language, picture }) {
    // `picture`: what this person's camera shows, by the kind of browser.
    Object.assign(this, { context, page, origin, name, language, picture, text: TEXTS[language] });
    this.main = page.locator('main');
    this.self = page.locator('[data-tile="self"]');
    this.peer = page.locator('[data-tile="peer"]');
    this.dialog = page.locator('dialog[open]');
    this.lines = page.locator('[data-line]');
  }

  /** A page with the witness in it, that notes every complaint. */
  static async arrive({ context, origin, name, language, picture, before = [] }) {
    await context.addInitScript(installWitness);
    for (const script of before) await context.addInitScript(...[script].flat());
    const page = await context.newPage();
    const person = new Person({ context, page, origin, name, language, picture });
    person.#watch(page);
    return person;
  }

  #watch(page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#complain(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.#complain(`page error: ${error.stack ?? error}`));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${this.origin}/`) && !/^(blob|data):/.test(url)) this.#complain(`third party: ${url}`);
    });
    page.on('websocket', (socket) => {
      const url = socket.url();
      if (!url.startsWith(`${this.origin.replace('http', 'ws')}/`)) this.#complain(`third party: ${url}`);
    });
  }

  #complain(what) {
    if (!this.#forgiven.some((pattern) => pattern.test(what))) this.complaints.push(what);
  }

  /**
   * From now on what the server says to this page waits, until the function given back is called. What the page says goes out.
   * So two people do something "at the same moment": neither has heard of the other. Only with `mail: true` on arrival.
   */
  holdMail() {
    this.#mail.held = true;
    return () => {
      this.#mail.held = false;
      for (const deliver of this.#mail.waiting.splice(0)) deliver();
    };
  }

  /** Lets this page's sockets pass through the story's hands. */
  async sortMail() {
    await this.page.routeWebSocket(/\/ws$/, (page) => {
      page.connectToServer().onMessage((message) => {
        if (this.#mail.held) this.#mail.waiting.push(() => page.send(message));
        else page.send(message);
      });
    });
  }

  /** This story brings this complaint about on purpose. */
  forgive(pattern) {
    this.#forgiven.push(pattern);
  }

  /** All complaints, CSP violations of the page that is open now with them. */
  async allComplaints() {
    const violations = await this.page.evaluate(() => window.witness?.violations ?? []).catch(() => []);
    return [...this.complaints, ...violations.map((violation) => `CSP: ${violation}`)];
  }

  // Coming and going

  /** Opens an address of the site and waits until the page is alive and online. */
  async open(path = '/') {
    await this.page.goto(this.origin + path);
    await this.isOnline();
  }

  /** The same person at the same browser, in a new tab, after closing the old one. */
  async visitAgain() {
    await this.page.close();
    const page = await this.context.newPage();
    const person = new Person({ ...this, page });
    person.#watch(page);
    return person;
  }

  async reload() {
    await this.page.reload();
    await this.isOnline();
  }

  async isOnline() {
    await expect(this.page.locator('html[data-hydrated]')).toBeAttached();
    await expect(this.main).toHaveAttribute('data-connection', 'online');
  }

  /** The code to share, as the page shows it. */
  async code() {
    const output = this.page.locator('output[data-code]').first();
    await expect(output).toHaveText(/^[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}$/);
    return output.innerText();
  }

  /** A button outside any dialog. */
  button(name) {
    return this.page.getByRole('button', { name, exact: true }).and(this.page.locator(':not(dialog *)'));
  }

  async openConnect() {
    await this.button(this.text.connect).click();
    await expect(this.dialog).toBeVisible();
  }

  get nameField() {
    return this.dialog.getByRole('textbox', { name: this.text.yourName });
  }

  get codeField() {
    return this.dialog.getByRole('textbox', { name: this.text.enterCode });
  }

  async submit() {
    await this.dialog.getByRole('button', { name: this.text.connect, exact: true }).click();
  }

  /** Opens the modal, gives the own name and the friend's code, and sends it. */
  async connect(code, name = this.name) {
    await this.openConnect();
    await this.nameField.fill(name);
    await this.codeField.fill(code);
    await this.submit();
  }

  /** Somebody came: the modal asks only for the name. */
  async answerName(name = this.name) {
    await expect(this.dialog).toContainText(this.text.joinedYou);
    await expect(this.codeField).toHaveCount(0);
    await this.nameField.fill(name);
    await this.submit();
    await expect(this.dialog).toBeHidden();
  }

  async switchLanguage(language) {
    const list = this.page.getByRole('combobox', { name: this.text.language });
    await list.selectOption(language);
    Object.assign(this, { language, text: TEXTS[language] });
  }

  async leave() {
    await this.button(this.text.leaveRoom).click();
  }

  /** What the page says of devices that did not open. */
  get deviceBanner() {
    return this.page.getByRole('alert').and(this.page.locator('[data-problem]'));
  }

  /** How many people the page says are in the room, oneself included. */
  async isWith(people) {
    await expect(this.main).toHaveAttribute('data-people', String(people));
    await expect(this.peer).toHaveCount(people - 1);
  }

  // The call

  async ring() {
    await this.button(this.text.call).click();
  }

  async isRung(by) {
    await expect(this.main).toHaveAttribute('data-call', 'incoming');
    await expect(this.dialog).toContainText(this.text.incoming);
    await expect(this.dialog).toContainText(by);
  }

  async accept() {
    await this.dialog.getByRole('button', { name: this.text.accept, exact: true }).click();
  }

  async acceptWithoutCamera() {
    await this.dialog.getByRole('button', { name: this.text.acceptWithoutCamera, exact: true }).click();
  }

  async decline() {
    await this.dialog.getByRole('button', { name: this.text.decline, exact: true }).click();
  }

  async hangUp() {
    await this.button(this.text.hangUp).click();
  }

  /** Opens the choice of devices. */
  async openDevices() {
    await this.button(this.text.devices).click();
    await expect(this.dialog).toBeVisible();
  }

  /** The devices of a kind (`camera`, `microphone`) to choose from. */
  choiceOf(kind) {
    return this.dialog.getByRole('combobox', { name: this.text[kind], exact: true });
  }

  async toggle(device) {
    await this.button(this.text[device]).click();
  }

  async callIs(state) {
    await expect(this.main).toHaveAttribute('data-call', state);
  }

  // Chat

  async say(text) {
    const field = this.page.getByRole('textbox', { name: this.text.message });
    await field.fill(text);
    await field.press('Enter');
  }

  /** The lines of the chat that hold this text. */
  said(text) {
    return this.page.locator('[data-line="said"]').filter({ hasText: text });
  }

  /** The other's message is there, once. */
  async reads(text) {
    await expect(this.said(text)).toHaveCount(1);
    await expect(this.said(text)).toBeVisible();
  }

  /** The own message is there, once, and in the room. */
  async hasSaid(text) {
    await expect(this.said(text)).toHaveCount(1);
    await expect(this.said(text)).toHaveAttribute('data-delivery', 'delivered');
    await expect(this.said(text)).toHaveAttribute('data-mine', 'true');
  }

  /** Opens the chat where it is a sheet (on phones); elsewhere it is open. */
  async showChat() {
    const field = this.page.getByRole('textbox', { name: this.text.message });
    if (!(await field.isVisible())) await this.button(new RegExp(this.text.messages)).click();
    await expect(field).toBeVisible();
  }

  /** Closes the sheet, where there is one. */
  async hideChat() {
    await this.page.keyboard.press('Escape');
  }

  /** What the clipboard holds, seen as a person sees it: pasted into the message field. (The page itself may not read it.) */
  async pasted() {
    const field = this.page.getByRole('textbox', { name: this.text.message });
    await field.fill('');
    await field.press('Control+V');
    return field.inputValue();
  }

  // What is seen and heard

  get ownVideo() {
    return this.page.locator('video[data-video="self"]');
  }

  get peerVideo() {
    return this.page.locator('video[data-video^="peer-"]');
  }

  /** The own preview lives, shows what the camera sees, and is muted. */
  async seesOneself() {
    await this.#seesAlive(this.ownVideo, this.picture, {}, 'the own picture');
    expect(await this.ownVideo.evaluate((video) => video.muted)).toBe(true);
  }

  /** The other's picture: from a peer connection, moving, of what the other's camera sees. */
  async sees(other, { timeout } = {}) {
    await this.#seesAlive(this.peerVideo, other.picture, { fromConnection: true }, other.name, timeout);
  }

  async #seesAlive(video, picture, wanted, whom, timeout) {
    let first;
    const look = async () => {
      const seen = await this.#look(video);
      if (!seen.shown || !isFirefox(picture)) return seen;
      // The colour of Firefox's fake camera changes slowly.
      first ??= seen.mean;
      return { ...seen, moving: seen.moving || seen.mean.some((part, i) => Math.abs(part - first[i]) > 8) };
    };
    const colour = isFirefox(picture) ? {} : { colour: picture };
    await expect.poll(look, { message: `${this.name} sees ${whom}`, timeout }).toMatchObject({ shown: true, moving: true, ...wanted, ...colour });
  }

  /** No picture of the other is shown. */
  async seesNoPicture() {
    await expect.poll(async () => (await this.#look(this.peerVideo)).shown, { message: `${this.name} sees no picture of the other` }).toBe(false);
  }

  async #look(video) {
    const [element] = await video.elementHandles();
    if (!element) return { shown: false, fromConnection: false, moving: false, colour: 'none' };
    return element.evaluate(lookAt);
  }

  /** Sound arrives: over a second of received sound there is energy in it. */
  async hears() {
    await expect.poll(() => this.#energyOfNextSecond(), { message: `${this.name} hears the other`, timeout: 20_000 }).toBeGreaterThan(1e-4);
  }

  /** Only silence arrives. */
  async hearsNothing() {
    await expect.poll(() => this.#energyOfNextSecond(), { message: `${this.name} hears nothing`, timeout: 20_000 }).toBeLessThan(1e-6);
  }

  async #energyOfNextSecond() {
    const before = await this.page.evaluate(listen);
    let after = before;
    // The fake microphone beeps once a second; a second and a half of received sound holds at least one beep.
    await expect
      .poll(async () => {
        after = await this.page.evaluate(listen);
        return after.seconds - before.seconds;
      })
      .toBeGreaterThan(1.5);
    return after.energy - before.energy;
  }

  /** The kinds of devices in use (`audio`, `video`): what the camera's light tells. */
  async uses(kinds) {
    await expect.poll(() => this.page.evaluate(devicesInUse), { message: `devices ${this.name} uses` }).toEqual(kinds);
  }
}
