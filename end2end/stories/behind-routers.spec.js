// Two people, each at home behind a router that translates addresses, and the server as it is started without any flag for
// TURN. Whatever the routers let through, the two see each other; and they take the straightest way there is.
import { ANY, DIRECT, RELAY, tell } from '../support/routers.js';

tell({ routers: ['open', 'open'], kinds: [DIRECT, DIRECT] });
tell({ routers: ['open', 'symmetric'], kinds: [DIRECT, DIRECT] });
tell({ routers: ['symmetric', 'symmetric'], relayed: true });
tell({ routers: ['closed', 'open'], kinds: [RELAY, ANY], by: ['tcp'] });
tell({ routers: ['symmetric', 'closed'], kinds: [ANY, RELAY], by: [undefined, 'tcp'] });
tell({ routers: ['closed', 'closed'], kinds: [RELAY, RELAY], by: ['tcp', 'tcp'] });
