import type { SqlSession } from '../../lake-target.ts';
import type { Cell } from '../../tools/sql/types.ts';

/** A table or view as the shell completes and describes it. */
export interface KnownTable {
  /** with its database, such as `crypto_db.crypto_quote` */
  name: string;
  columns: { name: string; type: string }[];
}

const listing = `select table_schema, table_name, column_name, data_type from information_schema.columns
  where table_schema <> 'information_schema' order by table_schema, table_name, ordinal_position`;

/** All tables and views of the lake. @throws Fault as the query */
export async function listTables(session: SqlSession, seconds: number, signal: AbortSignal): Promise<KnownTable[]> {
  const tables = new Map<string, KnownTable>();
  const take = (row: Cell[]) => {
    const [schema = '', table = '', column = '', type = ''] = row.map((cell) => String(cell));
    const name = `${schema}.${table}`;
    const known = tables.get(name) ?? { name, columns: [] };
    tables.set(name, known);
    known.columns.push({ name: column, type });
  };
  const sink = { columns: () => undefined, rows: (rows: Cell[][]) => rows.forEach(take) };
  await session.query({ sql: listing, asOf: undefined, seconds, rows: undefined, signal }, sink);
  return [...tables.values()];
}

/** The table of a name with or without its database, in any case. */
export function findTable(tables: readonly KnownTable[], name: string): KnownTable | undefined {
  const plain = name.replaceAll('"', '').toLowerCase();
  return tables.find((table) => table.name === plain) ?? tables.find((table) => table.name.endsWith(`.${plain}`));
}
