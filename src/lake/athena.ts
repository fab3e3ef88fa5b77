import type { Lake, Table } from './schema.ts';

type View = Lake['views'][number];

/**
 * The statement that makes a view of the lake in Athena. The catalog's views know no timestamps with a zone ("Unsupported Hive type"): there they
 * become timestamps in UTC, which is how Athena shows them anyway.
 * @throws Error for `x.*` where x is no table of the lake
 */
export function renderAthenaView({ name, select }: View, tables: readonly Table[]): string {
  const aliases = aliasesOf(select, tables);
  const expanded = select.replace(/\b([a-z_][a-z0-9_]*)\.\*/g, (_, alias: string) => {
    const table = aliases.get(alias);
    if (table === undefined) throw new Error(`view ${name}: ${alias}.* names no table of the lake`);
    return table.columns.map((column) => plainColumn(alias, column)).join(',\n       ');
  });
  return `CREATE OR REPLACE VIEW ${name} AS\n${expanded}`;
}

/** What `from table alias` and `join table alias` say. */
function aliasesOf(select: string, tables: readonly Table[]): Map<string, Table> {
  const found = new Map<string, Table>();
  for (const [, name, alias] of select.matchAll(
    /\b(?:from|join)\s+([a-z0-9_]+\.[a-z0-9_]+)\s+(?:as\s+)?([a-z_][a-z0-9_]*)/gi,
  )) {
    const table = tables.find((candidate) => candidate.name === name);
    if (table !== undefined && alias !== undefined) found.set(alias, table);
  }
  return found;
}

function plainColumn(alias: string, { name, type }: Table['columns'][number]): string {
  const column = `${alias}.${name}`;
  return type === 'timestamptz' ? `cast(${column} at time zone 'UTC' as timestamp(6)) as ${name}` : column;
}

/** A text as a literal. */
export function athenaText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
