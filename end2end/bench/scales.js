// Weighs a page and the server: JavaScript heap and DOM after a garbage collection, the WASM's memory, what the processes hold.
import { readFile } from 'node:fs/promises';

const MB = 1e6;

export class Scales {
  #browser;
  #page;
  #devtools;
  #server;

  /** Of a page in a context, and of the server's process. */
  static async of(context, page, server) {
    const scales = new Scales();
    scales.#page = page;
    scales.#server = server;
    scales.#devtools = await context.newCDPSession(page);
    scales.#browser = await context.browser().newBrowserCDPSession();
    await scales.#devtools.send('HeapProfiler.enable');
    await scales.#devtools.send('Performance.enable');
    return scales;
  }

  /** MB, and the number of DOM nodes. */
  async weigh() {
    await this.#devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await this.#devtools.send('Performance.getMetrics');
    const metric = (name) => metrics.find((it) => it.name === name).value;
    const wasm = await this.#page.evaluate(() => window.work.memory.buffer.byteLength);
    const [renderer, server] = await Promise.all([held(await this.#renderer()), held(this.#server)]);
    return {
      'JS heap': metric('JSHeapUsedSize') / MB,
      'WASM memory': wasm / MB,
      'DOM nodes': metric('Nodes'),
      'renderer, own memory': renderer.RssAnon,
      'renderer, RSS': renderer.VmRSS,
      'server, RSS': server.VmRSS,
    };
  }

  /** The process of the page: of this browser's renderers the one that has worked most. */
  async #renderer() {
    const { processInfo } = await this.#browser.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime)[0].id;
  }
}

/** What a process holds, in MB, by the names of `/proc/PID/status`. */
async function held(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const of = (name) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024) / MB;
  return { VmRSS: of('VmRSS'), RssAnon: of('RssAnon') };
}
