// Prints each story as it ends, then the list of stories run and skipped, then the count alone on the last line.
// Where nothing may be missing (`CI=true`, or root on Debian) a skipped story is a failure.
import { existsSync } from 'node:fs';

const nothingMayBeMissing =
  process.env.CI === 'true' || (process.getuid?.() === 0 && existsSync('/etc/debian_version'));

export default class StoryReporter {
  #stories = [];

  onTestEnd(test, result) {
    const name = test.titlePath().slice(3).join(': ');
    const state = { passed: 'passed', skipped: 'skipped' }[result.status] ?? 'failed';
    this.#stories.push({ name, state });
    console.log(`${{ passed: '  ok  ', skipped: ' skip ', failed: 'FAILED' }[state]} ${name} (${(result.duration / 1000).toFixed(1)} s)`);
    if (state !== 'failed') return;
    for (const error of result.errors) console.log(indent(error.stack ?? error.message ?? String(error.value)));
    for (const { name: kept, body, path } of result.attachments) {
      console.log(indent(`[${kept}] ${path ?? body?.toString() ?? ''}`));
    }
  }

  /** What a story itself prints. */
  onStdOut(chunk) {
    process.stdout.write(chunk);
  }

  onStdErr(chunk) {
    process.stderr.write(chunk);
  }

  onError(error) {
    this.#stories.push({ name: 'the run itself', state: 'failed' });
    console.log(error.stack ?? error.message);
  }

  onEnd() {
    const of = (state) => this.#stories.filter((story) => story.state === state);
    const [passed, failed, skipped] = [of('passed'), of('failed'), of('skipped')];
    console.log('\nStories run:');
    for (const { name, state } of this.#stories) if (state !== 'skipped') console.log(`  ${state}: ${name}`);
    console.log(skipped.length === 0 ? 'Stories skipped: none' : 'Stories skipped:');
    for (const { name } of skipped) console.log(`  ${name}`);
    const missing = nothingMayBeMissing && skipped.length > 0;
    if (missing) console.log('A skipped story is a failure here.');
    console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
    return missing ? { status: 'failed' } : undefined;
  }

  printsToStdio() {
    return true;
  }
}

const indent = (text) => text.replace(/^/gm, '    ');
