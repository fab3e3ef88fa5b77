import { declareLake } from '../../lake/declaration.ts';
import { runQuery } from './query.ts';
import type { Cell } from '../../tools/sql/types.ts';
import { readyExtensions } from '../setup/extensions-folder.ts';
import { layOut } from '../layout.ts';
import { prepareExtensions } from '../setup/preparation.ts';
import type { Work } from '../../work.ts';

/** The rows of one SELECT on the tables of the lake on this machine. @throws Fault as `runQuery` */
export async function readRows(work: Work, sql: string): Promise<Cell[][]> {
  const { settings, signal } = work;
  const layout = layOut(settings.paths.data);
  const found: Cell[][] = [];
  const { views } = declareLake(settings.coins);
  const extensions = readyExtensions(settings.paths.cache) ?? (await prepareExtensions(work));
  await runQuery(
    { catalogFile: layout.catalog, warehouse: layout.warehouse, views, extensions, sql, signal },
    { columns: () => undefined, rows: (rows) => void found.push(...rows) },
  );
  return found;
}
