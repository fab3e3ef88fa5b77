import type { Column, Table } from '../../lake/schema.ts';

// The shapes are those of "Table Metadata" for version 2 and of its appendix C (JSON serialization) in the Apache Iceberg table
// specification, https://iceberg.apache.org/spec/. Numbers that Iceberg leaves to the writer are those of its Java library.

export interface SchemaField {
  id: number;
  name: string;
  required: boolean;
  /** as in the declaration, such as `timestamptz` or `decimal(24, 12)` */
  type: unknown;
  doc?: string;
}

export interface TableSchema {
  type: 'struct';
  'schema-id': number;
  'identifier-field-ids'?: number[];
  fields: SchemaField[];
}

export interface PartitionField {
  name: string;
  transform: string;
  'source-id': number;
  'field-id': number;
}

export interface SortOrder {
  'order-id': number;
  fields: { transform: string; 'source-id': number; direction: string; 'null-order': string }[];
}

/** What we read and change of a table's metadata; all the rest is carried along. */
export interface TableMetadata {
  'format-version': number;
  'table-uuid': string;
  location: string;
  'last-updated-ms': number;
  'last-column-id': number;
  'current-schema-id': number;
  schemas: TableSchema[];
  'default-spec-id': number;
  'partition-specs': { 'spec-id': number; fields: PartitionField[] }[];
  'default-sort-order-id': number;
  'sort-orders': SortOrder[];
  properties: Record<string, string>;
  /** ids of snapshots are compared only: see `readLossless` */
  'current-snapshot-id'?: unknown;
  snapshots?: { 'snapshot-id': unknown; 'timestamp-ms': number }[];
  'metadata-log'?: { 'timestamp-ms': number; 'metadata-file': string }[];
  [more: string]: unknown;
}

const firstPartitionField = 1000;
const unsorted = 0;

/** Turned into the metadata itself, never among a table's properties. */
const reserved = new Set(['format-version']);

/**
 * The properties that a declared table has in an account. Athena's VACUUM has names of its own for the age of snapshots
 * ("Athena-specific table properties" of its guide): it must keep the same ones as Iceberg's upkeep.
 */
export function tableProperties({ properties }: Table): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(properties).filter(([name]) => !reserved.has(name)));
  const age = properties['history.expire.max-snapshot-age-ms'];
  return age === undefined
    ? kept
    : {
        ...kept,
        vacuum_max_snapshot_age_seconds: String(Math.round(Number(age) / 1000)),
        vacuum_min_snapshots_to_keep: '1',
      };
}

/** Metadata of a table without rows, as Iceberg's Java library would write it. */
export function renderTableMetadata(
  table: Table,
  { uuid, location, now }: { uuid: string; location: string; now: Date },
): TableMetadata {
  const schema = renderSchema(table);
  const order = renderSortOrder(table.sort, schema.fields, 1);
  const fields = table.partition.map(({ transform, column }, at) => ({
    name: transform === 'identity' ? column : `${column}_${transform}`,
    transform,
    'source-id': idOf(schema.fields, column),
    'field-id': firstPartitionField + at,
  }));
  return {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now.getTime(),
    'last-column-id': schema.fields.length,
    'current-schema-id': 0,
    schemas: [schema],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields }],
    'last-partition-id': firstPartitionField - 1 + fields.length,
    'default-sort-order-id': order['order-id'],
    'sort-orders': [order],
    properties: tableProperties(table),
    'current-snapshot-id': -1,
    refs: {},
    snapshots: [],
    statistics: [],
    'partition-statistics': [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

function renderSchema(table: Table): TableSchema {
  const fields = table.columns.map((column, at) => renderField(column, at + 1));
  return {
    type: 'struct',
    'schema-id': 0,
    'identifier-field-ids': table.identifier.map((name) => idOf(fields, name)).sort((one, other) => one - other),
    fields,
  };
}

export function renderField({ name, required, type, doc }: Column, id: number): SchemaField {
  return { id, name, required, type, doc };
}

/** Ascending, nulls first. @param id for an order that is not empty */
export function renderSortOrder(columns: string[], fields: SchemaField[], id: number): SortOrder {
  return {
    'order-id': columns.length === 0 ? unsorted : id,
    fields: columns.map((name) => ({
      transform: 'identity',
      'source-id': idOf(fields, name),
      direction: 'asc',
      'null-order': 'nulls-first',
    })),
  };
}

function idOf(fields: SchemaField[], name: string): number {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`there is no column ${name}`);
  return field.id;
}

export function currentSchema(metadata: TableMetadata): TableSchema {
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === metadata['current-schema-id']);
  if (schema === undefined) throw new Error(`the metadata of ${metadata.location} lacks its current schema`);
  return schema;
}

/** When the table was written to last, in ms since 1970; undefined before the first time. */
export function lastWritten(metadata: TableMetadata): number | undefined {
  const { snapshots = [], 'current-snapshot-id': current } = metadata;
  return snapshots.find((snapshot) => snapshot['snapshot-id'] === current)?.['timestamp-ms'];
}
