import assert from 'node:assert/strict';
import type { LakeStatus } from '../../../../src/local/status/model.ts';
import { HealthSamples, sampleEveryMs } from '../../../../src/local/dashboard/health-samples.ts';

const status = (lag: number) =>
  ({
    jobs: [{ id: 'quotes-iceberg', lag, lastBatchMs: 700, freshnessSeconds: undefined, badRecords: 2 }],
  }) as unknown as LakeStatus;

describe('the samples of the health', () => {
  it('are taken when they are due, and hold what is drawn', () => {
    const samples = new HealthSamples();
    const at = (ms: number) => new Date(Date.UTC(2025, 0, 1) + ms);
    const first = samples.take(status(1), at(0));
    assert.deepEqual(first, {
      at: '2025-01-01T00:00:00.000Z',
      jobs: { 'quotes-iceberg': { lag: 1, batchMs: 700, freshness: null, bad: 2 } },
    });
    assert.equal(samples.take(status(2), at(sampleEveryMs - 1)), undefined);
    assert.ok(samples.take(status(3), at(sampleEveryMs)));
    // A clock that was set back by a day.
    assert.ok(samples.take(status(4), at(-86_400_000)));
    assert.deepEqual(
      samples.list().map(({ jobs }) => jobs['quotes-iceberg']?.lag),
      [1, 3, 4],
    );
  });

  it('are those of one hour', () => {
    const samples = new HealthSamples();
    for (let at = 0; at < 1000; at += 1) samples.take(status(at), new Date(at * sampleEveryMs));
    const list = samples.list();
    assert.equal(list.length * sampleEveryMs, 3_600_000);
    assert.equal(list.at(-1)?.jobs['quotes-iceberg']?.lag, 999);
  });
});
