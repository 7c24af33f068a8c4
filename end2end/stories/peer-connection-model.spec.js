// The simulation's peer connection is a model. Here the real ones answer the same scripts of operations.
import { hold } from '../jsep/run.js';
import { CHROMIUM, FIREFOX } from '../support/browsers.js';
import { expect, test } from '../support/story.js';

for (const [name, program] of Object.entries({ chromium: CHROMIUM, firefox: FIREFOX })) {
  test(`a real ${name} does what the model of peer connections does, in 200 scripts`, async () => {
    test.skip(!program, `${name} is not installed`);
    test.setTimeout(180_000);
    process.env[name.toUpperCase()] = program;
    expect(await hold(name)).toBe(0);
  });
}
