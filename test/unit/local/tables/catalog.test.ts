import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { findUnreadable, readTables } from '../../../../src/local/tables/catalog.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const schema = `create table iceberg_tables (catalog_name text, table_namespace text, table_name text,
  metadata_location text, previous_metadata_location text, iceberg_type text, primary key (catalog_name, table_namespace, table_name))`;

describe('the tables of a catalog', () => {
  const folder = temporaryFolder();
  const catalog = () => join(folder.path, 'catalog.db');
  const metadata = (name: string) => join(folder.path, name, '00001-a.metadata.json');
  const list = (name: string) => join(folder.path, name, 'snap-1.avro');

  function state(name: string): string {
    return JSON.stringify({
      ...{ location: join(folder.path, name), 'format-version': 2, 'last-updated-ms': 1, 'current-schema-id': 0 },
      ...{ schemas: [{ 'schema-id': 0, fields: [] }], 'current-snapshot-id': 1 },
      snapshots: [{ 'snapshot-id': 1, 'timestamp-ms': 1, 'manifest-list': `file:${list(name)}`, summary: {} }],
    });
  }

  beforeEach(() => {
    const database = new Database(catalog());
    database.exec(schema);
    for (const name of ['sound', 'empty', 'cut', 'gone', 'listless']) {
      mkdirSync(join(folder.path, name));
      writeFileSync(metadata(name), state(name));
      writeFileSync(list(name), 'Obj');
      database
        .prepare('insert into iceberg_tables values (?, ?, ?, ?, null, ?)')
        .run('lake', 'crypto_db', name, metadata(name), 'TABLE');
    }
    database.close();
  });

  it('are all readable at first', async () => {
    const { tables, unreadable } = await readTables(catalog());
    assert.equal(tables.length, 5);
    assert.deepEqual(unreadable, []);
  });

  it('that can’t be read are named, each with its broken file', async () => {
    writeFileSync(metadata('empty'), '');
    writeFileSync(metadata('cut'), state('cut').slice(0, 100));
    rmSync(join(folder.path, 'gone'), { recursive: true });
    writeFileSync(list('listless'), '');
    const { tables, unreadable } = await readTables(catalog());
    assert.deepEqual(
      tables.map(({ name }) => name),
      ['crypto_db.sound'],
    );
    const reasons = Object.fromEntries(unreadable.map(({ name, reason }) => [name.replace('crypto_db.', ''), reason]));
    assert.equal(reasons['empty'], `its metadata file ${metadata('empty')} is empty`);
    assert.match(reasons['cut'] ?? '', /its metadata file \S+ can't be parsed: /);
    assert.equal(reasons['gone'], `its metadata file ${metadata('gone')} is gone`);
    assert.equal(reasons['listless'], `its manifest list ${list('listless')} is empty`);
  });

  it('are none where there is no catalog', async () => {
    assert.deepEqual(await findUnreadable(join(folder.path, 'nowhere.db')), []);
  });
});
