import assert from 'node:assert/strict';
import { totalsOf, type Snapshot, type TableMetadata } from '../../../../src/tools/iceberg/metadata.ts';

const rowsAfter = (...summaries: Record<string, string>[]) => {
  const snapshots = summaries.map((summary, index): Snapshot => ({
    ...{ id: String(index + 1), parentId: index === 0 ? undefined : String(index), sequence: index + 1 },
    ...{ at: index * 1000, schemaId: 0, manifestList: undefined },
    summary: { operation: 'overwrite', ...summary },
  }));
  // A snapshot without totals has expired.
  const kept = snapshots.filter(({ summary }) => summary['total-records'] !== undefined);
  return totalsOf({ snapshots: kept, current: snapshots.at(-1) } as TableMetadata).records;
};

const totals = (records: number, deletes: number, more: Record<string, string> = {}) => ({
  'total-records': String(records),
  'total-position-deletes': String(deletes),
  ...more,
});

describe('the rows of a table', () => {
  it('are what its writer says, not what deletes of replaced files leave', () => {
    assert.equal(rowsAfter(totals(3000, 780, { 'cryptodm.rows': '3000' })), 3000);
  });

  it('are not changed by compactions', () => {
    const merge = totals(3000, 780, { operation: 'replace' });
    assert.equal(rowsAfter(totals(4440, 1500, { 'cryptodm.rows': '3000' }), merge, merge), 3000);
    assert.equal(rowsAfter(totals(3000, 0), merge), 3000);
  });

  it('are those of the totals where the writer has not said anything since another program', () => {
    const stated = totals(3000, 780, { 'cryptodm.rows': '3000' });
    assert.equal(rowsAfter(stated, totals(3001, 780, { operation: 'append' })), 2221);
    assert.equal(rowsAfter(stated, {}, totals(3001, 780, { operation: 'replace' })), 2221);
    assert.equal(rowsAfter(stated, totals(3001, 0, { operation: 'append' })), 3001);
    assert.equal(rowsAfter(totals(10, 40)), 0);
  });

  it('are none before the first commit', () => {
    assert.equal(rowsAfter(), 0);
  });
});
