import { readLossless, writeLossless } from '../lossless-json.ts';

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
  /** rows of the table, see {@link rowsOf} */
  records: number;
  dataFiles: number;
  positionDeletes: number;
  deleteFiles: number;
  bytes: number;
  snapshots: number;
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

/** What of a metadata JSON names snapshots, with ids as `readLossless` reads them. */
interface RawReferences {
  refs?: Record<string, { 'snapshot-id': unknown }>;
  snapshots?: { 'snapshot-id': unknown }[];
  'snapshot-log'?: { 'snapshot-id': unknown }[];
  'current-snapshot-id'?: unknown;
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

/**
 * The text of a metadata JSON with those snapshots only that a branch or a tag names, and the log of these: what Iceberg's REST catalogs answer
 * to `snapshots=refs` (https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml). Everything else stays as it is.
 */
export function keepReferenced(text: string): string {
  const raw = readLossless(text) as RawReferences;
  const named = new Set(Object.values(raw.refs ?? {}).map((reference) => reference['snapshot-id']));
  named.add(raw['current-snapshot-id']);
  const isNamed = (one: { 'snapshot-id': unknown }) => named.has(one['snapshot-id']);
  return writeLossless({
    ...raw,
    ...(raw.snapshots && { snapshots: raw.snapshots.filter(isNamed) }),
    ...(raw['snapshot-log'] && { 'snapshot-log': raw['snapshot-log'].filter(isNamed) }),
  });
}

/** The counts that a table's metadata holds; no data is read. */
export function totalsOf(metadata: TableMetadata): TableTotals {
  const count = (key: string) => Number(metadata.current?.summary[key] ?? 0);
  return {
    records: rowsOf(metadata),
    dataFiles: count('total-data-files'),
    positionDeletes: count('total-position-deletes'),
    deleteFiles: count('total-delete-files'),
    bytes: count('total-files-size'),
    snapshots: metadata.snapshots.length,
  };
}

/**
 * Rows of a table. Its writer states them with each commit (`cryptodm.rows`, see `docs/contracts.md`), because deletes of files that
 * were replaced as a whole still count in Iceberg's totals. After a commit by another program only those totals are left.
 */
function rowsOf({ snapshots, current }: TableMetadata): number {
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const count = ({ summary }: Snapshot, key: string) => Number(summary[key] ?? 0);
  for (let at = current; at !== undefined; at = byId.get(at.parentId ?? '')) {
    if (at.summary['cryptodm.rows'] !== undefined) return count(at, 'cryptodm.rows');
    const deletes = count(at, 'total-position-deletes') + count(at, 'total-equality-deletes');
    if (deletes === 0 && at.summary['total-records'] !== undefined) return count(at, 'total-records');
    // A compaction changes no row.
    if (at.summary['operation'] !== 'replace') break;
  }
  return current === undefined
    ? 0
    : Math.max(0, count(current, 'total-records') - count(current, 'total-position-deletes'));
}
