// The server goes away and comes back: in good order, killed, for long, and one that keeps nothing.
import { crossing, expect, test } from '../support/story.js';

/** What browsers say of a server that is not there. */
const AWAY = /WebSocket|ws:\/\/|ERR_CONNECTION_REFUSED|Failed to (load|fetch)|NetworkError|can’t establish a connection|was interrupted/i;

async function isAway(...people) {
  for (const person of people) {
    await expect(person.main).toHaveAttribute('data-connection', 'reconnecting');
    await expect(person.page.getByText(person.text.reconnecting).first()).toBeVisible();
    await expect(person.dialog).toBeHidden();
  }
}

async function isBack(...people) {
  for (const person of people) await expect(person.main).toHaveAttribute('data-connection', 'online', { timeout: 30_000 });
}

/** The lines said in the chat, as shown. */
function chat(person) {
  return person.page.locator('[data-line="said"]').evaluateAll((lines) => lines.map((line) => /№\d+!/.exec(line.textContent)?.[0]));
}

crossing('a server that is away for long takes nothing from a call: pictures move, muting is seen, chat comes once and in order', async (people, kinds, site) => {
  // Once as long as it is promised for, in the other browsers as long as it takes to see it.
  const away = kinds.includes('fox') ? 10_000 : 60_000;
  test.setTimeout(away + 90_000);
  const [red, blue] = await people.inCall({}, {}, kinds);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  for (const person of [red, blue]) person.forgive(AWAY);
  await red.say('№1!');
  await blue.reads('№1!');
  expect(await site.stop()).toBe(0);
  await isAway(red, blue);

  await blue.say('№2!');
  await blue.toggle('microphone');
  await expect(red.peer).toHaveAttribute('data-microphone', 'muted');
  await red.hearsNothing();
  await blue.toggle('microphone');
  await red.hears();
  await red.toggle('camera');
  await blue.seesNoPicture();
  await red.toggle('camera');
  const until = Date.now() + away;
  do await Promise.all([red.sees(blue), blue.sees(red)]);
  while (Date.now() < until);
  await red.say('№3!');
  await isAway(red, blue);

  await site.startAgain();
  await isBack(red, blue);
  for (const person of [red, blue]) {
    for (const text of ['№2!', '№3!']) await expect(person.said(text)).toHaveAttribute('data-delivery', 'delivered');
    await person.callIs('connected');
    await person.isWith(2);
    await expect(person.dialog).toBeHidden();
  }
  expect((await chat(red)).toSorted()).toEqual(['№1!', '№2!', '№3!']);
  expect(await chat(blue)).toEqual(await chat(red));
  await Promise.all([red.sees(blue), blue.sees(red)]);
});

crossing('a server that is killed in a call has everybody back in place', async (people, kinds, site) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  const code = await red.code();
  for (const person of [red, blue]) person.forgive(AWAY);
  await red.say('№1!');
  await blue.reads('№1!');
  await site.kill();
  await isAway(red, blue);
  await site.startAgain();
  await isBack(red, blue);
  await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  expect(await red.code()).toBe(code);
  // A page loaded anew is where it was, and hears what was said.
  await blue.reload();
  await blue.reads('№1!');
  await Promise.all([red.sees(blue), blue.sees(red)]);
  await red.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
});

crossing('who hangs up while the server is away is out of the call, and stays out', async (people, kinds, site) => {
  const [red, blue] = await people.inCall({}, {}, kinds);
  await Promise.all([red.sees(blue), blue.sees(red)]);
  for (const person of [red, blue]) person.forgive(AWAY);
  expect(await site.stop()).toBe(0);
  await isAway(red, blue);
  await blue.hangUp();
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await site.startAgain();
  await isBack(red, blue);
  await Promise.all([red.callIs('none'), blue.callIs('none')]);
  await people.call(red, blue);
  await Promise.all([red.sees(blue), blue.sees(red)]);
});

test('a guest comes by the code that was given before the server was started anew', async ({ people, site }) => {
  const red = await people.arrive('red');
  const code = await red.code();
  red.forgive(AWAY);
  expect(await site.stop()).toBe(0);
  await isAway(red);
  await red.seesOneself();
  await site.startAgain();
  await isBack(red);
  const blue = await people.arrive('blue');
  await blue.connect(code);
  await red.answerName();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
});

test.describe('a server that keeps nothing', () => {
  test.use({ serverFlags: ['--memory-only'] });

  test('what is written while it is away is kept by the page, and goes into the new room by the wish of who wrote it', async ({ people, site }) => {
    const red = await people.arrive('red');
    red.forgive(AWAY);
    expect(await site.stop()).toBe(0);
    await isAway(red);
    await red.say('Осыны ұмытпа');
    await expect(red.said('Осыны ұмытпа')).toHaveAttribute('data-delivery', 'sending');
    await site.startAgain();
    await isBack(red);
    await expect(red.said('Осыны ұмытпа')).toHaveAttribute('data-delivery', 'failed');
    await red.said('Осыны ұмытпа').getByRole('button', { name: red.text.retry }).click();
    await red.hasSaid('Осыны ұмытпа');
  });
});
