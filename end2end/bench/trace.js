// Records what a page's main thread does, by the browser's own trace: how long each stretch of work took by the clock and by the
// processor, and what the most of it was. On a shared machine the two differ; what the page can be blamed for is the second.

const CATEGORIES = ['toplevel', 'devtools.timeline', '__metadata'];
/** Shorter work is not kept, in ms by the clock. */
const WORTH = 20;
/** Names that say nothing of what was done. */
const WRAPPING = /Task|Mojo|Watcher|^Receive|Scheduler/i;

export class Trace {
  #session;
  #events = [];

  /** Of the pages in this context's browser, from now on. */
  static async start(context) {
    const trace = new Trace();
    trace.#session = await context.browser().newBrowserCDPSession();
    trace.#session.on('Tracing.dataCollected', ({ value }) => trace.#events.push(...value));
    await trace.#session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES } });
    return trace;
  }

  /** Ends it. The longest tasks first: ms by the clock, by the processor, and the two largest parts. */
  async stop() {
    const complete = new Promise((done) => this.#session.once('Tracing.tracingComplete', done));
    await this.#session.send('Tracing.end');
    await complete;
    const mains = new Set(this.#events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(thread));
    const spans = this.#events.filter((event) => event.ph === 'X' && mains.has(thread(event)));
    const tasks = spans.filter(({ name, dur }) => name.endsWith('RunTask') && dur > WORTH * 1000);
    const outer = tasks.filter((task) => !tasks.some((other) => other !== task && holds(other, task)));
    return outer
      .map((task) => ({ clock: ms(task.dur), processor: ms(task.tdur ?? task.dur), parts: parts(task, spans) }))
      .sort((a, b) => b.processor - a.processor);
  }
}

const thread = ({ pid, tid }) => `${pid}/${tid}`;
const ms = (microseconds) => Math.round(microseconds / 100) / 10;
const holds = (outer, inner) => thread(outer) === thread(inner) && outer.ts <= inner.ts && outer.ts + outer.dur >= inner.ts + inner.dur && outer.dur > inner.dur;

function parts(task, spans) {
  const within = spans.filter((span) => holds(task, span) && !WRAPPING.test(span.name));
  const largest = within.sort((a, b) => (b.tdur ?? b.dur) - (a.tdur ?? a.dur)).slice(0, 2);
  return largest.map(({ name, tdur, dur }) => `${name} ${ms(tdur ?? dur)}`);
}
