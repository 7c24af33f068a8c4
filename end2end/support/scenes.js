// The ways to states that are seen seldom. For pictures, and for stories of every screen.
import { expect } from '@playwright/test';

/** Gives the own name, and a code if the modal asks for one, and sends it. */
export async function fill(person, code) {
  await person.nameField.fill(person.name);
  if (code) await person.codeField.fill(code);
  await person.submit();
}

/** The site's address for others in the network, with `--tls lan`. */
export async function inOwnNetwork(site) {
  await expect.poll(() => site.secureOrigin).toMatch(/^https:\/\/[0-9a-f.:[\]]+$/);
  return site.secureOrigin;
}

/** There is a picture in it. (That it lives is the stories' to show.) */
const isPlaying = async (video) => {
  await expect(video).toBeVisible();
  await expect(video).toHaveJSProperty('readyState', 4);
};

/** Opens `path` in a page of its own, prepared by `prepare`; gives the page and what closes it. */
const opened = (path, more, prepare = async () => {}) => async (context, origin) => {
  const own = await context(more);
  const page = await own.newPage();
  await prepare(page);
  await page.goto(`${origin}${path}`, { waitUntil: 'commit' });
  await expect(page.locator('main')).toBeVisible();
  return [page, () => own.close()];
};

export const reach = {
  pictures: (...people) => Promise.all(people.map((person) => isPlaying(person.ownVideo))),

  picturesOfEachOther: (...people) => Promise.all(people.map((person) => isPlaying(person.peerVideo))),

  /** The same person's second tab takes over. */
  async secondTab(person) {
    const popup = person.page.waitForEvent('popup');
    await person.page.evaluate(() => void window.open(location.href));
    await expect((await popup).locator('main')).toHaveAttribute('data-connection', 'online');
    await expect(person.main).toHaveAttribute('data-connection', 'superseded');
    await person.page.bringToFront();
  },

  /** The page is alive, and the server's socket never answers. */
  async withoutServer(person) {
    await person.page.routeWebSocket(/\/ws$/, () => {});
    await person.page.goto(person.origin);
    await expect(person.page.locator('html[data-hydrated]')).toBeAttached();
    await expect(person.page.locator('.banner--connection')).toBeVisible();
  },

  /** Pages whose program does not run, each by its name. */
  unalive: {
    loading: opened('/', {}, (page) => page.route('**/*.wasm', () => {})),
    'without-javascript': opened('/', { javaScriptEnabled: false }),
    'not-found': opened('/jok/mundai/bet', {}),
    'load-failed': opened('/', {}, (page) => page.route('**/*.wasm', (route) => route.abort())),
    'too-old': opened('/', {}, (page) => page.addInitScript(() => delete window.WebAssembly)),
  },
};
