// Two people in a call who chat by themselves, at a set pace, and what their pages note of it. Used by the rows that look at a
// call that lasts.
import { arriveBoth, meet } from './browsers.js';

/** The pace of the chat: each says something so often. */
const EVERY_MS = 4_000;

/** Two in a room, named; what their pages did until now is forgotten. The contexts have `noteWork` in every page. */
export async function twoInARoom(contexts, origin) {
  const people = await arriveBoth(contexts, origin);
  await meet(people);
  await Promise.all(people.map(({ page }) => page.evaluate(() => window.work.forget())));
  return people;
}

/** The first rings, the second accepts; when it ends, both see the other. */
export async function startCall([red, blue]) {
  await red.ring();
  await blue.isRung(red.name);
  await blue.accept();
  const seen = () => performance.getEntriesByName('baylanys:first-remote-frame').length > 0;
  await Promise.all([red, blue].map(({ page }) => page.waitForFunction(seen)));
}

/** From now on both say something every few seconds, until the function given back is called. */
export async function chatOn(people) {
  await Promise.all(people.map(({ page }) => page.evaluate(([every, text]) => window.work.chat(every, text), [EVERY_MS, sentence(80)])));
  return () => Promise.all(people.map(({ page }) => page.evaluate(() => window.work.hush())));
}

/** Says `count` messages of so many bytes at each end; when it ends, all are there. */
export async function fillChat(people, count, bytes) {
  const batch = 40;
  for (let said = 0; said < count; said += batch) {
    for (const [at, { page }] of people.entries()) {
      const mark = `${at}-${said}.`;
      await page.evaluate(([times, text, last]) => window.work.sayMany(times, text, last), [batch, sentence(bytes - 16), mark]);
      await people[1 - at].page.waitForFunction((text) => window.work.newest().includes(text), mark, { polling: 100 });
    }
  }
}

/** Cyrillic letters are two bytes each. */
const sentence = (bytes) => 'Осы жерде бірнеше сөз тұр. '.repeat(Math.ceil(bytes / 40)).slice(0, bytes / 2);

/**
 * Runs inside the page, before its own code. `window.work`: the long tasks (with what ran in them, as far as the browser tells),
 * the size of the WASM's memory, and a hand that writes in the chat.
 */
export function noteWork() {
  const work = { tasks: [], frames: [], memory: undefined, timer: undefined };
  window.work = work;
  new PerformanceObserver((list) => work.tasks.push(...list.getEntries().map(({ startTime, duration }) => ({ at: Math.round(startTime), took: Math.round(duration) })))).observe({ type: 'longtask' });
  const script = ({ invoker, duration, forcedStyleAndLayoutDuration }) => ({ invoker, took: Math.round(duration), layout: Math.round(forcedStyleAndLayoutDuration) });
  new PerformanceObserver((list) => {
    for (const { startTime, duration, blockingDuration, renderStart, styleAndLayoutStart, scripts } of list.getEntries()) {
      const rest = { untilRender: Math.round(renderStart - startTime), rendered: Math.round(startTime + duration - renderStart), styled: Math.round(startTime + duration - styleAndLayoutStart) };
      work.frames.push({ at: Math.round(startTime), took: Math.round(duration), blocking: Math.round(blockingDuration), ...rest, scripts: scripts.map(script) });
    }
  }).observe({ type: 'long-animation-frame' });
  work.forget = () => [work.tasks, work.frames].forEach((list) => list.splice(0));

  const start = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await start.apply(WebAssembly, given);
    work.memory = Object.values(made.instance.exports).find((it) => it instanceof WebAssembly.Memory);
    return made;
  };

  const say = (text) => {
    const field = document.querySelector('.composer textarea');
    field.value = text;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  };
  work.chat = (every, text) => {
    let number = 0;
    work.timer = setInterval(() => say(`${(number += 1)}. ${text}`), every);
  };
  work.hush = () => clearInterval(work.timer);
  work.sayMany = (times, text, last) => {
    for (let time = 1; time < times; time += 1) say(text);
    say(`${last} ${text}`);
  };
  work.newest = () => [...document.querySelectorAll('[data-line="said"]')].at(-1)?.textContent ?? '';
}
