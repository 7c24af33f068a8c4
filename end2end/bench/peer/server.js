// The peer that we are measured against: PeerJS's own server with a page of its client, on the port and address given as arguments. A process
// of its own, as ours is. Prints a line once it listens.
import { fileURLToPath } from 'node:url';

import { PeerServer } from 'peer';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

const site = PeerServer({ host: process.argv[3], port: Number(process.argv[2]), path: '/peer' }, () => console.log('listening'));
site.get('/', (_request, response) => response.sendFile(file('page.html')));
site.get('/page.js', (_request, response) => response.sendFile(file('page.js')));
site.get('/peerjs.js', (_request, response) => response.sendFile(file('../node_modules/peerjs/dist/peerjs.min.js')));
