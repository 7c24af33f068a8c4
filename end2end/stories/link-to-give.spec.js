// What one gives to a friend: a link and its QR code, which never lead to this machine only.
import { expect, test } from '../support/story.js';

test.describe('with a public address', () => {
  test.use({ serverFlags: ['--public-url', 'https://talk.example'] });

  test('the link and the QR code lead to the public address', async ({ people }) => {
    const red = await people.arrive('red');
    const code = await red.code();
    await red.openConnect();
    await red.dialog.getByRole('button', { name: red.text.copyLink }).click();
    await expect(red.dialog.getByText(red.text.linkCopied)).toBeVisible();
    await red.dialog.getByRole('button', { name: red.text.showQr }).click();
    await expect(red.dialog.getByRole('img', { name: red.text.qrOfLink })).toBeVisible();
    await red.page.keyboard.press('Escape');
    expect(await red.pasted()).toBe(`https://talk.example/${code}`);
  });
});

test('on an address that only this machine can open there is no link, and the page says why', async ({ people }) => {
  const red = await people.arrive('red');
  await red.openConnect();
  await expect(red.dialog.getByRole('button', { name: red.text.copyLink })).toHaveCount(0);
  await expect(red.dialog.getByText('Бұл беттің мекенжайы тек осы құрылғыда ашылады')).toBeVisible();
});
