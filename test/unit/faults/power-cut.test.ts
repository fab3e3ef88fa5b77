import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Ledger } from '../../faults/driver.ts';
import { ExpectedLake, type Era } from '../../faults/expected-lake.ts';
import { noFindings } from '../../faults/findings.ts';
import { compareLedger, syncedUntil } from '../../faults/ledger.ts';
import { TopicLog, revisionOf } from '../../faults/log.ts';
import { generationAt, isBefore, translate } from '../../faults/positions.ts';
import { readLog } from '../../faults/stored-log.ts';
import type { TopicRecord } from '../../support/topic.ts';

const trade = (id: string) =>
  `{"transaction_id":"${id}","document_id":"Su","asset_id":"A","asset_type":"USD",` +
  `"transaction_timestamp":"2024-01-01T00:00:00.000Z","trade_type":"BUY","quantity":1,"ref_date":"2024-01-01"}`;
const record = (offset: number, id: string): TopicRecord => ({
  ...{ partition: 0, offset, key: 'Su', value: Buffer.from(trade(id)), headers: { source: 'user' } },
});
const logs = (...records: TopicRecord[]) => ({
  'coinbase-currencies': new TopicLog([]),
  'coinbase-trades': new TopicLog(records),
});
const first = { generation: 1, from: {} };
const second = { generation: 2, from: { 0: 2 } };
const begins = (...trades: Era['begins']['coinbase-trades']) => ({
  'coinbase-currencies': [first],
  'coinbase-trades': trades,
});

describe('what a power cut may take', () => {
  const acknowledged = (id: string, offset: number, at: number): Ledger['coinbase-trades'][number] => {
    const value = trade(id);
    return {
      event: { topic: 'coinbase-trades', kind: 'new', key: 'Su', partition: 0, value },
      partition: 0,
      offset,
      at,
    };
  };
  const eras = [
    { logs: logs(record(0, 'a'), record(1, 'b'), record(2, 'c')), cutAt: 5000, syncedUntil: 4000 },
    { logs: logs(record(0, 'a'), record(1, 'd')) },
  ];
  const lost = (...entries: Ledger['coinbase-trades']) => {
    const findings = noFindings();
    const taken = compareLedger({ 'coinbase-currencies': [], 'coinbase-trades': entries }, eras, findings);
    return { taken, lost: findings.lost.length };
  };

  it('is what was acknowledged within the last moments, and no more', () => {
    assert.deepEqual(lost(acknowledged('a', 0, 3000), acknowledged('c', 2, 4500)), { taken: 1, lost: 0 });
    assert.deepEqual(lost(acknowledged('b', 1, 3999)), { taken: 0, lost: 1 });
  });

  it('is nothing that is acknowledged afterwards', () => {
    assert.deepEqual(lost(acknowledged('d', 1, 6000)), { taken: 0, lost: 0 });
    assert.deepEqual(lost(acknowledged('e', 1, 6000)), { taken: 0, lost: 1 });
  });

  it('is nothing that was never in the log', () => {
    assert.deepEqual(lost(acknowledged('e', 2, 4500)), { taken: 0, lost: 1 });
  });

  it('is more where the broker could not write', () => {
    assert.equal(syncedUntil(10_000, 1000, []), 9000);
    assert.equal(syncedUntil(10_000, 1000, [{ from: 7000, until: 9500 }]), 6000);
    assert.equal(
      syncedUntil(10_000, 1000, [
        { from: 7000, until: 9500 },
        { from: 5000, until: 6500 },
      ]),
      4000,
    );
    assert.equal(syncedUntil(10_000, 1000, [{ from: 1000, until: 3000 }]), 9000);
  });
});

describe('positions across a new generation', () => {
  it('go back to its beginning, and are no step back', () => {
    const held = { generation: 1, offsets: { 0: 5, 1: 3 } };
    const renewed = translate(held, 2, [first, { generation: 2, from: { 0: 2, 1: 4 } }]);
    assert.deepEqual(renewed, { generation: 2, offsets: { 0: 2, 1: 3 } });
    assert.equal(isBefore(renewed, held), false);
    assert.equal(isBefore(held, renewed), true);
    assert.equal(isBefore({ generation: 1, offsets: { 0: 4, 1: 3 } }, held), true);
  });

  it('give a record the last generation that begins at or before it', () => {
    assert.deepEqual(
      [1, 2, 3].map((offset) => generationAt([first, second], 0, offset)),
      [1, 2, 2],
    );
  });
});

