import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault } from '../../errors.ts';

/** The metadata of a table when the catalog was read. */
export interface TablePointer {
  /** such as `crypto_db.crypto_quote` */
  name: string;
  /** path or URI of the metadata JSON, as the writer stored it */
  metadataLocation: string;
  /** absent for a table that was never committed to */
  previousMetadataLocation: string | undefined;
}

/** A commit of a table. Ids are decimal strings: they exceed what a number holds. */
export interface Snapshot {
  id: string;
  parentId: string | undefined;
  /** grows with each commit to the table, on any branch */
  sequence: number;
  /** milliseconds since the epoch */
  at: number;
  schemaId: number | undefined;
  /** as written, such as `total-records`: `"42"` */
  summary: Record<string, string>;
  /** path or URI of the list of its manifests */
  manifestList: string | undefined;
}

export interface TableColumn {
  name: string;
  /** Iceberg's name of the type, such as `decimal(24, 12)`; nested types as JSON */
  type: string;
  required: boolean;
  doc: string | undefined;
}

/** What a table's metadata JSON says. */
export interface TableMetadata {
  location: string;
  formatVersion: number;
  /** milliseconds since the epoch */
  lastUpdatedAt: number;
  columns: TableColumn[];
  properties: Record<string, string>;
  /** the snapshots that are kept, oldest first */
  snapshots: Snapshot[];
  /** which snapshot was current from when on, oldest first; milliseconds since the epoch */
  log: { at: number; snapshotId: string }[];
  /** absent while the table has no rows and never had any */
  current: Snapshot | undefined;
}

/** Counts of a table's current snapshot, by its summary; all 0 without one. */
export interface TableTotals {
  /** rows in data files, without those that position deletes remove */
  records: number;
  dataFiles: number;
  positionDeletes: number;
  deleteFiles: number;
  bytes: number;
  snapshots: number;
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

/** The local path of a location that may be a `file:` URI. */
export function pathOfLocation(location: string): string {
  return location.replace(/^file:(\/\/)?(?=\/)/, '');
}

/** Reads a table's metadata JSON. Throws the file system's error (`ENOENT`) when maintenance has removed the file since. */
export async function readTableMetadata(metadataLocation: string): Promise<TableMetadata> {
  const bytes = await readFile(pathOfLocation(metadataLocation));
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parseTableMetadata((packed ? await promisify(gunzip)(bytes) : bytes).toString('utf8'));
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

interface RawSnapshot {
  'snapshot-id': string;
  'parent-snapshot-id'?: string;
  'sequence-number'?: number;
  'timestamp-ms': number;
  'schema-id'?: number;
  summary?: Record<string, string>;
  'manifest-list'?: string;
}

interface RawMetadata {
  location: string;
  'format-version': number;
  'last-updated-ms': number;
  'current-schema-id': number;
  schemas: { 'schema-id': number; fields: { name: string; type: unknown; required: boolean; doc?: string }[] }[];
  properties?: Record<string, string>;
  snapshots?: RawSnapshot[];
  'snapshot-log'?: { 'timestamp-ms': number; 'snapshot-id': string }[];
  'current-snapshot-id'?: string;
}

/** Parses the text of a metadata JSON (format version 2 or later). */
export function parseTableMetadata(text: string): TableMetadata {
  // Ids of 64 bits lose their last digits as numbers.
  const exact = text.replace(/("(?:parent-|current-)?snapshot-id"\s*:\s*)(-?\d+)/g, '$1"$2"');
  const raw = JSON.parse(exact) as RawMetadata;
  const snapshots = (raw.snapshots ?? [])
    .map((snapshot) => ({
      id: snapshot['snapshot-id'],
      parentId: snapshot['parent-snapshot-id'],
      sequence: snapshot['sequence-number'] ?? 0,
      at: snapshot['timestamp-ms'],
      schemaId: snapshot['schema-id'],
      summary: snapshot.summary ?? {},
      manifestList: snapshot['manifest-list'],
    }))
    .sort((one, other) => one.at - other.at);
  const schema = raw.schemas.find((candidate) => candidate['schema-id'] === raw['current-schema-id']);
  return {
    location: raw.location,
    formatVersion: raw['format-version'],
    lastUpdatedAt: raw['last-updated-ms'],
    columns: (schema?.fields ?? []).map((field) => ({
      name: field.name,
      type: typeof field.type === 'string' ? field.type : JSON.stringify(field.type),
      required: field.required,
      doc: field.doc,
    })),
    properties: raw.properties ?? {},
    snapshots,
    log: (raw['snapshot-log'] ?? []).map((entry) => ({ at: entry['timestamp-ms'], snapshotId: entry['snapshot-id'] })),
    current: snapshots.find((snapshot) => snapshot.id === raw['current-snapshot-id']),
  };
}

/** The counts that a table's metadata holds; no data is read. */
export function totalsOf(metadata: TableMetadata): TableTotals {
  const count = (key: string) => Number(metadata.current?.summary[key] ?? 0);
  return {
    // A position delete removes one row of a data file that is there.
    records: count('total-records') - count('total-position-deletes'),
    dataFiles: count('total-data-files'),
    positionDeletes: count('total-position-deletes'),
    deleteFiles: count('total-delete-files'),
    bytes: count('total-files-size'),
    snapshots: metadata.snapshots.length,
  };
}
