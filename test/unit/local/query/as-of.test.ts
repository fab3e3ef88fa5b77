import assert from 'node:assert/strict';
import { Fault } from '../../../../src/errors.ts';
import { stateAsOf } from '../../../../src/local/query/as-of.ts';
import { parseAsOf } from '../../../../src/lake/times.ts';
import { parseTableMetadata } from '../../../../src/tools/iceberg/metadata.ts';

const now = Date.parse('2025-07-08T12:00:00Z');

describe('a point in time', () => {
  for (const [text, iso] of [
    ['2025-07-08', '2025-07-08T00:00:00.000Z'],
    ['2025-07-08T05:43', '2025-07-08T05:43:00.000Z'],
    ['2025-07-08 05:43:10', '2025-07-08T05:43:10.000Z'],
    ['2025-07-08T05:43:10Z', '2025-07-08T05:43:10.000Z'],
    ['2025-07-08T05:43:10.123456Z', '2025-07-08T05:43:10.123Z'],
    ['2025-07-08T05:43:10+02:00', '2025-07-08T03:43:10.000Z'],
    ['2025-07-08T05:43:10-0300', '2025-07-08T08:43:10.000Z'],
    ['2025-07-08 05:43:10+00', '2025-07-08T05:43:10.000Z'],
    ['90s', '2025-07-08T11:58:30.000Z'],
    ['10m', '2025-07-08T11:50:00.000Z'],
    ['1.5h', '2025-07-08T10:30:00.000Z'],
    ['2h ago', '2025-07-08T10:00:00.000Z'],
    ['1d', '2025-07-07T12:00:00.000Z'],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(new Date(parseAsOf(text, now)).toISOString(), iso));
  }

  for (const text of [
    '',
    'yesterday',
    '10',
    '10x',
    '2025-02-30',
    '2025-13-01',
    '2025-07-08T25:00',
    '1751932800',
    '-5m',
    'm',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => parseAsOf(text, now),
        (thrown) => thrown instanceof Fault && thrown.kind === 'usage',
      ));
  }
});

/** Metadata with snapshots `id: [parent, at]`, the log of `entries` ids and the current one. */
function metadata(snapshots: Record<string, [string | undefined, number]>, entries: [number, string][]) {
  return parseTableMetadata(
    JSON.stringify({
      'format-version': 2,
      location: '/w',
      'last-updated-ms': 0,
      'current-schema-id': 0,
      schemas: [{ 'schema-id': 0, fields: [] }],
      snapshots: Object.entries(snapshots).map(([id, [parent, at]]) => ({
        'snapshot-id': Number(id),
        'timestamp-ms': at,
        ...(parent === undefined ? {} : { 'parent-snapshot-id': Number(parent) }),
      })),
      'snapshot-log': entries.map(([at, id]) => ({ 'timestamp-ms': at, 'snapshot-id': Number(id) })),
    }),
  );
}

describe('the state of a table as of a time', () => {
  const whole = metadata({ 1: [undefined, 100], 2: ['1', 200] }, [
    [100, '1'],
    [200, '2'],
  ]);

  it('is the snapshot that was current then', () => {
    assert.deepEqual(stateAsOf('t', whole, 100), { snapshotId: '1' });
    assert.deepEqual(stateAsOf('t', whole, 199), { snapshotId: '1' });
    assert.deepEqual(stateAsOf('t', whole, 200), { snapshotId: '2' });
    assert.deepEqual(stateAsOf('t', whole, 9999), { snapshotId: '2' });
  });

  it('is empty before the first row, and without any snapshot', () => {
    assert.equal(stateAsOf('t', whole, 99), 'empty');
    assert.equal(stateAsOf('t', metadata({}, []), 99), 'empty');
  });

  it('follows the log, not the age of snapshots, after a rollback', () => {
    const rolledBack = metadata({ 1: [undefined, 100], 2: ['1', 200] }, [
      [100, '1'],
      [200, '2'],
      [300, '1'],
    ]);
    assert.deepEqual(stateAsOf('t', rolledBack, 250), { snapshotId: '2' });
    assert.deepEqual(stateAsOf('t', rolledBack, 300), { snapshotId: '1' });
  });

  it('names the oldest time that is left when the snapshot is expired', () => {
    const expired = metadata({ 3: ['2', 300] }, [[300, '3']]);
    assert.throws(
      () => stateAsOf('crypto_db.t', expired, 250),
      (thrown) =>
        thrown instanceof Fault &&
        thrown.kind === 'query' &&
        thrown.message.includes('crypto_db.t') &&
        thrown.facts['oldest'] === new Date(300).toISOString(),
    );
  });

  it('does not take an older snapshot for an expired one in between', () => {
    const gap = metadata({ 1: [undefined, 100], 3: ['2', 300] }, [
      [100, '1'],
      [200, '2'],
      [300, '3'],
    ]);
    assert.throws(
      () => stateAsOf('t', gap, 250),
      (thrown) => thrown instanceof Fault && thrown.facts['oldest'] === new Date(300).toISOString(),
    );
    assert.deepEqual(stateAsOf('t', gap, 150), { snapshotId: '1' });
  });
});

describe('table metadata', () => {
  it('keeps ids of 64 bits exact', () => {
    const parsed = parseTableMetadata(
      '{"format-version":2,"location":"/w","last-updated-ms":5,"current-schema-id":0,"schemas":[{"schema-id":0,"fields":' +
        '[{"id":1,"name":"a","required":true,"type":"decimal(24, 12)"}]}],"current-snapshot-id": 8936472356482736485,' +
        '"properties":{"note":"\\"snapshot-id\\":12"},"snapshots":[{"snapshot-id":8936472356482736485,' +
        '"parent-snapshot-id":8936472356482736483,"timestamp-ms":5,"summary":{"total-records":"3"}}]}',
    );
    assert.equal(parsed.current?.id, '8936472356482736485');
    assert.equal(parsed.current?.parentId, '8936472356482736483');
    assert.equal(parsed.properties['note'], '"snapshot-id":12');
    assert.deepEqual(parsed.columns, [{ name: 'a', type: 'decimal(24, 12)', required: true, doc: undefined }]);
  });
});
