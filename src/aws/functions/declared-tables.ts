import { randomUUID } from 'node:crypto';
import type { GlueClient } from '@aws-sdk/client-glue';
import { Fault } from '../../errors.ts';
import type { Table } from '../../lake/schema.ts';
import { deleteObject, readObject, writeObject } from '../services/objects.ts';
import type { AwsSession } from '../services/session.ts';
import { splitUri } from './environment.ts';
import { createEntry, readDatabaseLocation, readEntry, replaceMetadata, type CatalogEntry } from './glue-table.ts';
import { readLossless, writeLossless } from './lossless-json.ts';
import { evolveTable, RefusedEvolution } from './table-evolution.ts';
import { renderTableMetadata, type TableMetadata } from './table-metadata.ts';

export interface TableChange {
  name: string;
  action: 'created' | 'evolved' | 'unchanged';
  added: string[];
}

/** A standing table: its entry in the catalog and the metadata that it points to. */
export interface StandingTable {
  entry: CatalogEntry;
  location: string;
  metadata: TableMetadata;
}

const attempts = 8;

/**
 * Brings every table to its declaration.
 * @throws RefusedEvolution for the first table that cannot follow; all are checked before any is changed
 */
export async function applyTables(session: AwsSession, glue: GlueClient, tables: Table[]): Promise<TableChange[]> {
  for (const table of tables) {
    const standing = await readStanding(session, glue, table.name);
    if (standing !== undefined) evolveTable(table, standing, new Date());
  }
  const changes: TableChange[] = [];
  for (const table of tables) changes.push(await applyTable(session, glue, table));
  return changes;
}

/** @throws RefusedEvolution for an entry of the catalog that is no Iceberg table */
export async function readStanding(
  session: AwsSession,
  glue: GlueClient,
  name: string,
): Promise<StandingTable | undefined> {
  const entry = await readEntry(glue, name);
  if (entry === undefined) return undefined;
  const location = entry.metadataLocation;
  if (location === undefined)
    throw new RefusedEvolution(name, '', 'what has its name in the catalog is no Iceberg table');
  const { bucket, key } = splitUri(location);
  const object = await readObject(session, bucket, key);
  if (object === undefined) throw new Fault('part', `the metadata of ${name} is gone`, { where: location });
  return { entry, location, metadata: readLossless(object.text) as TableMetadata };
}

async function applyTable(session: AwsSession, glue: GlueClient, table: Table): Promise<TableChange> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const standing = await readStanding(session, glue, table.name);
    const change = await (standing === undefined
      ? create(session, glue, table)
      : evolve(session, glue, table, standing));
    if (change !== undefined) return change;
  }
  throw new Fault('part', `the table ${table.name} is being changed by somebody else`, { next: 'Run it again.' });
}

async function create(session: AwsSession, glue: GlueClient, table: Table): Promise<TableChange | undefined> {
  const dot = table.name.indexOf('.');
  const location = `${await readDatabaseLocation(glue, table.name.slice(0, dot))}/${table.name.slice(dot + 1)}`;
  const metadata = renderTableMetadata(table, { uuid: randomUUID(), location, now: new Date() });
  const committed = await commit(session, metadata, 0, (at) => createEntry(glue, table.name, metadata, at));
  return committed ? { name: table.name, action: 'created', added: [] } : undefined;
}

async function evolve(
  session: AwsSession,
  glue: GlueClient,
  table: Table,
  standing: StandingTable,
): Promise<TableChange | undefined> {
  const { metadata, added } = evolveTable(table, standing, new Date());
  if (metadata === undefined) return { name: table.name, action: 'unchanged', added: [] };
  const version = versionOf(standing.location) + 1;
  const committed = await commit(session, metadata, version, (at) =>
    replaceMetadata(glue, table.name, standing.entry, metadata, at),
  );
  return committed ? { name: table.name, action: 'evolved', added } : undefined;
}

/** Writes metadata beside the old and lets the catalog point to it; where that fails for a concurrent change, the file goes again. */
async function commit(
  session: AwsSession,
  metadata: TableMetadata,
  version: number,
  point: (location: string) => Promise<boolean>,
): Promise<boolean> {
  const name = `${String(version).padStart(5, '0')}-${randomUUID()}.metadata.json`;
  const location = `${metadata.location}/metadata/${name}`;
  const { bucket, key } = splitUri(location);
  await writeObject(session, bucket, key, writeLossless(metadata));
  const committed = await point(location);
  if (!committed) await deleteObject(session, bucket, key);
  return committed;
}

/** The number in front of a metadata file's name. */
function versionOf(location: string): number {
  return Number(/\/(\d+)-[^/]+$/.exec(location)?.[1] ?? 0);
}
