import assert from 'node:assert/strict';
import { readMaintenanceHealth, maintenanceMetrics } from '../../../../src/aws/functions/health-metrics.ts';
import { beginMaintenance, type TableMaintenance } from '../../../../src/aws/functions/maintenance-run.ts';

const now = new Date('2025-07-08T05:43:00Z');
const hourAgo = '2025-07-08T04:43:00Z';
const table = (phase: TableMaintenance['phase']): TableMaintenance => ({
  ...beginMaintenance('crypto_db.crypto_quote'),
  phase,
});

describe('the health of what runs by the calendar', () => {
  it('is the age of the last upkeep that did all, and of the icons', () => {
    const run = { endedAt: hourAgo, tables: [table('done'), table('done')] };
    const health = readMaintenanceHealth(run, hourAgo, now);
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
    const run = { endedAt: hourAgo, tables: [table('done'), table('failed')] };
    const { upkeepAge, upkeepFailures } = readMaintenanceHealth(run, undefined, now);
    assert.deepEqual([upkeepAge, upkeepFailures], [null, 1]);
  });

  it('is unknown while one is under way and where there never was any', () => {
    const nothing = { upkeepAge: null, upkeepFailures: null, iconsAge: null };
    assert.deepEqual(readMaintenanceHealth({ tables: [table('optimize')] }, undefined, now), nothing);
    assert.deepEqual(readMaintenanceHealth(undefined, undefined, now), nothing);
    // An upkeep by Spark notes nothing.
    assert.deepEqual(readMaintenanceHealth({}, undefined, now), nothing);
    assert.deepEqual(maintenanceMetrics('acme', nothing, now), []);
  });
});
