// What a screen reader is given to say, and how urgently.
import { expect, test } from '../support/story.js';
import { installEar } from '../support/witness.js';

const EAR = { before: [installEar] };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

const heard = ({ page }, how) => page.evaluate((wanted) => window.heard.filter((it) => it.how === wanted).map((it) => it.text), how);

/** The words were given to be said this way, once. */
async function hears(person, how, words) {
  const times = async () => (await heard(person, how)).filter((text) => text.includes(words)).length;
  await expect.poll(times, { message: `${person.name} hears “${words}” (${how})` }).toBe(1);
}

for (const [where, options] of [['beside an open chat', {}], ['on a phone, with the chat closed', PHONE]]) {
  test(`of messages that come at once each is heard, in their order, ${where}`, async ({ people }) => {
    const [red, blue] = await people.pair({ ...EAR, ...options, mail: true }, EAR);
    const deliver = red.holdMail();
    const burst = ['Бірінші хабар', 'Екінші хабар', 'Үшінші хабар'];
    for (const text of burst) await blue.say(text);
    await blue.hasSaid('Үшінші хабар');
    deliver();
    for (const text of burst) await hears(red, 'polite', `${blue.name}: ${text}`);
    const all = (await heard(red, 'polite')).filter((text) => text.includes('хабар'));
    expect(all).toEqual(burst.map((text) => `${blue.name}: ${text}`));
    // One's own words are not read back.
    expect((await heard(blue, 'polite')).filter((text) => text.includes('хабар'))).toEqual([]);
  });
}

test('who comes and who goes is heard; what was said before is history', async ({ people }) => {
  const red = await people.arrive('red', EAR);
  const blue = await people.arrive('blue', EAR);
  await red.say('Ертерек айтылған');
  const code = await red.code();
  await blue.connect(code);
  // The dialog that asks for the name is what says that somebody came.
  await expect(red.page.getByRole('dialog', { name: red.text.joinedYou }).locator(':focus')).toBeVisible();
  await red.answerName();
  await blue.reads('Ертерек айтылған');
  await red.say('Енді айтылған');
  await hears(blue, 'polite', 'Енді айтылған');
  expect((await heard(blue, 'polite')).join()).not.toContain('Ертерек айтылған');
  await blue.leave();
  await hears(red, 'polite', `${blue.name} ${red.text.left}`);
  await blue.connect(code);
  await hears(red, 'polite', `${blue.name} ${red.text.joined}`);
});

test('a call is heard at once: that one rings, that one is rung, how it ended', async ({ people }) => {
  const [red, blue] = await people.pair(EAR, EAR);
  await red.ring();
  await hears(red, 'assertive', blue.name);
  await blue.isRung(red.name);
  // The dialog takes the focus, so its role and name are what is said.
  const dialog = blue.page.getByRole('alertdialog', { name: blue.text.incoming });
  await expect(dialog).toHaveAccessibleName(new RegExp(red.name));
  await expect(dialog.locator(':focus')).toHaveText(blue.text.incoming);
  await blue.decline();
  await hears(red, 'assertive', red.text.declined);
  await people.call(red, blue);
  await blue.hangUp();
  await hears(red, 'assertive', red.text.ended);
});

test('errors and outages are heard', async ({ people, site }) => {
  const red = await people.arrive('red', EAR);
  // Whatever speaks is there before it has something to say, or a screen reader misses it.
  const absent = await red.page.evaluate(() => {
    const regions = [...document.querySelectorAll('[aria-live], [role="status"], [role="log"], [role="alert"]')];
    return regions.filter((it) => !it.closest('dialog:not([open])') && !it.checkVisibility()).map((it) => it.outerHTML);
  });
  expect(absent).toEqual([]);
  await red.openConnect();
  await red.nameField.fill(red.name);
  await red.submit();
  await hears(red, 'assertive', red.text.codeRequired);
  await red.page.keyboard.press('Escape');
  red.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
  await site.stop();
  await hears(red, 'polite', red.text.reconnecting);
  await site.startAgain();
  await expect(red.main).toHaveAttribute('data-connection', 'online', { timeout: 40_000 });
});
