import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declareLake } from '../../src/lake/declaration.ts';
import type { Lake } from '../../src/lake/schema.ts';
import { readLossless, writeLossless } from '../../src/aws/functions/lossless-json.ts';
import { evolveTable } from '../../src/aws/functions/table-evolution.ts';
import { renderTableMetadata, type TableMetadata } from '../../src/aws/functions/table-metadata.ts';
import { IcebergLibrary } from '../support/aws/iceberg-library.ts';

/** The same tables with two more columns, a type promoted, another text, another order, another property. */
function changed(lake: Lake): Lake {
  const [quotes, ...others] = structuredClone(lake.tables);
  assert.ok(quotes);
  quotes.columns.splice(2, 0, { name: 'venue', type: 'string', required: true, doc: 'where it was traded' });
  quotes.columns.push({ name: 'spread', type: 'decimal(24, 12)', required: false, doc: 'of the minute' });
  for (const column of quotes.columns) {
    if (column.name === 'volume') column.type = 'decimal(30, 12)';
    if (column.name === 'vwap') column.doc = 'another text';
    if (column.name === 'source') column.required = false;
  }
  quotes.sort = ['start_window'];
  quotes.properties['write.metadata.previous-versions-max'] = '2';
  return { ...lake, tables: [quotes, ...others] };
}

/** Without what only Athena asks for. */
function plain(metadata: TableMetadata): Record<string, unknown> {
  const properties = Object.entries(metadata.properties).filter(([name]) => !name.startsWith('vacuum_'));
  return {
    ...metadata,
    properties: Object.fromEntries(properties),
    'last-updated-ms': 0,
    'metadata-log': (metadata['metadata-log'] ?? []).length,
  };
}

describe('the metadata of tables, against Iceberg’s own library', function () {
  this.timeout(600_000);
  const lake = declareLake(['BTC/USD']);
  let folder: string;
  let library: IcebergLibrary;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cryptodm-iceberg-'));
    library = await IcebergLibrary.prepare(folder);
    await library.createTables(lake);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is what the library writes of a new table', () => {
    for (const table of lake.tables) {
      const theirs = JSON.parse(library.metadata(table.name)) as TableMetadata;
      const { location, 'table-uuid': uuid } = theirs;
      assert.deepEqual(
        plain(renderTableMetadata(table, { uuid, location, now: new Date() })),
        plain(theirs),
        table.name,
      );
    }
  });

  it('evolves as the library does it, from metadata that the library can read', async () => {
    const wanted = changed(lake);
    const standing = wanted.tables.map((table) => {
      const location = library.metadataFile(table.name);
      const theirs = readLossless(library.metadata(table.name)) as TableMetadata;
      const declared = lake.tables.find(({ name }) => name === table.name);
      assert.ok(declared);
      const place = { uuid: theirs['table-uuid'], location: theirs.location };
      const metadata = renderTableMetadata(declared, { ...place, now: new Date() });
      writeFileSync(location, writeLossless(metadata));
      return { table, location, metadata };
    });
    const answer = await library.createTables(wanted);
    assert.deepEqual(
      answer.tables.map(({ action }) => action),
      wanted.tables.map((_, index) => (index === 0 ? 'evolved' : 'unchanged')),
    );
    assert.deepEqual(answer.tables[0]?.added, ['venue', 'spread']);
    for (const { table, location, metadata } of standing) {
      const ours = evolveTable(table, { metadata, location }, new Date());
      const theirs = JSON.parse(library.metadata(table.name)) as TableMetadata;
      assert.deepEqual(plain(ours.metadata ?? metadata), plain(theirs), table.name);
    }
  });

  it('is left alone once it is as declared, by either side', async () => {
    const wanted = changed(lake);
    const answer = await library.createTables(wanted);
    assert.ok(answer.tables.every(({ action }) => action === 'unchanged'));
    for (const table of wanted.tables) {
      const metadata = readLossless(library.metadata(table.name)) as TableMetadata;
      const { metadata: next } = evolveTable(
        table,
        { metadata, location: library.metadataFile(table.name) },
        new Date(),
      );
      assert.equal(next, undefined, table.name);
    }
  });
});
