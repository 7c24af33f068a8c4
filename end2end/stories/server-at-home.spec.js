// The server at home too, behind a router that forwards the page's port and 3478, and not told of its public address: two people
// whose routers let nothing straight through see each other all the same.
import { RELAY, story, tell } from '../support/routers.js';

story.use({ serverAtHome: true });

story.describe('the server at home too', () => {
  tell({ routers: ['symmetric', 'symmetric'], kinds: [RELAY, RELAY] });
  tell({ routers: ['closed', 'closed'], kinds: [RELAY, RELAY], by: ['tcp', 'tcp'] });
});
