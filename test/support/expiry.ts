import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readLossless, writeLossless } from './lossless-json.ts';
import { pathOfLocation, readTablePointers } from '../../src/local/tables/catalog.ts';

interface Metadata {
  snapshots: { 'snapshot-id': unknown }[];
  'snapshot-log': { 'snapshot-id': unknown }[];
  'current-snapshot-id': unknown;
}

/**
 * Makes a table forget every snapshot but the current one, as an engine of somebody else's may: its metadata file is written anew and the
 * catalog pointed there. For a table to which nobody writes meanwhile. @returns how many snapshots there were
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
