import { Fault } from '../../errors.ts';
import { pathOfLocation, readTableMetadata, type TablePointer } from '../tables/catalog.ts';
import { stateAsOf } from './as-of.ts';
import type { Engine } from './engine.ts';
import { closest, readEngineError } from './failure.ts';
import { identifier, literal } from '../../tools/sql/literal.ts';
import { positionAt } from '../../tools/sql/position.ts';
import { allowedTableFunctions, isListing, tablesOf, type Statement, type TableReference } from './statement.ts';
import type { ViewDefinition } from '../../tools/sql/types.ts';

/** What a statement reads of the lake: names of tables, and names of views in the order in which they can be made. */
export interface Needs {
  tables: string[];
  views: ViewDefinition[];
}

/**
 * The tables and views that a statement needs; all of them when it lists tables. Everything else is refused with a Fault `query`:
 * unknown tables (with the lake's tables), functions that read files or change the engine, AT in SQL.
 */
export async function resolveNeeds(
  engine: Engine,
  statement: Statement,
  tables: readonly string[],
  views: readonly ViewDefinition[],
): Promise<Needs> {
  for (const called of statement.tableFunctions) {
    if (allowedTableFunctions.has(called.name)) continue;
    throw placed(
      statement.sql,
      called.position,
      `${called.name}() can't be used here: SQL reads the tables of the lake only`,
      {
        next: `functions allowed in FROM: ${[...allowedTableFunctions].join(', ')}`,
      },
    );
  }
  const names = [...tables, ...views.map((view) => view.name)];
  const found = new Set<string>();
  for (const reference of statement.tables) {
    const name = names.find((candidate) => candidate === reference.name || candidate.endsWith(`.${reference.name}`));
    if (name !== undefined) found.add(name);
    else if (!reference.maybeLocal && !isListing(reference.name)) throw unknownTable(statement.sql, reference, names);
    if (reference.asOf && name !== undefined) {
      throw placed(statement.sql, reference.position, 'AT isn’t available in SQL', {
        next: 'cryptodm query --as-of TIME',
      });
    }
  }
  if (statement.listsTables) for (const name of names) found.add(name);
  const needs: Needs = { tables: [], views: [] };
  for (const name of found) await follow(engine, name, tables, views, needs);
  return needs;
}

async function follow(
  engine: Engine,
  name: string,
  tables: readonly string[],
  views: readonly ViewDefinition[],
  needs: Needs,
): Promise<void> {
  if (tables.includes(name)) {
    if (!needs.tables.includes(name)) needs.tables.push(name);
    return;
  }
  const view = views.find((candidate) => candidate.name === name);
  if (view === undefined) throw new Fault('part', `the lake has no table ${name} yet`, { next: 'cryptodm up' });
  if (needs.views.includes(view)) return;
  for (const read of await tablesOf(engine.connection, view.select)) await follow(engine, read, tables, views, needs);
  needs.views.push(view);
}

/**
 * Makes the needed tables and views visible, pinned to the given pointers and, with `asOf` (milliseconds since the epoch), to the
 * snapshots of that time. Replaces what an earlier statement of the same engine saw.
 */
export async function bindNeeds(
  engine: Engine,
  needs: Needs,
  pointers: readonly TablePointer[],
  asOf: number | undefined,
): Promise<void> {
  const created: string[] = [];
  const names: string[] = [];
  for (const name of needs.tables) {
    const pointer = pointers.find((candidate) => candidate.name === name);
    if (pointer === undefined)
      throw new Fault('part', `the lake has no table ${name} any more`, { next: 'cryptodm up' });
    created.push(`create schema if not exists ${identifier(name.slice(0, name.lastIndexOf('.')))}`);
    created.push(`create or replace view ${identifier(name)} as select * from ${await scan(pointer, asOf)}`);
    names.push(name);
  }
  names.push(...needs.views.map((view) => view.name));
  const dropped = engine.bound.map((name) => `drop view if exists ${identifier(name)}`);
  // Whatever was made before a failure is known to the next statement.
  engine.bound = [...new Set([...engine.bound, ...names])];
  if (dropped.length + created.length > 0) await engine.connection.run([...dropped, ...created].join(';\n'));
  for (const view of needs.views) await bindView(engine, view);
  engine.bound = names;
}

async function bindView(engine: Engine, { name, select }: ViewDefinition): Promise<void> {
  try {
    await engine.connection.run(`create or replace view ${identifier(name)} as ${select}`);
  } catch (thrown) {
    if (readEngineError(thrown)?.type !== 'Binder') throw thrown;
    // The tables of a version before, or of a time before theirs had evolved.
    throw new Fault('part', `${name} reads a column that its tables do not have`, {
      next: 'cryptodm up adds it; as of an earlier time, read the tables themselves',
      cause: thrown,
    });
  }
}

async function scan(pointer: TablePointer, asOf: number | undefined): Promise<string> {
  const file = literal(pathOfLocation(pointer.metadataLocation));
  if (asOf === undefined) return `iceberg_scan(${file})`;
  const state = stateAsOf(pointer.name, await readTableMetadata(pointer.metadataLocation), asOf);
  return state === 'empty'
    ? `iceberg_scan(${file}) where false`
    : `iceberg_scan(${file}, snapshot_from_id => ${state.snapshotId}::ubigint)`;
}

function unknownTable(sql: string, reference: TableReference, names: readonly string[]): Fault {
  if (names.length === 0) return new Fault('part', 'the lake has no tables yet', { next: 'cryptodm up' });
  const near = closest(reference.name, names);
  return placed(
    sql,
    reference.position,
    `no table ${reference.name} in the lake${near === undefined ? '' : `: did you mean ${near}?`}`,
    {
      next: `tables of the lake: ${names.join(', ')}`,
      facts: { tables: names, ...(near === undefined ? {} : { candidates: [near] }) },
    },
  );
}

function placed(
  sql: string,
  position: number | undefined,
  message: string,
  details: { next: string; facts?: Record<string, unknown> },
): Fault {
  if (position === undefined) return new Fault('query', message, details);
  const place = positionAt(sql, position);
  return new Fault('query', `${message}\n${place.snippet}`, {
    where: place.where,
    next: details.next,
    facts: { ...details.facts, ...place.facts },
  });
}
