// Somebody tries to slip markup in.
import { expect, test } from '../support/story.js';

const NAME = '<b>Жуан</b><img src=x>';
const MESSAGE = '<img src=x onerror="window.ran = true"><script>window.ran = true</script> & <i>қиғаш</i>';

test('markup as name and message is shown as text and never runs', async ({ people }) => {
  const [red, blue] = await people.pair({}, { name: NAME });
  await expect(red.peer).toContainText(NAME);
  await blue.say(MESSAGE);
  await red.reads(MESSAGE);
  await blue.hasSaid(MESSAGE);
  for (const person of [red, blue]) {
    expect(await person.page.evaluate(() => window.ran)).toBeUndefined();
    await expect(person.page.locator('[data-line] img, [data-line] script, [data-line] i, [data-tile] img')).toHaveCount(0);
  }
});

test('a link in a message is a link, opens elsewhere and says nothing of this page', async ({ people }) => {
  const [red, blue] = await people.pair();
  await blue.say('Қара: https://example.org/a?b=1&c=2, және javascript:alert(1)');
  await red.reads('Қара:');
  const links = red.said('Қара:').getByRole('link');
  await expect(links).toHaveCount(1);
  await expect(links).toHaveAttribute('href', 'https://example.org/a?b=1&c=2');
  await expect(links).toHaveAttribute('target', '_blank');
  await expect(links).toHaveAttribute('rel', /noopener/);
});

test('a message of several lines keeps them: Shift+Enter breaks, Enter sends', async ({ people }) => {
  const [red, blue] = await people.pair();
  const field = blue.page.getByRole('textbox', { name: blue.text.message });
  await field.pressSequentially('бір');
  await field.press('Shift+Enter');
  await field.pressSequentially('екі');
  await field.press('Enter');
  await expect(red.said('бір')).toContainText('бір\nекі', { useInnerText: true });
  await expect(field).toHaveValue('');
});
