// Where addresses are hidden, nobody learns where the other is before a call is accepted.
import { FIREFOX, isFirefox } from '../support/browsers.js';
import { addressOfMachine, RELAY, Relay } from '../support/relay.js';
import { crossing, CROSSINGS, expect, test } from '../support/story.js';
import { way } from '../support/witness.js';

/** Installed as an init script: what the other end tells of its addresses, in `window.told`. */
function noteAddresses() {
  const told = [];
  Object.defineProperty(window, 'told', { value: told });
  const { addIceCandidate, setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addIceCandidate = function noted(...given) {
    if (given[0]?.candidate) told.push(given[0].candidate);
    return addIceCandidate.apply(this, given);
  };
  RTCPeerConnection.prototype.setRemoteDescription = function noted(...given) {
    told.push(...given[0].sdp.match(/^(a=candidate|c=).*/gm));
    return setRemoteDescription.apply(this, given);
  };
}

const toldTo = (person) => person.page.evaluate(() => window.told);
const wayOf = async (person) => (await person.page.evaluate(way)).kinds;

/** Only relayed candidates, and none that names what it stands for. */
function hidden(told) {
  const candidates = told.filter((line) => line.includes('candidate:'));
  // What a relayed address stands for (`raddr`) is blanked by Chromium; Firefox says the relayed address again.
  const blank = /(\S+ \d+) typ relay raddr (0\.0\.0\.0 rport 0|:: rport 0|(\S+) rport (\d+))/;
  const open = candidates.filter((line) => {
    const [, relayed, , address, port] = blank.exec(line) ?? [];
    return !relayed || (address && `${address} ${port}` !== relayed);
  });
  return { some: candidates.length > 0, open };
}

const story = test.extend({
  /** Which relay: the server's `own`, or `another` beside it. */
  relayed: ['own', { option: true }],

  serverFlags: async ({ relayed }, use) => {
    if (relayed === 'own') {
      const address = addressOfMachine();
      return use(['--hide-addresses', '--turn', `${address}:0`, '--turn-address', address]);
    }
    const relay = await Relay.start();
    await use(['--hide-addresses', '--ice-server', relay.option]);
    return relay.stop();
  },
});

for (const [browsers, kinds, relayed] of [...Object.entries(CROSSINGS).map((crossing) => [...crossing, 'own']), ['Chromium → Chromium', ['red', 'blue'], 'another']]) {
  story.describe(`with ${relayed === 'own' ? "the server's own relay" : 'another relay'}`, () => {
    story.use({ relayed });
    story.skip(relayed === 'another' && !RELAY, 'coturn is not installed');

    story(`two are connected over it until the call, then straight (${browsers})`, async ({ people }) => {
      story.skip(!FIREFOX && kinds.some(isFirefox), 'Firefox is not installed');
      const [red, blue] = await people.pair({ before: [noteAddresses] }, { before: [noteAddresses] }, kinds);
      await red.ring();
      await blue.isRung(red.name);
      for (const person of [red, blue]) {
        // Firefox names its own candidates of this path differently: Chromium's word counts where there is one.
        if (!isFirefox(person.picture)) await expect.poll(() => wayOf(person)).toEqual(['relay', 'relay']);
        expect(hidden(await toldTo(person))).toEqual({ some: true, open: [] });
      }
      await blue.accept();
      await Promise.all([red.sees(blue), blue.sees(red)]);
      for (const person of [red, blue]) {
        if (!isFirefox(person.picture)) await expect.poll(async () => (await wayOf(person)).includes('relay')).toBe(false);
        await person.callIs('connected');
      }
      await Promise.all([red.sees(blue), blue.sees(red)]);
    });
  });
}

test.describe('without a relay', () => {
  test.use({ serverFlags: ['--hide-addresses', '--turn', 'off'] });

  crossing('two are connected only when the call is accepted', async (people, kinds) => {
    const [red, blue] = await people.pair({}, {}, kinds);
    await red.ring();
    await blue.isRung(red.name);
    for (const person of [red, blue]) expect(await person.page.evaluate(() => window.witness.connections.length)).toBe(0);
    await blue.accept();
    await Promise.all([red.sees(blue), blue.sees(red)]);
  });
});
