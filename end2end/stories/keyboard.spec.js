// The keyboard is enough, from coming to leaving; and the modal keeps the focus.
import { expect, test } from '../support/story.js';

/** What has the focus is marked so that it is seen, and nothing lies over it. */
function isFocusSeen() {
  const focused = document.activeElement;
  // The list of languages lies unseen over its short name, which is marked instead.
  const marked = focused.closest('.language') ?? focused;
  const { outlineStyle, outlineWidth } = getComputedStyle(marked);
  const box = focused.getBoundingClientRect();
  const inSight = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const seen = focused.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || marked !== focused;
  return seen && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && Boolean(inSight) && (focused.contains(inSight) || inSight.contains(focused));
}

/** Tab, on and on, until this has the focus; wherever the focus stops it is seen. */
async function tabTo(person, wanted) {
  await expect(wanted).toBeVisible();
  for (let step = 0; step < 40; step += 1) {
    if (await wanted.evaluate((it) => it === document.activeElement)) return;
    await person.page.keyboard.press('Tab');
    const stops = await person.page.evaluate(() => document.activeElement !== document.body);
    if (!stops) continue;
    const seen = await person.page.evaluate(isFocusSeen);
    expect(seen, await person.page.evaluate(() => `the focus is seen on ${document.activeElement.outerHTML}`)).toBe(true);
  }
  throw new Error('The keyboard does not get there.');
}

async function press(person, button, key = 'Enter') {
  await tabTo(person, button);
  await person.page.keyboard.press(key);
}

const type = ({ page }, text) => page.keyboard.type(text);

test('from coming to leaving with the keyboard alone', async ({ people }) => {
  test.setTimeout(120_000);
  const red = await people.arrive('red', { reducedMotion: 'reduce' });
  const blue = await people.arrive('blue', { reducedMotion: 'reduce' });
  const code = await red.code();

  await press(blue, blue.button(blue.text.connect));
  await expect(blue.nameField).toBeFocused();
  await type(blue, blue.name);
  await tabTo(blue, blue.codeField);
  await type(blue, code);
  await blue.page.keyboard.press('Enter');
  await expect(red.nameField).toBeFocused();
  await type(red, red.name);
  await red.page.keyboard.press('Enter');
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await Promise.all([expect(red.dialog).toBeHidden(), expect(blue.dialog).toBeHidden()]);

  await tabTo(blue, blue.page.getByRole('textbox', { name: blue.text.message }));
  await type(blue, 'Пернетақтадан');
  await blue.page.keyboard.press('Enter');
  await red.reads('Пернетақтадан');

  await press(red, red.button(red.text.call), 'Space');
  await blue.isRung(red.name);
  await press(blue, blue.dialog.getByRole('button', { name: blue.text.accept, exact: true }));
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);

  const microphone = blue.button(blue.text.microphone);
  const camera = blue.button(blue.text.camera);
  await tabTo(blue, microphone);
  await blue.page.keyboard.press('m');
  await expect(microphone).toHaveAttribute('aria-pressed', 'false');
  await expect(red.peer).toHaveAttribute('data-microphone', 'muted');
  await blue.page.keyboard.press('v');
  await expect(camera).toHaveAttribute('aria-pressed', 'false');
  await expect(red.peer).toHaveAttribute('data-camera', 'off');
  const field = blue.page.getByRole('textbox', { name: blue.text.message });
  await blue.page.keyboard.press('c');
  await expect(field).toBeHidden();
  await blue.page.keyboard.press('c');
  await expect(field).toBeVisible();
  await blue.page.keyboard.press('?');
  await expect(blue.dialog).toBeVisible();
  await blue.page.keyboard.press('Escape');
  await expect(blue.dialog).toBeHidden();
  await expect(microphone).toBeFocused();

  await press(blue, blue.button(blue.text.hangUp));
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await press(blue, blue.button(blue.text.leaveRoom));
  await Promise.all([red.isWith(1), blue.isWith(1)]);
});

test('the modal keeps the focus, and gives it back', async ({ people }) => {
  const blue = await people.arrive('blue');
  const connect = blue.button(blue.text.connect);
  await press(blue, connect);
  await expect(blue.nameField).toBeFocused();
  // Tab goes round inside the modal.
  for (let step = 0; step < 15; step += 1) {
    await blue.page.keyboard.press('Tab');
    const outside = await blue.page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest('dialog'));
    expect(outside).toBe(false);
  }
  await blue.page.keyboard.press('Escape');
  await expect(blue.dialog).toBeHidden();
  await expect(connect).toBeFocused();
});
