import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault } from '../../errors.ts';
import { parseTableMetadata, type TableMetadata } from '../../tools/iceberg/metadata.ts';

/** The metadata of a table when the catalog was read. */
export interface TablePointer {
  /** such as `crypto_db.crypto_quote` */
  name: string;
  /** path or URI of the metadata JSON, as the writer stored it */
  metadataLocation: string;
  /** absent for a table that was never committed to */
  previousMetadataLocation: string | undefined;
}

interface CatalogRow {
  catalog_name: string;
  table_namespace: string;
  table_name: string;
  metadata_location: string | null;
  previous_metadata_location: string | null;
  iceberg_type?: string | null;
}

/**
 * The pointers of all tables in a SQLite JDBC catalog, read in one transaction while other processes write to it.
 * Only the rows of `catalogName` when one is given. Waits up to 5 seconds for a busy database.
 * Throws a Fault `part` when the catalog is missing, without tables, or can't be read.
 */
export async function readTablePointers(catalogFile: string, catalogName?: string): Promise<TablePointer[]> {
  const next = 'cryptodm up';
  if (!existsSync(catalogFile)) {
    throw new Fault('part', 'the lake is not up: it has no catalog yet', { where: catalogFile, next });
  }
  // The binding asks for a process report to find out whether it runs on glibc or musl; looking up the names of open sockets takes seconds.
  if (process.report) (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { default: Database } = await import('libsql');
  let rows: CatalogRow[];
  try {
    const path = encodeURI(catalogFile).replaceAll('?', '%3f').replaceAll('#', '%23');
    const database = new Database(`file:${path}?mode=ro`, { timeout: 5000 });
    try {
      // One statement is one read transaction.
      rows = database.prepare('select * from iceberg_tables').all() as CatalogRow[];
    } finally {
      database.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (reason.includes('no such table')) {
      throw new Fault('part', 'the lake is not up: its catalog holds no tables yet', {
        where: catalogFile,
        next,
        cause,
      });
    }
    throw new Fault('part', `the lake's catalog can't be read: ${reason}`, {
      where: catalogFile,
      next: 'cryptodm status',
      cause,
    });
  }
  const pointers: TablePointer[] = [];
  for (const row of rows) {
    if (catalogName !== undefined && row.catalog_name !== catalogName) continue;
    if (row.metadata_location === null || (row.iceberg_type ?? 'TABLE') !== 'TABLE') continue;
    pointers.push({
      name: `${row.table_namespace}.${row.table_name}`,
      metadataLocation: row.metadata_location,
      previousMetadataLocation: row.previous_metadata_location ?? undefined,
    });
  }
  return pointers.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A path as a location of Iceberg; some engines read none without a scheme. Nothing is encoded, because engines decode nothing. */
export function locationOf(path: string): string {
  return `file://${path}`;
}

/** The local path of a location that may begin with `file:`. */
export function pathOfLocation(location: string): string {
  return location.replace(/^file:(\/\/)?(?=\/)/, '');
}

/** The text of a table's metadata JSON. Throws the file system's error (`ENOENT`) when maintenance has removed the file since. */
export async function readMetadataText(metadataLocation: string): Promise<string> {
  const bytes = await readFile(pathOfLocation(metadataLocation));
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (packed ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
}

/** Reads a table's metadata JSON. Throws as `readMetadataText`. */
export async function readTableMetadata(metadataLocation: string): Promise<TableMetadata> {
  return parseTableMetadata(await readMetadataText(metadataLocation));
}

/** A table whose present state can't be read. */
export interface UnreadableTable {
  name: string;
  /** which file is broken, and how, in words */
  reason: string;
}

/** What the tables of a catalog hold by their metadata. Reads no manifests, so it takes milliseconds. */
export async function readTables(
  catalogFile: string,
): Promise<{ tables: { name: string; metadata: TableMetadata }[]; unreadable: UnreadableTable[] }> {
  const tables: { name: string; metadata: TableMetadata }[] = [];
  const unreadable: UnreadableTable[] = [];
  const look = async ({ name, metadataLocation }: TablePointer) => {
    const read = await readState(metadataLocation);
    if (typeof read === 'string') unreadable.push({ name, reason: read });
    else tables.push({ name, metadata: read });
  };
  const pointers = await readTablePointers(catalogFile);
  await Promise.all(pointers.map(look));
  if (unreadable.length > 0) {
    // The writer may have moved on meanwhile and removed what it no longer needs.
    const now = new Map((await readTablePointers(catalogFile)).map((pointer) => [pointer.name, pointer]));
    const before = new Map(pointers.map((pointer) => [pointer.name, pointer.metadataLocation]));
    const again = unreadable.splice(0).map(({ name, reason }) => ({ pointer: now.get(name), name, reason }));
    for (const { pointer, name, reason } of again) {
      if (pointer?.metadataLocation === before.get(name)) unreadable.push({ name, reason });
      else if (pointer !== undefined) await look(pointer);
    }
  }
  const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
  return { tables: tables.sort(byName), unreadable: unreadable.sort(byName) };
}

/** The tables of a catalog that can't be read; none without a catalog. */
export async function findUnreadable(catalogFile: string): Promise<UnreadableTable[]> {
  return existsSync(catalogFile) ? (await readTables(catalogFile)).unreadable : [];
}

/** Names tables that can't be read, and what to do; undefined when there are none. */
export function unreadableFault([first, ...others]: UnreadableTable[], catalogFile: string): Fault | undefined {
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `; nor can ${others.map(({ name }) => name).join(', ')}`;
  return new Fault('part', `the table ${first.name} can't be read: ${first.reason}${more}`, {
    where: catalogFile,
    next: 'Run "cryptodm tables repair": it sets such a table back to its newest state that can be read. "--dry-run" shows which.',
  });
}

/** The metadata of a table, or why its state can't be read. */
async function readState(metadataLocation: string): Promise<TableMetadata | string> {
  let metadata: TableMetadata;
  try {
    metadata = await readTableMetadata(metadataLocation);
  } catch (error) {
    const state = (await stateOf(metadataLocation)) ?? `can't be parsed: ${(error as Error).message}`;
    return `its metadata file ${pathOfLocation(metadataLocation)} ${state}`;
  }
  const list = metadata.current?.manifestList;
  const state = list === undefined ? undefined : await stateOf(list);
  return state === undefined ? metadata : `its manifest list ${pathOfLocation(list ?? '')} ${state}`;
}

/** What is wrong with a file at first sight; undefined when it is there and holds something. */
async function stateOf(location: string): Promise<string | undefined> {
  try {
    return (await stat(pathOfLocation(location))).size === 0 ? 'is empty' : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'is gone'
      : `can't be read: ${(error as Error).message}`;
  }
}