describe('expected rows after a power cut', () => {
  it('keep what the table had taken of a lost end, and take what came in its place', () => {
    const expected = new ExpectedLake();
    expected.beginSeed('S');
    const held = (end: number) => ({ 'coinbase-trades': { generation: 1, offsets: { 0: end } } });
    const before = {
      logs: logs(record(0, 'a'), record(1, 'b'), record(2, 'c'), record(3, 'd')),
      begins: begins(first),
      // It had taken c, and not d.
      held: { crypto_quote: {}, quote_coverage: {}, crypto_trader: held(3), bad_record: {} },
    };
    const after = {
      logs: logs(record(0, 'a'), record(1, 'b'), record(2, 'e'), record(3, 'c')),
      begins: begins(first, second),
    };
    expected.end(before);
    expected.end(after);
    const rows = [...expected.trades.rows].map(([id, { revision }]) => [id, revision]);
    assert.deepEqual(rows, [
      ['a', revisionOf({ generation: 1, offset: 0 })],
      ['b', revisionOf({ generation: 1, offset: 1 })],
      ['c', revisionOf({ generation: 1, offset: 2 })],
      ['e', revisionOf({ generation: 2, offset: 2 })],
    ]);
  });
});

describe('two logs of a topic', () => {
  it('part where the later one is shorter, or has another record', () => {
    const before = new TopicLog([record(0, 'a'), record(1, 'b'), record(2, 'c')]);
    assert.deepEqual(before.partsFrom(new TopicLog([record(0, 'a')])), { 0: 1 });
    assert.deepEqual(before.partsFrom(new TopicLog([record(0, 'a'), record(1, 'd'), record(2, 'c')])), { 0: 1 });
    assert.deepEqual(before.partsFrom(new TopicLog([0, 1, 2, 3].map((at) => record(at, 'abcd'[at] ?? '')))), { 0: 3 });
  });
});

describe('expected documents after a power cut', () => {
  const bar = (offset: number, close: string): TopicRecord => {
    const value = `{"bars":{"A/USD":{"c":${close},"h":9,"l":1,"n":3,"o":2,"t":"2024-01-01T00:00:00Z","v":1.5,"vw":null}}}`;
    return { partition: 0, offset, key: 'A/USD', value: Buffer.from(value), headers: {} };
  };
  const era = (...records: TopicRecord[]): Era => ({
    logs: { 'coinbase-currencies': new TopicLog(records), 'coinbase-trades': new TopicLog([]) },
    begins: begins(first),
  });
  const closesOf = (...eras: Era[]) => {
    const expected = new ExpectedLake();
    expected.index(eras);
    return expected.documents.possible('A-USD-2024-01-01T00:00:00Z').map((one) => one.price_crypto);
  };

  it('may be what the log has lost, until a later record comes', () => {
    assert.deepEqual(closesOf(era(bar(0, '5'), bar(1, '6')), era(bar(0, '5'))), ['5', '6']);
    assert.deepEqual(closesOf(era(bar(0, '5'), bar(1, '6')), era(bar(0, '5'), bar(1, '7'))), ['7']);
    assert.deepEqual(closesOf(era(bar(0, '5'), bar(1, '6')), era(bar(0, '5'), bar(1, '6'))), ['6']);
  });
});

describe('a copied log', () => {
  const varint = (value: number) => {
    const bytes: number[] = [];
    for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
      bytes.push(left < 128 ? left : (left % 128) | 0x80);
      if (left < 128) return Buffer.from(bytes);
    }
  };
  const text = (value: string | null) =>
    value === null ? varint(-1) : Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]);
  const batch = (base: number, values: (string | null)[], attributes = 0) => {
    const records = values.map((value, delta) => {
      const body = [Buffer.alloc(1), varint(0), varint(delta), text('k'), text(value), varint(1), text('h'), text('v')];
      const bytes = Buffer.concat(body);
      return Buffer.concat([varint(bytes.length), bytes]);
    });
    const body = attributes === 1 ? gzipSync(Buffer.concat(records)) : Buffer.concat(records);
    const head = Buffer.alloc(61);
    head.writeBigInt64BE(BigInt(base), 0);
    head.writeInt32BE(49 + body.length, 8);
    head.writeInt8(2, 16);
    head.writeInt16BE(attributes, 21);
    head.writeInt32BE(values.length - 1, 23);
    head.writeInt32BE(values.length, 57);
    return Buffer.concat([head, body]);
  };

  it('is read from an offset to its last whole batch, plain and compressed, without control records', () => {
    const long = 'x'.repeat(300);
    const file = Buffer.concat([
      batch(0, ['a', 'b']),
      batch(2, ['control'], 0x20),
      batch(3, [null, long], 1),
      batch(5, ['torn']).subarray(0, -1),
    ]);
    const found = readLog(new Map([[1, [file]]]), { 1: 1 });
    assert.deepEqual(
      found.map(({ partition, offset, key, value, headers }) => [partition, offset, key, value?.toString(), headers]),
      [
        [1, 1, 'k', 'b', { h: 'v' }],
        [1, 3, 'k', undefined, { h: 'v' }],
        [1, 4, 'k', long, { h: 'v' }],
      ],
    );
  });
});
