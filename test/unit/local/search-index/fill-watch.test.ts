import assert from 'node:assert/strict';
import { FillWatch } from '../../../../src/local/search-index/fill-watch.ts';
import type { Command, Outcome } from '../../../../src/local/supervisor/schedules.ts';

const command: Command = { id: 'index-fill', title: 'index', args: [], cwd: '/', env: {}, log: '/dev/null' };

describe('the watch over an index that lacks rows', () => {
  /** @returns what it does with these answers, and how each command ends */
  function watchOf(answers: (boolean | undefined)[], isKnown = true) {
    let now = 0;
    const ends: ((outcome: Outcome['outcome'], detail?: string) => void)[] = [];
    const watch = new FillWatch(
      {
        isLacking: () => Promise.resolve(answers.shift()),
        command: () => (isKnown ? command : undefined),
        start: (_, ended) => {
          ends.push(ended);
          return { pid: 1, started: '' };
        },
        log: () => undefined,
      },
      { elapsed: () => now },
    );
    return { watch, ends, wait: (ms: number) => (now += ms) };
  }

  it('has it filled once, and again when that failed, after a growing wait', async () => {
    const { watch, ends, wait } = watchOf([false, undefined, true, true, true, true, false, true]);
    await watch.tick();
    await watch.tick();
    assert.equal(ends.length, 0);
    await watch.tick();
    await watch.tick();
    assert.equal(ends.length, 1, 'no second one beside it');
    ends[0]?.('failed', 'exit code 5');
    await watch.tick();
    assert.equal(ends.length, 1, 'not at once');
    wait(6000);
    await watch.tick();
    assert.equal(ends.length, 2);
    ends[1]?.('interrupted');
    wait(6000);
    await watch.tick();
    assert.equal(ends.length, 2, 'later than before');
    wait(6000);
    await watch.tick();
    assert.equal(ends.length, 3);
    ends[2]?.('done');
    wait(60_000);
    await watch.tick();
    await watch.tick();
    assert.equal(ends.length, 4, 'at once after all was well');
  });

  it('does nothing before "up" has written the command', async () => {
    const { watch, ends } = watchOf([true, true], false);
    await watch.tick();
    assert.equal(ends.length, 0);
  });
});
