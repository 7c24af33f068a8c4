// The check of somebody at home behind a router, with the server as it is started without any flag for TURN.
import { NETWORKS } from '../support/networks.js';
import { story } from '../support/routers.js';
import { expect } from '../support/story.js';

story.skip(!NETWORKS && !process.env.CI, 'not root, or ip and iptables are missing');

/** Which ways the check finds through this router. */
async function check(networks, people, router) {
  networks.route('red', router);
  const red = await people.meet('red');
  await red.page.goto(`${red.origin}/check`);
  await red.button('Тексеруді бастау').click();
  const leg = (name) => red.page.locator(`[data-leg="${name}"]`);
  return async (legs) => {
    for (const [name, state] of Object.entries(legs)) await expect(leg(name), name).toHaveAttribute('data-state', state, { timeout: 40_000 });
  };
}

story('every way is found through a common router', async ({ networks, people }) => {
  const finds = await check(networks, people, 'symmetric');
  await finds({ server: 'good', stun: 'good', 'turn-udp': 'good', 'turn-tcp': 'good', media: 'good' });
});

story('a router that lets no UDP through is found out, and calls have another way', async ({ networks, people }) => {
  const finds = await check(networks, people, 'closed');
  await finds({ server: 'good', stun: 'failed', 'turn-udp': 'failed', 'turn-tcp': 'good', media: 'good' });
});
