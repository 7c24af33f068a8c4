// The oldest browsers that the page promises to work in (Chrome 109, Firefox 115, Safari 15.4), and those before them.
import { readFileSync, readdirSync } from 'node:fs';

import { expect, test } from '../support/story.js';

const PKG = new URL('../../target/site/pkg/', import.meta.url);
const css = () => readFileSync(new URL(readdirSync(PKG).find((name) => name.endsWith('.css')), PKG), 'utf8');

/** The rules of a style sheet: each with what it stands in (`@media …`, `@container …`), its selector and its declarations. */
function rules(sheet) {
  const found = [];
  const around = [];
  let piece = '';
  // A brace in a string would mislead; the page's styles have none.
  for (const letter of sheet.replaceAll(/\/\*.*?\*\//gs, '')) {
    if (letter === '{') around.push(piece.split(';').at(-1).trim());
    if (letter === '}') {
      const selector = around.pop();
      if (!selector.startsWith('@')) found.push({ around: [...around], selector, declarations: piece.split(';').filter(Boolean).map((it) => it.trim()) });
    }
    piece = letter === '{' || letter === '}' ? '' : piece + letter;
  }
  return found;
}

/** What a style sheet asks of browsers beyond the floor without offering the others something else. */
function beyondTheFloor(sheet) {
  const faults = [];
  for (const { around, selector, declarations } of rules(sheet)) {
    const where = [...around, selector].join(' { ');
    if (selector.includes('&')) faults.push(`nesting: ${where}`);
    // Firefox before 121 drops every selector of the list with it.
    if (selector.includes(':has(') && /,(?![^(]*\))/.test(selector)) faults.push(`:has among others: ${where}`);
    if (around.some((it) => /^@media.*[<>=]/.test(it) || /^@(scope|starting-style|property|position-try|view-transition)\b/.test(it))) faults.push(where);
    // Safari before 16 drops these blocks; what is in them may ask for what they brought.
    const since16 = around.some((it) => it.startsWith('@container') || (it.startsWith('@supports') && /cq/.test(it)));
    for (const [index, declaration] of declarations.entries()) {
      const [, property, value] = /^([\w-]+)\s*:\s*(.*)$/s.exec(declaration) ?? [];
      if (!property || property.startsWith('--lightningcss')) continue;
      const wants = `${where} { ${declaration}`;
      if (/light-dark\(|color-mix\(|oklch\(|oklab\(|lab\(|rgb\(from|\b(sin|cos|round|mod)\(|\blh\b/.test(value)) faults.push(wants);
      const hasOther = declarations.slice(0, index).some((it) => it.startsWith(`${property}:`) && !/\dcq/.test(it));
      if (/\dcq(i|b|w|h|min|max)\b/.test(value) && !since16 && !hasOther) faults.push(wants);
      // Within a question for it, those who answer no lose nothing.
      if (around.some((it) => it.startsWith('@supports') && it.includes(`(${property}:`))) continue;
      if (/^(text-wrap|field-sizing|interpolate-size|anchor-name|position-anchor|translate|rotate|scale|animation-timeline)$/.test(property)) faults.push(wants);
    }
  }
  return faults;
}

test('the built style asks nothing of the oldest browsers that they do not know', () => {
  expect(rules(css()).length).toBeGreaterThan(200);
  expect(beyondTheFloor(css())).toEqual([]);
});

test('what is beyond the floor is noticed', () => {
  for (const bad of [
    'a{&:hover{color:red}}',
    'a{color:light-dark(#000,#fff)}',
    'a{color:color-mix(in srgb,red,blue)}',
    'a{width:3cqi}',
    'a:has(b),c{color:red}',
    '@media (width>=40rem){a{color:red}}',
    '@layer x{@media (min-width:1px){a{text-wrap:balance}}}',
  ]) {
    expect(beyondTheFloor(bad), bad).not.toEqual([]);
  }
  for (const good of ['a{width:3rem;width:3cqi}', '@container x (min-width:1px){a{width:3cqi}}', 'a:not(:has(b),:hover){color:red}', 'a,b{height:100vh;height:100dvh}', '@supports (text-wrap:balance){a{text-wrap:balance}}']) {
    expect(beyondTheFloor(good), good).toEqual([]);
  }
});

/** The style as the oldest browsers take it: without container queries (Safari before 16) and `:has` (Firefox before 121). */
function asOldBrowsersReadIt(sheet) {
  let kept = '';
  let dropped = 0;
  let piece = '';
  for (const letter of sheet) {
    if (dropped > 0) {
      dropped += { '{': 1, '}': -1 }[letter] ?? 0;
      continue;
    }
    piece += letter;
    if (letter === ';' || letter === '}') {
      kept += /\dcq/.test(piece) || /^container(-type|-name)?:/.test(piece) ? (letter === '}' ? '}' : '') : piece;
      piece = '';
    } else if (letter === '{') {
      if (/@container|@supports[^{]*cq|:has\(/.test(piece)) dropped = 1;
      else kept += piece;
      piece = '';
    }
  }
  return kept + piece;
}

const takesNothingNew = async (person) => {
  await person.page.route('**/pkg/*.css', (route) => route.fulfill({ contentType: 'text/css', body: asOldBrowsersReadIt(css()) }));
  await person.open();
  expect(await person.page.evaluate(() => [...document.styleSheets].some((sheet) => JSON.stringify([...sheet.cssRules].map((rule) => rule.cssText)).includes('@container')))).toBe(false);
};

/** Buttons of which something is outside the window, or covered by something else. */
function outOfReach() {
  const within = document.querySelector('dialog[open]') ?? document.querySelector('.controls');
  const buttons = [...within.querySelectorAll('button')].filter((it) => it.checkVisibility({ visibilityProperty: true }));
  const out = buttons.filter((it) => {
    const { left, top, right, bottom } = it.getBoundingClientRect();
    const inSight = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || !it.contains(inSight);
  });
  return { buttons: buttons.length, out: out.map((it) => it.outerHTML) };
}

for (const [where, options] of [['a desktop', { viewport: { width: 1280, height: 720 } }], ['a phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }]]) {
  test(`without container queries and :has the page does all it does, on ${where}`, async ({ people }) => {
    const red = await people.meet('red', options);
    const blue = await people.meet('blue', options);
    await takesNothingNew(red);
    await takesNothingNew(blue);
    const inReach = async (person) => {
      const { buttons, out } = await person.page.evaluate(outOfReach);
      expect(buttons).toBeGreaterThan(0);
      expect(out).toEqual([]);
      expect(await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    };
    await inReach(red);
    await people.join(blue, red);
    await inReach(red);
    await red.ring();
    await blue.isRung(red.name);
    await inReach(blue);
    await blue.accept();
    await Promise.all([red.sees(blue), blue.sees(red)]);
    await inReach(red);
    await red.showChat();
    await red.say('Сәлем');
    await blue.showChat();
    await blue.reads('Сәлем');
  });
}

for (const [missing, remove] of [
  ['WebAssembly', () => delete window.WebAssembly],
  ['peer connections', () => delete window.RTCPeerConnection],
  ['dialogs', () => delete window.HTMLDialogElement],
  ['cascade layers', () => delete window.CSSLayerBlockRule],
]) {
  test(`a browser without ${missing} is told so in three languages`, async ({ browsers, site }) => {
    const context = await (await browsers.of('red')).newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.addInitScript(remove);
    if (missing === 'cascade layers') {
      // Such a browser drops every layer, and with them the page's whole look.
      await page.route('**/pkg/*.css', (route) => route.fulfill({ contentType: 'text/css', body: css().replaceAll('@layer', '@nothing') }));
    }
    await page.goto(site.origin);
    const notice = page.getByRole('alert').filter({ hasText: 'Safari' });
    await expect(notice).toBeInViewport({ ratio: 1 });
    for (const lang of ['kk', 'ru', 'en']) await expect(notice.locator(`[lang="${lang}"]`)).toHaveText(/Chrome, Firefox/);
    expect(await notice.evaluate((it) => getComputedStyle(it).position)).toBe('fixed');
    await context.close();
  });
}
