import assert from 'node:assert/strict';
import { growthOf } from '../../../src/tools/iceberg/growth.ts';
import type { Snapshot, TableMetadata } from '../../../src/tools/iceberg/metadata.ts';

const minute = 60_000;
const now = Date.parse('2025-07-08T12:00:00Z');

/** A table with these rows so many minutes ago; its files have 60 bytes a row. */
function table(points: [minutesAgo: number, rows: number][]): TableMetadata {
  const snapshots = points.map(([ago, rows], at): Snapshot => ({
    ...{ id: String(at), parentId: undefined, sequence: at, at: now - ago * minute, schemaId: 0, manifestList: '' },
    summary: { 'cryptodm.rows': String(rows), 'total-files-size': String(rows * 60) },
  }));
  return {
    ...{ location: '/t', formatVersion: 2, lastUpdatedAt: now, columns: [], properties: {}, log: [] },
    snapshots,
    current: snapshots.at(-1),
  };
}

/** One row a second from some minutes ago until now, seen each minute. */
const steady = (minutes: number, more = 0): [number, number][] =>
  Array.from({ length: minutes + 1 }, (_, at) => [minutes - at, more + at * 60]);
const rate = (points: [number, number][]) => growthOf(table(points), now)?.rowsPerSecond;

describe('the growth of a table', () => {
  it('is not known before it has ten minutes of snapshots, nor without rows', () => {
    assert.equal(rate(steady(9)), undefined);
    assert.equal(rate([]), undefined);
    assert.equal(rate([[60, 0]]), undefined);
    assert.deepEqual(growthOf(table(steady(10)), now), { rowsPerSecond: 1, bytesPerRow: 60 });
  });

  it('is that of the last six hours, of snapshots at any distance', () => {
    assert.equal(rate(steady(600)), 1);
    // Ten times as fast until seven hours ago.
    assert.equal(rate([[1000, 0], [420, 348_000], ...steady(419, 348_060)]), 1);
    assert.equal(
      rate([
        [360, 100],
        [185, 10_600],
        [0, 21_700],
      ]),
      1,
    );
  });

  it('is not what comes at once, such as a history, and not less for rows that were removed or for a stop', () => {
    assert.equal(rate([[31, 0], [30.5, 1_000_000], ...steady(30, 1_000_030)]), 1);
    const removed = steady(120).map(([ago, rows]): [number, number] => [ago, ago < 40 ? rows - 3600 : rows]);
    assert.equal(rate(removed), 1);
    assert.equal(rate(steady(120).filter(([ago]) => ago > 60 || ago < 35)), 1);
  });

  it('is none once nothing comes any more', () => {
    assert.equal(rate(steady(600).map(([ago, rows]) => [ago + 600, rows])), 0);
  });
});
