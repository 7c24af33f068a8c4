// The server goes away and comes back.
import { expect, test } from '../support/story.js';

test('the page says that the connection is lost, and comes back by itself', async ({ people, site }) => {
  const red = await people.arrive('red');
  red.forgive(/WebSocket|ERR_CONNECTION_REFUSED|Failed to (load|fetch)/i);
  expect(await site.stop()).toBe(0);
  await expect(red.main).toHaveAttribute('data-connection', 'reconnecting');
  await expect(red.page.getByText(red.text.reconnecting).first()).toBeVisible();
  await red.seesOneself('red');
  await site.startAgain();
  await expect(red.main).toHaveAttribute('data-connection', 'online', { timeout: 40_000 });
  await red.code();
});
