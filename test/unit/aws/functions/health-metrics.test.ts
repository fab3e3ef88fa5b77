import assert from 'node:assert/strict';
import {
  jobMetrics,
  maintenanceMetrics,
  partMetrics,
  readHealth,
  readMaintenanceHealth,
} from '../../../../src/aws/functions/health-metrics.ts';
import { beginMaintenance, type TableMaintenance } from '../../../../src/aws/functions/maintenance-run.ts';
import type { JobProgress } from '../../../../src/tools/progress.ts';

const now = new Date('2025-07-08T05:43:00Z');
const hourAgo = '2025-07-08T04:43:00Z';
const monthAgo = '2025-06-08T05:43:00Z';
const table = (phase: TableMaintenance['phase']): TableMaintenance => ({
  ...beginMaintenance('crypto_db.crypto_quote'),
  phase,
});

describe('the health of a job', () => {
  const progress = {
    badRecords: 2,
    lag: 7,
    freshness: { producedAt: monthAgo, visibleAt: monthAgo, seconds: 1 },
  } as JobProgress;
  const freshness = (fedSince: string | undefined, known: JobProgress | undefined = progress) =>
    readHealth('quotes-iceberg', known, { now, fedSince }).freshness;

  it('is the age of its newest record, or of the feed where there is none, and of no time in which producers were stopped', () => {
    assert.equal(freshness('2025-01-01T00:00:00Z'), 30 * 86_400);
    assert.equal(freshness(hourAgo), 3600);
    assert.equal(freshness(undefined), null);
    assert.equal(freshness(hourAgo, { badRecords: 0 } as JobProgress), 3600);
    assert.equal(readHealth('quotes-iceberg', undefined, { now, fedSince: hourAgo }).freshness, 3600);
  });

  it('goes on without producers, but for the age', () => {
    const health = readHealth('quotes-iceberg', { ...progress, lostRecords: 3 }, { now, fedSince: undefined });
    assert.deepEqual(
      jobMetrics('acme', health, now).map(({ MetricName, Value }) => [MetricName, Value]),
      [
        ['Lag', 7],
        ['BadRecords', 2],
        ['LostRecords', 3],
      ],
    );
  });
});

describe('the health of what runs by the calendar', () => {
  const read = (run: Parameters<typeof readMaintenanceHealth>[0]['run'], loadedAt?: string, madeAt?: string) =>
    readMaintenanceHealth({ run, loadedAt, madeAt }, now);

  it('is the age of the last upkeep that did all, and of the icons', () => {
    const health = read({ endedAt: hourAgo, tables: [table('done'), table('done')] }, hourAgo, monthAgo);
    assert.deepEqual(health, { upkeepAge: 3600, upkeepFailures: 0, iconsAge: 3600 });
    assert.deepEqual(
      maintenanceMetrics('acme', health, now).map(({ MetricName, Value }) => [MetricName, Value]),
      [
        ['UpkeepAge', 3600],
        ['UpkeepFailures', 0],
        ['IconsAge', 3600],
      ],
    );
  });

  it('of an upkeep that failed is the number of its tables, and no age that would call it done', () => {
    const { upkeepAge, upkeepFailures } = read({ endedAt: hourAgo, tables: [table('done'), table('failed')] });
    assert.deepEqual([upkeepAge, upkeepFailures], [null, 1]);
  });

  it('is the age of the lake where there never was any', () => {
    assert.deepEqual(read(undefined, undefined, monthAgo), {
      upkeepAge: 30 * 86_400,
      upkeepFailures: null,
      iconsAge: 30 * 86_400,
    });
  });

  it('of an upkeep that is under way is the time since its start', () => {
    const { upkeepAge, upkeepFailures } = read({ startedAt: hourAgo, tables: [table('optimize')] }, hourAgo, monthAgo);
    assert.deepEqual([upkeepAge, upkeepFailures], [3600, null]);
  });

  it('after one that only said what it would do is that of the one before', () => {
    const last = { endedAt: hourAgo, tables: [table('failed')] };
    const dry = { startedAt: hourAgo, endedAt: hourAgo, tables: [table('done')], dryRun: { last } };
    assert.equal(read(dry).upkeepFailures, 1);
    assert.equal(read({ ...dry, dryRun: { last: undefined } }, hourAgo, monthAgo).upkeepAge, 30 * 86_400);
  });

  it('is unknown in a lake of an earlier version, whose maintenance by Spark noted nothing', () => {
    const nothing = { upkeepAge: null, upkeepFailures: null, iconsAge: null };
    assert.deepEqual(read({}, undefined), nothing);
    assert.deepEqual(read(undefined, undefined), nothing);
    assert.deepEqual(maintenanceMetrics('acme', nothing, now), []);
  });
});

describe('the health of the parts', () => {
  it('is measured only where something is expected', () => {
    const values = (clusters: number | null, searchFailures: number | null) =>
      partMetrics('acme', { clusters, searchFailures }, now).map(({ MetricName, Value }) => [MetricName, Value]);
    assert.deepEqual(values(null, null), []);
    assert.deepEqual(values(0, 1), [
      ['Clusters', 0],
      ['SearchFailures', 1],
    ]);
  });
});
