import type { Column, Table } from '../../lake/schema.ts';
import {
  currentSchema,
  renderField,
  renderSortOrder,
  tableProperties,
  type SchemaField,
  type TableMetadata,
  type TableSchema,
} from './table-metadata.ts';

/** A standing table that can't follow its declaration. */
export class RefusedEvolution extends Error {
  override readonly name = 'RefusedEvolution';

  constructor(
    readonly table: string,
    /** empty when it is about the whole table */
    readonly column: string,
    readonly reason: string,
  ) {
    super(`table ${table}${column === '' ? '' : `, column ${column}`}: ${reason}`);
  }
}

export interface Evolution {
  /** undefined when the table is as declared */
  metadata: TableMetadata | undefined;
  /** new columns */
  added: string[];
}

/** Names the columns that are optional only because they were declared after the first rows. `DeclaredTables` of the JVM side writes it, too. */
const addedColumns = 'cryptodm.columns-added';

const defaultPreviousVersions = '100';

/**
 * The metadata that brings a table to its declaration, by the rules of `DeclaredTables`. Nothing is dropped: a column that left the declaration stays.
 * @param standing the metadata as it is, and where it lies
 * @throws RefusedEvolution
 */
export function evolveTable(
  table: Table,
  standing: { metadata: TableMetadata; location: string },
  now: Date,
): Evolution {
  const { metadata } = standing;
  refuseIncompatible(table, metadata);
  const added = table.columns.filter(({ name }) => !fieldOf(currentSchema(metadata), name)).map(({ name }) => name);
  const changes = [withSchema(table), withSortOrder(table), withProperties(table, added)];
  const next = changes.reduce((before, change) => change(before) ?? before, metadata);
  if (next === metadata) return { metadata: undefined, added: [] };
  return { metadata: withLog(next, standing, now), added };
}

type Change = (metadata: TableMetadata) => TableMetadata | undefined;

function withSchema(table: Table): Change {
  return (metadata) => {
    const standing = currentSchema(metadata);
    let last = metadata['last-column-id'];
    const kept = standing.fields.map((field) => {
      const column = table.columns.find(({ name }) => name === field.name);
      return column === undefined ? field : evolveField(field, column);
    });
    // Optional: rows that stand have no value for it, whatever the declaration says.
    const fresh = table.columns
      .filter(({ name }) => fieldOf(standing, name) === undefined)
      .map((column) => renderField({ ...column, required: false }, ++last));
    const fields = [...kept, ...fresh];
    if (JSON.stringify(fields) === JSON.stringify(standing.fields)) return undefined;
    const same = metadata.schemas.find((schema) => JSON.stringify(schema.fields) === JSON.stringify(fields));
    const id = same?.['schema-id'] ?? Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
    const schemas =
      same === undefined ? [...metadata.schemas, { ...standing, 'schema-id': id, fields }] : metadata.schemas;
    return { ...metadata, schemas, 'current-schema-id': id, 'last-column-id': last };
  };
}

function evolveField(field: SchemaField, column: Column): SchemaField {
  return {
    ...field,
    required: field.required && column.required,
    type: isSameType(field.type, column.type) ? field.type : column.type,
    doc: column.doc,
  };
}

function withSortOrder(table: Table): Change {
  return (metadata) => {
    const { fields } = currentSchema(metadata);
    const orders = metadata['sort-orders'];
    const wanted = renderSortOrder(table.sort, fields, Math.max(0, ...orders.map((order) => order['order-id'])) + 1);
    const isWanted = (order: (typeof orders)[number]) => JSON.stringify(order.fields) === JSON.stringify(wanted.fields);
    const current = orders.find((order) => order['order-id'] === metadata['default-sort-order-id']);
    if (current !== undefined && isWanted(current)) return undefined;
    const same = orders.find(isWanted);
    return {
      ...metadata,
      'sort-orders': same === undefined ? [...orders, wanted] : orders,
      'default-sort-order-id': (same ?? wanted)['order-id'],
    };
  };
}

