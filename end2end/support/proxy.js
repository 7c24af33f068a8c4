// nginx or Caddy before the server, with the very configuration that operators get (server/package). Only what belongs to a machine is
// put in its place: name, ports, certificate, and where it writes. It never touches the system's own nginx or Caddy.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';

import { OTHER_NAME } from './browsers.js';
import { freePort } from './server.js';

const SHIPPED = fileURLToPath(new URL('../../server/package', import.meta.url));
const LOOPBACK = '127.0.0.1';

const FOLDER = mkdtempSync(join(tmpdir(), 'baylanys-proxy-'));
process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));

/** An authority and, by it, a certificate for the site's name. One a worker, so that its browsers may be kept. */
let papers;

function makePapers() {
  if (papers) return papers;
  const file = (name) => join(FOLDER, name);
  const made = { authority: file('authority.pem'), authorityKey: file('authority.key'), certificate: file('site.pem'), key: file('site.key') };
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ask = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  openssl(...ask, '-keyout', made.authorityKey, '-out', made.authority, '-subj', '/CN=Baylanys stories', '-addext', 'keyUsage=keyCertSign');
  const by = ['-CA', made.authority, '-CAkey', made.authorityKey];
  const name = ['-subj', '/CN=site', '-addext', `subjectAltName=DNS:${OTHER_NAME}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
  openssl(...ask, ...by, '-keyout', made.key, '-out', made.certificate, ...name);
  papers = made;
  return made;
}

/** What is shipped, with each of these texts in place of another. All of them have to be there. */
function shipped(file, changes) {
  let text = readFileSync(join(SHIPPED, file), 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** How each of them is given its configuration (`configure`, which gives the file), started and told to read it again. */
const KINDS = {
  nginx: {
    program: '/usr/sbin/nginx',
    configure({ folder, ports, upstream, origin }) {
      const { certificate, key } = makePapers();
      const site = join(folder, 'baylanys.conf');
      writeFileSync(
        site,
        shipped('nginx.conf', [
          ['listen 80;', `listen ${LOOPBACK}:${ports.http};`],
          ['listen [::]:80;', ''],
          ['listen 443 ssl http2;', `listen ${LOOPBACK}:${ports.https} ssl http2;`],
          ['listen [::]:443 ssl http2;', ''],
          ['/etc/letsencrypt/live/talk.example.org/fullchain.pem', certificate],
          ['/etc/letsencrypt/live/talk.example.org/privkey.pem', key],
          ['/var/log/nginx/', `${folder}/`],
          ['http://127.0.0.1:3000', upstream],
          ['https://talk.example.org', origin],
          ['talk.example.org', OTHER_NAME],
        ]),
      );
      const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
      const main = join(folder, 'nginx.conf');
      // Writes down what a system's nginx writes down if it is not told otherwise. Sockets do not outlive a reload for long.
      writeFileSync(
        main,
        `user ${userInfo().username};
        daemon off;
        pid ${folder}/nginx.pid;
        error_log ${folder}/error.log;
        worker_shutdown_timeout 1s;
        events {}
        http {
          access_log ${folder}/access.log;
          ${scratch.join('\n')}
          include ${site};
        }`,
      );
      return main;
    },
    start: (file) => ['-c', file, '-e', 'stderr'],
    reload: (file) => ['-c', file, '-e', 'stderr', '-s', 'reload'],
  },
  Caddy: {
    program: '/usr/bin/caddy',
    configure({ folder, ports, upstream, origin }) {
      const { authority, authorityKey } = makePapers();
      const file = join(folder, 'Caddyfile');
      const machine = `{
        admin unix/${folder}/admin
        http_port ${ports.http}
        default_bind ${LOOPBACK}
        local_certs
        skip_install_trust
        pki {
          ca local {
            root {
              cert ${authority}
              key ${authorityKey}
            }
          }
        }`;
      const changes = [
        ['talk.example.org {', `${new URL(origin).host} {`],
        ['127.0.0.1:3000', new URL(upstream).host],
        ['\n{', `\n${machine}`],
      ];
      writeFileSync(file, shipped('Caddyfile', changes));
      return file;
    },
    start: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    reload: (file, folder) => ['reload', '--force', '--address', `unix/${folder}/admin`, '--adapter', 'caddyfile', '--config', file],
  },
};

/** Those that are installed. */
export const PROXIES = Object.keys(KINDS).filter((name) => spawnSync(KINDS[name].program, ['version']).error === undefined);

export class Proxy {
  /** `https://NAME:PORT`, where the site is for everybody. */
  origin;
  /** The same by http. */
  plainOrigin;
  #kind;
  #ports;
  #folder = mkdtempSync(join(FOLDER, 'one-'));
  #file;
  #child;
  #output = '';

  /** One of `PROXIES`, with ports of its own, not started yet. */
  static async prepare(name) {
    const proxy = new Proxy();
    proxy.#kind = KINDS[name];
    proxy.#ports = { http: await freePort(), https: await freePort() };
    proxy.origin = `https://${OTHER_NAME}:${proxy.#ports.https}`;
    proxy.plainOrigin = `http://${OTHER_NAME}:${proxy.#ports.http}`;
    return proxy;
  }

  /** The file with the authority that its certificate is by. */
  get authority() {
    return makePapers().authority;
  }

  /** Starts it before the server at `upstream`, and waits until it serves. */
  async start(upstream) {
    const folder = this.#folder;
    this.#file = this.#kind.configure({ folder, ports: this.#ports, upstream: upstream.replace('localhost', LOOPBACK), origin: this.origin });
    const child = spawn(this.#kind.program, this.#kind.start(this.#file), { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (this.#output += chunk));
    // Caddy listens before it has its certificate.
    while (!(await shakesHands(this.#ports.https))) {
      if (child.exitCode !== null) throw new Error(`The proxy ended with ${child.exitCode}:\n${this.#output}`);
    }
  }

  /** Lets it read its configuration again, as after a certificate was renewed. */
  reload() {
    execFileSync(this.#kind.program, this.#kind.reload(this.#file, this.#folder), { env: this.#environment, stdio: 'pipe' });
  }

  async stop() {
    if (!this.#child || this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  /** All that it has written down. */
  get written() {
    const logs = readdirSync(this.#folder).filter((name) => name.endsWith('.log') && statSync(join(this.#folder, name)).isFile());
    return [this.#output, ...logs.map((name) => readFileSync(join(this.#folder, name), 'utf8'))].join('\n');
  }

  /** A request by a program at the address `from`; `secure: false`: by http. A redirect is not followed. */
  ask(path, { secure = true, method = 'GET', headers = {}, body, from = LOOPBACK } = {}) {
    const port = secure ? this.#ports.https : this.#ports.http;
    const more = secure ? { servername: OTHER_NAME, ca: readFileSync(this.authority) } : {};
    const asked = { host: LOOPBACK, port, path, method, localAddress: from, agent: false, headers: { host: `${OTHER_NAME}:${port}`, ...headers }, ...more };
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http)(asked, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      });
      request.on('error', reject).end(body);
    });
  }

  get #environment() {
    const home = join(this.#folder, 'home');
    mkdirSync(home, { recursive: true });
    return { PATH: process.env.PATH, HOME: home };
  }
}

/** Whether https is served at a port. */
async function shakesHands(port) {
  const socket = connect({ host: LOOPBACK, port, servername: OTHER_NAME, ca: readFileSync(makePapers().authority) });
  const shook = await once(socket, 'secureConnect').then(() => true, () => false);
  socket.destroy();
  return shook;
}
