// A conversation longer than the column.
import { expect, test } from '../support/story.js';

test('the newest message stays in sight, and is announced to who reads further up', async ({ people }) => {
  const [red, blue] = await people.pair();
  for (let line = 1; line <= 20; line += 1) await blue.say(`${line}-хабарлама`);
  await red.reads('20-хабарлама');
  await expect(red.said('20-хабарлама')).toBeInViewport();
  // A smaller window, and a field that grows, take nothing of the end away.
  await red.page.setViewportSize({ width: 1280, height: 520 });
  await expect(red.said('20-хабарлама')).toBeInViewport();
  await red.page.getByRole('textbox', { name: red.text.message }).fill('бір\nекі\nүш\nтөрт');
  await expect(red.said('20-хабарлама')).toBeInViewport();

  await red.page.locator('.chat__lines').evaluate((list) => list.scrollTo(0, 0));
  await expect(red.said('20-хабарлама')).not.toBeInViewport();
  await blue.say('Соңғысы');
  const news = red.button(red.text.chatNews);
  await expect(news).toBeVisible();
  await expect(red.said('Соңғысы')).not.toBeInViewport();
  await news.click();
  await expect(red.said('Соңғысы')).toBeInViewport();
  await expect(news).toBeHidden();
});

/** Installed as an init script: what is said here never reaches the server. */
function loseMessages() {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    if (JSON.parse(text).type !== 'chat') send.call(this, text);
  };
}

test('an own message on its way, which stands last, hides no news of others', async ({ people }) => {
  const [red, blue] = await people.pair({ before: [loseMessages] });
  for (let line = 1; line <= 20; line += 1) await blue.say(`${line}-хабарлама`);
  await red.reads('20-хабарлама');
  await red.say('Жолда');
  await expect(red.said('Жолда')).toBeInViewport();
  await red.page.locator('.chat__lines').evaluate((list) => list.scrollTo(0, 0));
  await expect(red.said('Жолда')).not.toBeInViewport();
  await blue.say('Соңғысы');
  await red.reads('Соңғысы');
  await expect(red.button(red.text.chatNews)).toBeVisible();
  await expect(red.said('Соңғысы')).not.toBeInViewport();
});

test('how much fits is said before it is too much, and what is too long stays in the field', async ({ people }) => {
  const red = await people.arrive('red');
  const field = red.page.getByRole('textbox', { name: red.text.message });
  const count = red.page.locator('.composer').getByText(/\d/);
  await field.fill('ә'.repeat(3_000));
  await expect(count).toHaveCount(0);
  await field.fill('ә'.repeat(3_990));
  await expect(count).toContainText('10');
  await field.fill('ә'.repeat(4_005));
  await expect(count).toContainText('5');
  await field.press('Enter');
  await expect(field).toHaveValue('ә'.repeat(4_005));
  await expect(red.lines.filter({ hasText: 'әәә' })).toHaveCount(0);
  await field.fill('ә'.repeat(4_000));
  await field.press('Enter');
  await red.hasSaid('ә'.repeat(4_000));
  // Blanks around it are no part of it.
  await field.fill(`   ${'б'.repeat(4_000)}  `);
  await field.press('Enter');
  await red.hasSaid('б'.repeat(4_000));
});
