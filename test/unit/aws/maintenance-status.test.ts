import assert from 'node:assert/strict';
import { describeMaintenance } from '../../../src/aws/maintenance/maintenance-status.ts';

const now = new Date('2025-07-08T06:00:00Z');
const run = { via: 'glue' as const, startedAt: '2025-07-08T04:00:00Z', tables: 11, failed: [] };

describe('the last maintenance of a lake in an account', () => {
  it('is told in one line: by what, when, and for which tables it failed', () => {
    const endedAt = '2025-07-08T05:00:00Z';
    assert.match(describeMaintenance({ ...run, endedAt: undefined }, now), /by Spark in Glue: began .* ago$/);
    assert.match(describeMaintenance({ ...run, endedAt }, now), /ended .* ago, 11 tables$/);
    const failed = [{ table: 'crypto_db.crypto_quote', reason: 'stopped' }];
    assert.match(describeMaintenance({ ...run, endedAt, failed }, now), /failed for 1 of 11 tables: stopped$/);
  });
});
