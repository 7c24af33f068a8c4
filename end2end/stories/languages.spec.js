// Kazakh, Russian, English: each whole, and there in the first byte.
import { expect, test } from '../support/story.js';
import { TEXTS } from '../support/texts.js';

const HEADERS = { kk: 'kk-KZ,ru;q=0.8', ru: 'ru-RU,en;q=0.5', en: 'en-GB,ru;q=0.3' };

/** Texts of this language that the others do not share, so that a slip shows. */
function distinct(language) {
  const others = Object.entries(TEXTS).filter(([other]) => other !== language).flatMap(([, texts]) => Object.values(texts));
  return Object.values(TEXTS[language]).filter((text) => !others.some((other) => other.includes(text)));
}

/** What a person reads or hears of the document in its own language; parts marked with another language are left out. */
function readable() {
  const own = document.documentElement.lang;
  const words = [document.title];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) words.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT'].includes(node.tagName)) return;
    if (node.lang && node.lang !== own) return;
    // Devices have the names that their makers gave them.
    if (node.classList.contains('devices__select')) return;
    for (const name of ['aria-label', 'aria-description', 'placeholder', 'title', 'alt', 'content']) {
      if (name !== 'content' || node.getAttribute('name') === 'description') words.push(node.getAttribute(name) ?? '');
    }
    node.childNodes.forEach(walk);
  };
  walk(document.documentElement);
  return words.map((word) => word.replaceAll(/\s+/g, ' ').trim()).filter(Boolean);
}

/** Names that every language writes alike. */
const NAMES = /\b(Baylanys|https?|JavaScript|Enter|Shift|Esc|QR|Chrome|Firefox|Safari|Wi-Fi)\b/g;

/** Letters that give a foreign text away. */
const FOREIGN = { kk: /[A-Za-z]{3,}/, ru: /[ҚқҒғҢңӨөҮүҰұҺһІіӘә]|[A-Za-z]{3,}/, en: /[А-Яа-яЁё]|[ҚқҒғҢңӨөҮүҰұҺһІіӘә]/ };

for (const language of ['kk', 'ru', 'en']) {
  test(`${language}: in the server's first byte, by header and by cookie`, async ({ site, request }) => {
    for (const headers of [{ 'Accept-Language': HEADERS[language] }, { 'Accept-Language': 'de', Cookie: `locale=${language}` }]) {
      const answer = await request.get(`${site.origin}/`, { headers });
      expect(answer.status()).toBe(200);
      const html = await answer.text();
      expect(html).toMatch(new RegExp(`<html[^>]* lang="?${language}"?`));
      const { title, brand, connect, you, messages, message } = TEXTS[language];
      for (const text of [title, brand, connect, you, messages, message]) expect(html).toContain(text);
      // Nobody between may keep it and give it to a reader of another language.
      expect(answer.headers()['cache-control']).toContain('no-store');
    }
  });

  test(`${language}: whole, with the modal open, and nothing of another language in it`, async ({ people }) => {
    const person = await people.arrive('red', { language });
    await person.openConnect();
    await person.submit();
    await expect(person.dialog.getByText(person.text.codeRequired)).toBeVisible();
    const words = await person.page.evaluate(readable);
    const code = await person.code();
    const foreign = words.filter((word) => FOREIGN[language].test(word.replaceAll(code, '').replaceAll(/https?:\/\/\S+/g, '').replaceAll(NAMES, '')));
    expect(foreign).toEqual([]);
    for (const other of ['kk', 'ru', 'en'].filter((it) => it !== language)) {
      for (const text of distinct(other)) expect(words).not.toContain(text);
    }
    const { title, brand, connect, you, messages, shareCode, yourName, enterCode, nickname, secretCode } = person.text;
    for (const text of [title, brand, connect, you, messages, shareCode, yourName, enterCode, nickname, secretCode]) {
      expect(words.some((word) => word.includes(text)), text).toBe(true);
    }
  });
}

test('the language is switched in place, keeps the room, and is remembered', async ({ people }) => {
  const person = await people.arrive('red', { language: 'kk' });
  const code = await person.code();
  await person.switchLanguage('ru');
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'ru');
  await expect(person.button(TEXTS.ru.connect)).toBeVisible();
  expect(await person.code()).toBe(code);
  await person.reload();
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'ru');
  await expect(person.button(TEXTS.ru.connect)).toBeVisible();
  expect(await person.code()).toBe(code);
});

test('two people in two languages understand each other', async ({ people }) => {
  const [red, blue] = await people.pair({ language: 'en' }, { language: 'ru' });
  await red.ring();
  await blue.isRung(red.name);
  await blue.decline();
  await expect(red.page.getByText(red.text.declined)).toBeVisible();
});
