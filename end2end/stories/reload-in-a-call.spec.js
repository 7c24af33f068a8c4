// Somebody reloads the page in the middle of a call.
import { crossing, expect } from '../support/story.js';

for (const who of ['the caller', 'the called']) {
  crossing(`${who} reloads: same place, same name, no ghost, pictures again`, async (people, kinds) => {
    const [red, blue] = await people.inCall({}, {}, kinds);
    await Promise.all([red.sees(blue), blue.sees(red)]);
    await red.say('Бұрын айтылған');
    await blue.reads('Бұрын айтылған');
    const [reloads, stays] = who === 'the caller' ? [red, blue] : [blue, red];
    const code = await reloads.code();
    await reloads.reload();
    await Promise.all([red.callIs('connected'), blue.callIs('connected')]);
    await Promise.all([red.sees(blue), blue.sees(red)]);
    await Promise.all([red.hears(), blue.hears()]);
    await Promise.all([red.isWith(2), blue.isWith(2)]);
    await expect(stays.peer).toContainText(reloads.name);
    await expect(reloads.dialog).toBeHidden();
    expect(await reloads.code()).toBe(code);
    await reloads.reads('Бұрын айтылған');
    await reloads.say('Қайта келдім');
    await stays.reads('Қайта келдім');
  });
}
