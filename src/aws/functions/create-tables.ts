import { renderAthenaView } from '../../lake/athena.ts';
import { runQuery, useAthena } from '../services/athena.ts';
import { applyTables, type TableChange } from './declared-tables.ts';
import { useGlue } from './glue-table.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import { readLakeSpec } from './lake-spec.ts';

export interface CreatedTables {
  tables: TableChange[];
  views: string[];
}

/**
 * Makes the tables and views of the spec, or brings them to it.
 * @throws RefusedEvolution for a table that can't follow its declaration; then nothing was changed
 */
export async function createTables(lake: LakeEnvironment): Promise<CreatedTables> {
  const spec = await readLakeSpec(lake);
  const tables = await useGlue(lake.session, (glue) => applyTables(lake.session, glue, spec.tables));
  await useAthena(lake.session, async (athena) => {
    for (const view of spec.views) {
      const [database = ''] = view.name.split('.');
      await runQuery(athena, { sql: renderAthenaView(view, spec.tables), workgroup: lake.workgroup, database });
    }
  });
  return { tables, views: spec.views.map(({ name }) => name) };
}

export const handler = handle(createTables);
