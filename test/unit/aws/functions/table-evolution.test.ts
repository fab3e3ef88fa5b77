import assert from 'node:assert/strict';
import { readLossless, writeLossless } from '../../../../src/aws/functions/lossless-json.ts';
import { evolveTable, RefusedEvolution } from '../../../../src/aws/functions/table-evolution.ts';
import { lastWritten, renderTableMetadata, tableProperties } from '../../../../src/aws/functions/table-metadata.ts';
import { declareLake } from '../../../../src/lake/declaration.ts';
import type { Table } from '../../../../src/lake/schema.ts';

const [quotes] = declareLake(['BTC/USD']).tables;
assert.ok(quotes);
const location = 's3://bucket/crypto_db/crypto_quote/metadata/00000-x.metadata.json';
const metadata = renderTableMetadata(quotes, {
  uuid: 'u',
  location: 's3://bucket/crypto_db/crypto_quote',
  now: new Date(5),
});

function changed(change: (table: Table) => void): Table {
  const copy = structuredClone(quotes) as Table;
  change(copy);
  return copy;
}

function column(table: Table, name: string): Table['columns'][number] {
  const found = table.columns.find((candidate) => candidate.name === name);
  assert.ok(found);
  return found;
}

describe('a declared table that stands', () => {
  const refused: [string, (table: Table) => void, string, RegExp][] = [
    ['a narrower type', (t) => (column(t, 'trade_count').type = 'int'), 'trade_count', /is long and cannot become int/],
    [
      'another scale',
      (t) => (column(t, 'volume').type = 'decimal(24, 10)'),
      'volume',
      /cannot become decimal\(24, 10\)/,
    ],
    [
      'a required column that was optional',
      (t) => (column(t, 'vwap').required = true),
      'vwap',
      /cannot become required/,
    ],
    [
      'another identifier',
      (t) => (t.identifier = ['asset_id']),
      '',
      /its identifier is \[asset_id, asset_type, start_window\]/,
    ],
    ['another partitioning', (t) => (t.partition = []), '', /\[day\(start_window\)\] and cannot become \[\]/],
    [
      'a new column in the identifier',
      (t) => {
        t.columns.push({ name: 'venue', type: 'string', required: true, doc: 'd' });
        t.identifier.push('venue');
      },
      'venue',
      /cannot belong to the identifier/,
    ],
  ];
  for (const [what, change, name, reason] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => evolveTable(changed(change), { metadata, location }, new Date()),
        (error) => {
          assert.ok(error instanceof RefusedEvolution);
          assert.deepEqual([error.table, error.column], [quotes?.name, name]);
          assert.match(error.reason, reason);
          return true;
        },
      );
    });
  }

  it('stays as it is when nothing differs, whichever blanks its types have', () => {
    const written = structuredClone(metadata);
    for (const field of written.schemas[0]?.fields ?? []) field.type = String(field.type).replaceAll(' ', '');
    assert.equal(evolveTable(quotes, { metadata: written, location }, new Date()).metadata, undefined);
  });

  it('keeps a column that left the declaration, and remembers where its metadata was', () => {
    const { metadata: next, added } = evolveTable(
      changed((t) => {
        t.columns = t.columns.filter(({ name }) => name !== 'trade_count');
        t.columns.push({ name: 'venue', type: 'string', required: true, doc: 'd' });
      }),
      { metadata, location },
      new Date(7),
    );
    assert.deepEqual(added, ['venue']);
    const fields = next?.schemas[1]?.fields ?? [];
    assert.ok(fields.some(({ name }) => name === 'trade_count'));
    assert.deepEqual(fields.at(-1), { id: 16, name: 'venue', required: false, type: 'string', doc: 'd' });
    assert.deepEqual(next?.['metadata-log'], [{ 'timestamp-ms': 5, 'metadata-file': location }]);
    assert.equal(next['last-updated-ms'], 7);
  });

  it('asks Athena to keep the same snapshots as Iceberg’s own upkeep', () => {
    const properties = tableProperties(quotes);
    assert.equal(properties['history.expire.max-snapshot-age-ms'], '604800000');
    assert.equal(properties['vacuum_max_snapshot_age_seconds'], '604800');
    assert.equal(properties['format-version'], undefined);
  });
});

describe('lossless JSON', () => {
  it('brings ids of snapshots back to the last digit', () => {
    const text = `{"id":8954597067493422955,"low":-3051729675574597004,"text":"8954597067493422955","small":12,"real":1.5}`;
    const read = readLossless(text) as Record<string, unknown>;
    assert.deepEqual([read['text'], read['small'], read['real']], ['8954597067493422955', 12, 1.5]);
    assert.equal(writeLossless(read), text);
  });

  it('tells when a table was written to last', () => {
    const snapshots = `[{"snapshot-id":8954597067493422954,"timestamp-ms":1},{"snapshot-id":8954597067493422955,"timestamp-ms":2}]`;
    const text = writeLossless(metadata).replace('"snapshots":[]', `"snapshots":${snapshots}`);
    const read = readLossless(text.replace('"current-snapshot-id":-1', '"current-snapshot-id":8954597067493422955'));
    assert.equal(lastWritten(read as typeof metadata), 2);
    assert.equal(lastWritten(metadata), undefined);
  });
});
