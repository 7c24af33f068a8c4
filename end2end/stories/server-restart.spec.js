// The server goes away and comes back.
import { expect, test } from '../support/story.js';

test('the page says that the connection is lost, and comes back by itself', async ({ people, site }) => {
  const red = await people.arrive('red');
  red.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
  expect(await site.stop()).toBe(0);
  await expect(red.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(red.page.getByText(red.text.reconnecting).first()).toBeVisible();
  await red.seesOneself();
  await site.startAgain();
  await expect(red.main).toHaveAttribute('data-connection', 'online', { timeout: 40_000 });
  await red.code();
});

test('what is written while the server is away is kept, and can be sent when it is back', async ({ people, site }) => {
  const red = await people.arrive('red');
  red.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
  expect(await site.stop()).toBe(0);
  await expect(red.main).toHaveAttribute('data-connection', 'reconnecting');
  await red.say('Осыны ұмытпа');
  await expect(red.said('Осыны ұмытпа')).toHaveAttribute('data-delivery', 'sending');
  await site.startAgain();
  await expect(red.main).toHaveAttribute('data-connection', 'online', { timeout: 40_000 });
  // The rooms of before are gone with the server's memory: into the new one it goes by the person's wish only.
  await expect(red.said('Осыны ұмытпа')).toHaveAttribute('data-delivery', 'failed');
  await red.said('Осыны ұмытпа').getByRole('button', { name: red.text.retry }).click();
  await red.hasSaid('Осыны ұмытпа');
});
