import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readLossless, writeLossless } from '../../src/tools/lossless-json.ts';
import { pathOfLocation, readTablePointers } from '../../src/local/tables/catalog.ts';

interface Metadata {
  snapshots: { 'snapshot-id': unknown }[];
  'snapshot-log': { 'snapshot-id': unknown }[];
  'current-snapshot-id': unknown;
}

/**
 * Expires all snapshots of a table except the current one, as another engine may: writes a new metadata file and sets the catalog's pointer to
 * it. Only for a table without a writer. @returns how many snapshots there were
 */
export async function expireAllButCurrent(catalog: string, table: string): Promise<number> {
  const pointer = (await readTablePointers(catalog)).find(({ name }) => name.endsWith(`.${table}`));
  if (pointer === undefined) throw new Error(`no table ${table}`);
  const file = pathOfLocation(pointer.metadataLocation);
  const metadata = readLossless(readFileSync(file, 'utf8')) as Metadata;
  const before = metadata.snapshots.length;
  const isCurrent = (entry: { 'snapshot-id': unknown }) => entry['snapshot-id'] === metadata['current-snapshot-id'];
  metadata.snapshots = metadata.snapshots.filter(isCurrent);
  metadata['snapshot-log'] = metadata['snapshot-log'].filter(isCurrent);
  const next = join(dirname(file), `99999-${table}-expired.metadata.json`);
  writeFileSync(next, writeLossless(metadata));
  const { default: Database } = await import('libsql');
  const database = new Database(catalog);
  try {
    database.prepare('update iceberg_tables set metadata_location = ? where table_name = ?').run(next, table);
  } finally {
    database.close();
  }
  return before;
}