function withProperties(table: Table, added: string[]): Change {
  return (metadata) => {
    const { properties } = metadata;
    const wanted = tableProperties(table);
    if (added.length > 0) {
      wanted[addedColumns] = [...new Set([...columnsAdded(properties), ...added])].sort().join(',');
    }
    if (Object.entries(wanted).every(([name, value]) => properties[name] === value)) return undefined;
    return { ...metadata, properties: { ...properties, ...wanted } };
  };
}

function withLog(
  metadata: TableMetadata,
  standing: { metadata: TableMetadata; location: string },
  now: Date,
): TableMetadata {
  const entry = { 'timestamp-ms': standing.metadata['last-updated-ms'], 'metadata-file': standing.location };
  const most = Number(metadata.properties['write.metadata.previous-versions-max'] ?? defaultPreviousVersions);
  return {
    ...metadata,
    'last-updated-ms': now.getTime(),
    'metadata-log': [...(metadata['metadata-log'] ?? []), entry].slice(-most),
  };
}

function columnsAdded(properties: Record<string, string>): string[] {
  return (properties[addedColumns] ?? '').split(',').filter((name) => name !== '');
}

function fieldOf(schema: TableSchema, name: string): SchemaField | undefined {
  return schema.fields.find((field) => field.name === name);
}

function refuseIncompatible(table: Table, metadata: TableMetadata): void {
  const schema = currentSchema(metadata);
  const added = columnsAdded(metadata.properties);
  for (const column of table.columns) {
    const field = fieldOf(schema, column.name);
    if (field === undefined) {
      if (!table.identifier.includes(column.name)) continue;
      throw new RefusedEvolution(
        table.name,
        column.name,
        'a new column cannot belong to the identifier, since the rows that stand have no value for it',
      );
    }
    if (!isSameType(field.type, column.type) && !isPromotion(field.type, column.type)) {
      throw new RefusedEvolution(
        table.name,
        column.name,
        `its type is ${String(field.type)} and cannot become ${column.type}; allowed are int to long, float to double, and a decimal of more digits with the same scale`,
      );
    }
    if (!field.required && column.required && !added.includes(column.name)) {
      throw new RefusedEvolution(table.name, column.name, 'it is optional and cannot become required');
    }
  }
  refuseOtherIdentifier(table, schema);
  refuseOtherPartitions(table, metadata);
}

function refuseOtherIdentifier(table: Table, schema: TableSchema): void {
  const ids = new Set(schema['identifier-field-ids'] ?? []);
  const standing = listed(schema.fields.filter(({ id }) => ids.has(id)).map(({ name }) => name));
  const wanted = listed(table.identifier);
  if (standing === wanted) return;
  throw new RefusedEvolution(table.name, '', `its identifier is ${standing} and cannot become ${wanted}`);
}

function refuseOtherPartitions(table: Table, metadata: TableMetadata): void {
  const { fields } = currentSchema(metadata);
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === metadata['default-spec-id']);
  const standing = (spec?.fields ?? [])
    .filter(({ transform }) => transform !== 'void')
    .map((field) => `${field.transform}(${fields.find(({ id }) => id === field['source-id'])?.name ?? ''})`)
    .join(', ');
  const wanted = table.partition.map(({ transform, column }) => `${transform}(${column})`).join(', ');
  if (standing === wanted) return;
  throw new RefusedEvolution(
    table.name,
    table.partition[0]?.column ?? '',
    `its partitioning is [${standing}] and cannot become [${wanted}]`,
  );
}

function listed(names: string[]): string {
  return `[${[...names].sort().join(', ')}]`;
}

/** Writers differ in the blank of `decimal(24, 12)`. */
function isSameType(one: unknown, other: string): boolean {
  return typeof one === 'string' && one.replaceAll(' ', '') === other.replaceAll(' ', '');
}

/** "Schema Evolution" of the specification, version 2. */
function isPromotion(from: unknown, to: string): boolean {
  if (from === 'int') return to === 'long';
  if (from === 'float') return to === 'double';
  const [narrow, wide] = [from, to].map((type) => /^decimal\((\d+),\s*(\d+)\)$/.exec(String(type)));
  if (!narrow || !wide) return false;
  return narrow[2] === wide[2] && Number(wide[1]) > Number(narrow[1]);
}
