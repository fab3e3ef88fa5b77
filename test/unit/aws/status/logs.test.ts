import assert from 'node:assert/strict';
import { stepsSince } from '../../../../src/aws/status/logs.ts';
import type { EmrStep } from '../../../../src/aws/services/emr.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));

function step(id: string, created: number, ended?: number, name = 'lake-layers'): EmrStep {
  return {
    ...{ id, name, state: ended === undefined ? 'RUNNING' : 'FAILED', args: [], reason: undefined },
    ...{ created: at(created), ended: ended === undefined ? undefined : at(ended) },
  };
}

describe('logs of a job in an account', () => {
  it('are of all its steps since then, oldest first: the one that failed says why there is another', () => {
    const steps = [
      step('s-4', 20),
      step('s-3', 10, 19),
      step('s-2', 0, 9),
      step('s-1', 5, undefined, 'quotes-iceberg'),
    ];
    const ids = (since: number) => stepsSince(steps, 'lake-layers', at(since)).map(({ id }) => id);
    assert.deepEqual(ids(0), ['s-2', 's-3', 's-4']);
    assert.deepEqual(ids(15), ['s-3', 's-4']);
    assert.deepEqual(ids(30), ['s-4']);
  });
});
