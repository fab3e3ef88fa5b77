import assert from 'node:assert/strict';
import { retry, waitAfter } from '../../../src/tools/backoff.ts';

const backoff = { firstWaitMs: 1, longestWaitMs: 5 };

describe('back-off', () => {
  it('doubles with each failure up to its limit', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 60].map((failures) => waitAfter(failures, backoff)),
      [1, 2, 4, 5, 5],
    );
  });

  it('repeats what fails for a temporary reason, so many times at most', async () => {
    let calls = 0;
    const failing = (until: number, message: string) => async () => {
      calls += 1;
      if (calls < until) throw new Error(message);
      return Promise.resolve(calls);
    };
    const isTemporary = (error: unknown) => (error as Error).message === 'busy';
    assert.equal(await retry(failing(3, 'busy'), { attempts: 3, backoff, isTemporary }), 3);
    calls = 0;
    await assert.rejects(retry(failing(4, 'busy'), { attempts: 3, backoff, isTemporary }), /busy/);
    assert.equal(calls, 3);
    calls = 0;
    await assert.rejects(retry(failing(2, 'wrong'), { attempts: 3, backoff, isTemporary }), /wrong/);
    assert.equal(calls, 1);
  });
});
