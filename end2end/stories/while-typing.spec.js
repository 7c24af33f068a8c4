// Whoever is just writing is not to answer a call by it.
import { expect, test } from '../support/story.js';

test('typing does not answer a call', async ({ people }) => {
  const [red, blue] = await people.pair();
  await blue.page.getByRole('textbox', { name: blue.text.message }).fill('Мен қазір');
  await red.ring();
  await blue.isRung(red.name);
  for (const key of ['k', 'Space', 'Enter']) await blue.page.keyboard.press(key);
  await blue.callIs('incoming');
  // The keyboard reaches every answer from there.
  await blue.page.keyboard.press('Tab');
  await expect(blue.dialog.locator('button:focus')).toHaveText(/\S/);
  await blue.decline();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await expect(blue.page.getByRole('textbox', { name: blue.text.message })).toHaveValue('Мен қазір');
});

test('a double click on call does not hang up at once', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.button(red.text.call).dblclick();
  await blue.isRung(red.name);
  await red.callIs('calling');
  await red.hangUp();
  await blue.callIs('none');
  await expect(blue.page.locator('[data-notice="missed"]')).toBeVisible();
  await red.ring();
  await blue.isRung(red.name);
  await expect(blue.page.locator('[data-notice="missed"]')).toHaveCount(0);
});

test('a double click does what one click does', async ({ people }) => {
  const [red, blue] = await people.inCall();
  await red.button(red.text.hangUp).dblclick();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await red.button(red.text.connect).dblclick();
  await expect(red.dialog).toBeVisible();
  await red.page.keyboard.press('Escape');
  await red.button(red.text.devices).dblclick();
  await expect(red.dialog).toBeVisible();
  await red.page.keyboard.press('Escape');
  // Everything beside it moves when it goes.
  await blue.button(blue.text.leaveRoom).dblclick();
  await blue.isWith(1);
  await expect(blue.dialog).toBeHidden();
  await expect(blue.self).toHaveAttribute('data-camera', 'on');
  await expect(blue.self).toHaveAttribute('data-microphone', 'on');
  await red.isWith(1);
});

test('text selected beyond the edge of a window does not close it', async ({ people }) => {
  const red = await people.arrive('red');
  await red.openConnect();
  await red.nameField.fill('Айгүл Әбенова');
  const field = await red.nameField.boundingBox();
  await red.page.mouse.move(field.x + 120, field.y + field.height / 2);
  await red.page.mouse.down();
  await red.page.mouse.move(5, field.y + field.height / 2, { steps: 5 });
  await red.page.mouse.up();
  await expect(red.dialog).toBeVisible();
  // A click beside it does.
  await red.page.mouse.click(5, 400);
  await expect(red.dialog).toBeHidden();
});

test('a tablet turned while one writes keeps the field, and no letter is taken for a shortcut', async ({ people }) => {
  const [red, blue] = await people.inCall({ viewport: { width: 1100, height: 768 } });
  const field = red.page.getByRole('textbox', { name: red.text.message });
  await field.pressSequentially('come ');
  await red.page.setViewportSize({ width: 768, height: 1024 });
  await red.page.keyboard.type('vmc');
  await expect(field).toHaveValue('come vmc');
  await expect(field).toBeFocused();
  await expect(red.self).toHaveAttribute('data-camera', 'on');
  await expect(blue.peer).toHaveAttribute('data-microphone', 'on');
});

test('what a host is writing when somebody comes does not become the host’s name', async ({ people }) => {
  const red = await people.arrive('red');
  const code = await red.code();
  await red.page.getByRole('textbox', { name: red.text.message }).pressSequentially('Сәлем, ');
  const blue = await people.arrive('blue');
  await blue.connect(code);
  await expect(red.dialog).toContainText(red.text.joinedYou);
  await red.page.keyboard.type('бастайық');
  await red.page.keyboard.press('Enter');
  await expect(red.nameField).toHaveValue('');
  await expect(red.dialog).toBeVisible();
  await red.answerName();
  await blue.leave();
  await red.isWith(1);

  const host = await people.arrive('green');
  await host.openConnect();
  await host.nameField.fill('Айг');
  await host.codeField.pressSequentially('k7m2-9x');
  await blue.connect(await host.code());
  await expect(host.dialog).toContainText(host.text.joinedYou);
  await host.page.keyboard.type('qd-4tza');
  await host.page.keyboard.press('Enter');
  await expect(host.nameField).toHaveValue('Айг');
  await expect(host.dialog).toBeVisible();
});

test('the window with the code closes when the friend has come, and is not left over a call', async ({ people }) => {
  const [red, blue] = await people.pair();
  await blue.leave();
  await red.isWith(1);
  await red.openConnect();
  await people.join(blue, red, { named: true });
  await expect(red.dialog).toBeHidden();
  await red.openConnect();
  await red.codeField.fill('k7m2');
  await blue.ring();
  await expect(red.main).toHaveAttribute('data-call', 'incoming');
  await red.page.getByRole('alertdialog').getByRole('button', { name: red.text.accept, exact: true }).click();
  await red.callIs('connected');
  await expect(red.dialog).toBeHidden();
});

test('who reloads while being rung, not yet named, can still answer', async ({ people }) => {
  const red = await people.arrive('red');
  // Nothing was touched on the new page, and the camera may open after it rings: then the browser holds the tone back, and says so.
  red.forgive(/AudioContext was not allowed to start/);
  const blue = await people.arrive('blue');
  await blue.connect(await red.code());
  await expect(red.dialog).toContainText(red.text.joinedYou);
  await blue.isWith(2);
  await blue.ring();
  await expect(red.main).toHaveAttribute('data-call', 'incoming');
  await red.reload();
  await red.isRung(blue.name);
  await red.accept();
  await red.answerName();
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
});

test('a message that comes while the page is in the background is counted in the title', async ({ people }) => {
  const [red, blue] = await people.pair();
  const turn = (state) =>
    red.page.evaluate((to) => {
      Object.defineProperty(document, 'visibilityState', { value: to, configurable: true });
      Object.defineProperty(document, 'hidden', { value: to === 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  await turn('hidden');
  await blue.say('Қайдасың?');
  await expect(red.page).toHaveTitle(/^\(1\) /);
  await turn('visible');
  await expect(red.page).not.toHaveTitle(/^\(1\) /);
});

test('a name is not emptied by mistake', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.openConnect();
  await red.nameField.fill('  ');
  await red.submit();
  await expect(red.dialog.getByRole('alert')).toHaveText(/\S/);
  await expect(red.codeField).toBeVisible();
  await expect(blue.peer).toContainText(red.name);
});

test('with the keyboard alone the focus stays with the call, and a question that is settled goes', async ({ people }) => {
  const [red, blue] = await people.pair();
  await red.button(red.text.call).press('Enter');
  await expect(red.button(red.text.hangUp)).toBeFocused();
  await blue.isRung(red.name);
  await blue.accept();
  await red.callIs('connected');
  await red.button(red.text.hangUp).press('Enter');
  await expect(red.button(red.text.call)).toBeFocused();
  await people.call(red, blue);
  await red.leave();
  await expect(red.dialog).toBeVisible();
  await blue.hangUp();
  await red.callIs('none');
  await expect(red.dialog).toBeHidden();
});
