import assert from 'node:assert/strict';
import { decideResubmission, mostResubmissions } from '../../../../src/aws/functions/resubmission.ts';
import type { EmrStep } from '../../../../src/aws/services/emr.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function step(id: string, state: string, minutes: number, name = 'quotes-iceberg'): EmrStep {
  const active = state === 'PENDING' || state === 'RUNNING';
  return {
    id,
    name,
    state,
    args: ['--name', name],
    reason: undefined,
    created: ago(minutes),
    ended: active ? undefined : ago(minutes - 1),
  };
}

describe('a failed step', () => {
  const failed = step('s-1', 'FAILED', 5);

  it('is submitted again', () => {
    assert.deepEqual(decideResubmission([failed], 's-1', now), { resubmit: failed });
  });

  it('is not when it already runs again, no matter what submitted it', () => {
    const decision = decideResubmission([failed, step('s-2', 'PENDING', 1)], 's-1', now);
    assert.deepEqual(decision, { ignored: 's-2 runs quotes-iceberg already' });
  });

  it('is not when a later one was cancelled, because a user wants it to stop', () => {
    const decision = decideResubmission([failed, step('s-2', 'CANCELLED', 1)], 's-1', now);
    assert.deepEqual(decision, { ignored: 's-2 (cancelled) came after it' });
  });

  it('is not when it was cancelled itself, or is gone', () => {
    assert.deepEqual(decideResubmission([step('s-1', 'CANCELLED', 5)], 's-1', now), { ignored: 's-1 is cancelled' });
    assert.deepEqual(decideResubmission([], 's-1', now), { ignored: 'there is no step s-1' });
  });

  it('is given up after too many failures within an hour; older ones and other jobs do not count', () => {
    const earlier = (count: number) =>
      Array.from({ length: count }, (_, at) => step(`s-a${String(at)}`, 'FAILED', 10 + at));
    const others = [step('s-old', 'FAILED', 90), step('s-x', 'FAILED', 8, 'trades-iceberg')];
    const most = [...earlier(mostResubmissions - 1), failed, ...others];
    assert.ok('resubmit' in decideResubmission(most, 's-1', now));
    const decision = decideResubmission([...earlier(mostResubmissions), failed], 's-1', now);
    assert.deepEqual(decision, { gaveUp: 'quotes-iceberg has failed 6 times within an hour' });
  });
});
