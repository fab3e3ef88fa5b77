import assert from 'node:assert/strict';
import {
  beginMaintenance,
  continueMaintenance,
  deleteFirst,
  describeRun,
  isOver,
  leaveForeign,
  renderStatement,
  type StatementEnd,
  type TableMaintenance,
} from '../../../../src/aws/functions/maintenance-run.ts';

const succeeded: StatementEnd = { state: 'SUCCEEDED', reason: undefined, scannedBytes: 10 };
const failed = (reason: string): StatementEnd => ({ state: 'FAILED', reason, scannedBytes: 10 });
const moreRuns = 'Processed 100 partitions in this round, but there are more partitions remaining.';

function after(upkeep: TableMaintenance, ...ends: StatementEnd[]): TableMaintenance {
  return ends.reduce(continueMaintenance, upkeep);
}

describe('the maintenance of a table', () => {
  const begun = beginMaintenance('crypto_db.crypto_quote');

  it('is OPTIMIZE, then VACUUM', () => {
    assert.equal(after(begun, succeeded).phase, 'vacuum');
    const done = after(begun, succeeded, succeeded);
    assert.equal(done.phase, 'done');
    assert.ok(isOver(done));
    assert.equal(done.scannedBytes, 20);
  });

  it('removes rows first where the table keeps them for some days, in whole days', () => {
    const table = {
      ...{ name: 'crypto_db.market_trade', properties: { 'cryptodm.keep.days': '30' } },
      partition: [{ transform: 'day' as const, column: 'trade_time' }],
    };
    const due = deleteFirst(beginMaintenance(table.name), table);
    assert.equal(due.phase, 'delete');
    const sql = renderStatement('delete', table, undefined, new Date('2025-07-31T12:00:00Z'));
    assert.equal(sql, "DELETE FROM crypto_db.market_trade WHERE trade_time < TIMESTAMP '2025-07-01 00:00:00 UTC'");
    const next = after({ ...due, statements: 1 }, succeeded);
    assert.deepEqual([next.phase, deleteFirst(next, table).phase], ['optimize', 'optimize']);
    assert.equal(deleteFirst(begun, { properties: { 'cryptodm.keep.days': '0' } }).phase, 'optimize');
    assert.equal(deleteFirst(begun, { properties: {} }).phase, 'optimize');
  });

  it('repeats a statement that has left a rest', () => {
    const next = after({ ...begun, queryId: 'one' }, failed(`ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED: ${moreRuns}`));
    assert.deepEqual([next.phase, next.repeats, next.queryId], ['optimize', 1, undefined]);
    const vacuum = after(next, succeeded, failed(`ICEBERG_VACUUM_MORE_RUNS_NEEDED: ${moreRuns}`));
    assert.deepEqual([vacuum.phase, vacuum.repeats], ['vacuum', 2]);
  });

  it('tries again after another writer was faster, with a limit', () => {
    const conflict = failed('ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update to table: crypto_quote');
    const five = Array.from({ length: 5 }, () => conflict);
    const next = after(begun, ...five);
    assert.deepEqual([next.phase, next.conflicts], ['optimize', 5]);
    const end = after(next, conflict);
    assert.equal(end.phase, 'failed');
    assert.match(end.reason ?? '', /^OPTIMIZE: ICEBERG_COMMIT_ERROR/);
  });

  it('fails for any other reason, and when somebody cancels it', () => {
    assert.equal(after(begun, failed('TABLE_NOT_FOUND: line 1:1: Table is not there')).phase, 'failed');
    const cancelled = after(begun, { state: 'CANCELLED', reason: 'Query cancelled by user', scannedBytes: 0 });
    assert.deepEqual([cancelled.phase, cancelled.reason], ['failed', 'OPTIMIZE: Query cancelled by user']);
  });

  it('is VACUUM alone while commits of another engine wait for a person', () => {
    const commit = (summary: Record<string, string>) => {
      const its = { id: '7', parentId: undefined, sequence: 1, at: 1, schemaId: 0, manifestList: undefined };
      const snapshot = { ...its, summary: { operation: 'append', 'added-records': '3', ...summary } };
      const properties = { 'cryptodm.foreign.from': '0' };
      return { properties, snapshots: [snapshot], log: [], current: snapshot };
    };
    assert.deepEqual(leaveForeign(begun, undefined), begun);
    assert.deepEqual(leaveForeign(begun, commit({ 'cryptodm.commit': 'stream' })), begun);
    const foreign = commit({ 'engine-name': 'trino' });
    const left = leaveForeign(begun, foreign);
    assert.equal(left.phase, 'vacuum');
    assert.match(
      describeRun({ id: '1', startedAt: '', tables: [after(left, succeeded)] })[0] ?? '',
      /done .*; not compacted: 1 commit/,
    );
    const accepted = { ...foreign, properties: { ...foreign.properties, 'cryptodm.foreign.accepted': '1' } };
    assert.deepEqual(leaveForeign(begun, accepted), begun);
  });

  it('is reported in one line', () => {
    const run = { id: '1', startedAt: '', tables: [{ ...after(begun, succeeded, succeeded), statements: 2 }] };
    assert.deepEqual(describeRun(run), ['crypto_db.crypto_quote: done (2 statements, 0.0 MB read)']);
  });
});

describe('a statement of the maintenance', () => {
  const now = new Date('2026-11-22T00:20:00Z');
  const daily = { name: 'db.t', partition: [{ transform: 'day' as const, column: 'start_window' }] };
  const minutesAgo = (minutes: number) => now.getTime() - minutes * 60_000;

  it('leaves the young partitions to a writer', () => {
    assert.equal(
      renderStatement('optimize', daily, minutesAgo(2), now),
      `OPTIMIZE db.t REWRITE DATA USING BIN_PACK WHERE start_window < TIMESTAMP '2026-11-21 00:00:00 UTC'`,
    );
    const monthly = { name: 'db.t', partition: [{ transform: 'month' as const, column: 'start_window' }] };
    assert.match(renderStatement('optimize', monthly, minutesAgo(2), now), /'2026-11-01 00:00:00 UTC'$/);
  });

  it('takes the whole of a table that nobody writes to, or that has no times', () => {
    const whole = 'OPTIMIZE db.t REWRITE DATA USING BIN_PACK';
    assert.equal(renderStatement('optimize', daily, minutesAgo(11), now), whole);
    assert.equal(renderStatement('optimize', daily, undefined, now), whole);
    assert.equal(renderStatement('optimize', { name: 'db.t', partition: [] }, minutesAgo(1), now), whole);
    assert.equal(renderStatement('vacuum', daily, minutesAgo(1), now), 'VACUUM db.t');
  });
});
