import { homedir } from 'node:os';
import { join } from 'node:path';
import { declareLake } from '../../src/lake/declaration.ts';
import { runQuery, type QueryRequest } from '../../src/local/query/query.ts';
import type { Cell } from '../../src/tools/sql/types.ts';
import { readyExtensions } from '../../src/local/setup/extensions-folder.ts';
import { layOut } from '../../src/local/layout.ts';

/** The settings of a query for the tables of a lake. */
export function queryPlace(data: string): Omit<QueryRequest, 'sql'> {
  const layout = layOut(data);
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const cache = process.env['CRYPTODM_PATHS_CACHE'] ?? join(caches, 'cryptodm');
  const extensions = readyExtensions(cache);
  if (extensions === undefined) throw new Error(`no extensions in ${cache}: run "./cryptodm setup"`);
  return {
    catalogFile: layout.catalog,
    warehouse: layout.warehouse,
    views: declareLake(['BTC/USD']).views,
    extensions,
  };
}

/** All rows of a query, by the code behind the command but in this process. */
export async function readRows<T>(data: string, sql: string): Promise<T[]> {
  let names: string[] = [];
  const rows: T[] = [];
  await runQuery(
    { ...queryPlace(data), sql, limits: { memoryBytes: 2 ** 31 } },
    {
      columns: (columns) => {
        names = columns.map((column) => column.name);
      },
      rows: (cells: Cell[][]) => {
        for (const row of cells) rows.push(Object.fromEntries(names.map((name, at) => [name, row[at]])) as T);
      },
    },
  );
  return rows;
}
