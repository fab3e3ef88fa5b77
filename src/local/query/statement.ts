import type { DuckDBConnection } from '@duckdb/node-api';
import { Fault } from '../../errors.ts';
import { positionAt } from '../../tools/sql/position.ts';

/** What a statement is and reads, by its syntax alone. */
export interface Statement {
  /** the text to run */
  sql: string;
  tables: TableReference[];
  tableFunctions: FunctionReference[];
  /** it lists or describes tables by other means than naming them, such as SHOW TABLES */
  listsTables: boolean;
}

export interface TableReference {
  /** as written, with its schema if it has one, in lower case */
  name: string;
  /** bytes from the start of the SQL; absent when the parser doesn't say */
  position: number | undefined;
  /** it may be the name of a common table expression */
  maybeLocal: boolean;
  /** it asks for an older state in SQL: AT (TIMESTAMP => ...) */
  asOf: boolean;
}

export interface FunctionReference {
  name: string;
  position: number | undefined;
}

/** Functions in FROM that neither read files nor change the engine's state. */
export const allowedTableFunctions: ReadonlySet<string> = new Set([
  'generate_series',
  'json_each',
  'json_tree',
  'pg_timezone_names',
  'range',
  'repeat',
  'repeat_row',
  'unnest',
]);

/** DuckDB's and the SQL standard's own lists of tables, columns and functions. */
const listing =
  /^(information_schema\.\w+|pg_catalog\.\w+|duckdb_(columns|schemas|tables|views|types|functions|constraints)|pg_\w+|sqlite_master)$/;

type SerializedSql =
  | { error: false; statements: unknown[] }
  | { error: true; error_type: string; error_message: string; position?: string };

/** Whether a name is one of the engine's own catalog tables. */
export function isListing(name: string): boolean {
  return listing.test(name);
}

/**
 * Takes one statement that reads: SELECT, WITH, VALUES, FROM, TABLE, DESCRIBE, SUMMARIZE, SHOW TABLES, and EXPLAIN [ANALYZE] of these.
 * Nothing is run. Throws a Fault `query` for anything else, for several statements, for none, and with the place of a syntax error.
 */
export async function parseStatement(connection: DuckDBConnection, sql: string): Promise<Statement> {
  const start = skipComments(sql);
  const explain = /^explain\s+(?:analyze\s+)?/i.exec(sql.slice(start))?.[0];
  // Blanks in place of EXPLAIN keep the positions of what follows.
  const readable =
    explain === undefined ? sql : sql.slice(0, start) + ' '.repeat(explain.length) + sql.slice(start + explain.length);
  const parsed = await serialize(connection, readable);
  if (parsed.error) {
    if (parsed.error_type !== 'parser') throw refused();
    const place = positionAt(sql, Number(parsed.position ?? 0), 'characters');
    throw new Fault('query', `${parsed.error_message}\n${place.snippet}`, { where: place.where, facts: place.facts });
  }
  if (parsed.statements.length === 0) {
    throw new Fault('query', 'there is no SQL statement', { next: 'cryptodm query "show tables"' });
  }
  if (parsed.statements.length > 1) {
    throw new Fault('query', `these are ${parsed.statements.length} statements: one at a time is allowed`);
  }
  return { sql, ...collect(parsed.statements[0]) };
}

/** The names of the tables and views that a SELECT of our own reads. */
export async function tablesOf(connection: DuckDBConnection, select: string): Promise<string[]> {
  const parsed = await serialize(connection, select);
  if (parsed.error) throw new Fault('internal', `a view of the lake is not valid SQL: ${parsed.error_message}`);
  return parsed.statements.flatMap((statement) => collect(statement).tables.map((table) => table.name));
}

/** Position of the first word, after blanks and comments. */
function skipComments(sql: string): number {
  let at = 0;
  for (;;) {
    if (/\s/.test(sql.charAt(at))) at += 1;
    else if (sql.startsWith('--', at)) at = (sql.indexOf('\n', at) + 1 || sql.length + 1) - 1;
    else if (sql.startsWith('/*', at)) at = sql.indexOf('*/', at + 2) < 0 ? sql.length : sql.indexOf('*/', at + 2) + 2;
    else return at;
  }
}

function refused(): Fault {
  return new Fault(
    'query',
    'only statements that read are allowed: SELECT, WITH, VALUES, DESCRIBE, SHOW TABLES, EXPLAIN',
    {
      next: 'a table is written through its topic: cryptodm produce, cryptodm trade',
    },
  );
}

async function serialize(connection: DuckDBConnection, sql: string): Promise<SerializedSql> {
  const reader = await connection.runAndReadAll('select json_serialize_sql($1::varchar)', [sql]);
  // DuckDB writes an infinite constant as a bare word, which isn't JSON.
  const json = String(reader.getRows()[0]?.[0]).replace(/"value":(-?Infinity|-?NaN)\b/g, '"value":null');
  return JSON.parse(json) as SerializedSql;
}

interface SyntaxNode {
  type?: unknown;
  query_location?: number;
  schema_name?: string;
  catalog_name?: string;
  table_name?: string;
  at_clause?: unknown;
  function?: { function_name?: string };
  cte_map?: { map?: { key: string }[] };
}

function collect(root: unknown): Omit<Statement, 'sql'> {
  const tables: TableReference[] = [];
  const tableFunctions: FunctionReference[] = [];
  const locals = new Set<string>();
  let listsTables = false;
  // A stack of our own: deeply nested SQL must not overflow the call stack.
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const node = value as SyntaxNode;
    const location = node.query_location ?? Number.MAX_SAFE_INTEGER;
    const position = location < Number.MAX_SAFE_INTEGER ? location : undefined;
    for (const local of node.cte_map?.map ?? []) locals.add(local.key.toLowerCase());
    if (node.type === 'BASE_TABLE') {
      const name = [node.catalog_name, node.schema_name, node.table_name].filter((part) => part).join('.');
      const asOf = node.at_clause !== null && node.at_clause !== undefined;
      tables.push({ name: name.toLowerCase(), position, maybeLocal: false, asOf });
    } else if (node.type === 'TABLE_FUNCTION') {
      tableFunctions.push({ name: node.function?.function_name?.toLowerCase() ?? '', position });
    } else if (node.type === 'SHOW_REF') {
      if (node.table_name) listsTables = true;
    }
    for (const child of Object.values(value)) open.push(child);
  }
  for (const table of tables) table.maybeLocal = locals.has(table.name);
  return { tables, tableFunctions, listsTables: listsTables || tables.some((table) => isListing(table.name)) };
}
