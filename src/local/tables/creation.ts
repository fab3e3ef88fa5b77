import { createTables, requireReadable } from '../steps/tables.ts';
import { lakeTask } from '../parts/spark.ts';
import { lockLake } from '../lake-lock.ts';
import { prepare } from '../setup/preparation.ts';
import { requireSpec } from '../requirements.ts';
import type { CreatedTable } from '../../lake-target.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';

/** Creates the tables of the declaration, or adds what they have gained. */
export async function createLakeTables(lake: LocalLake, caller: Caller): Promise<CreatedTable[]> {
  requireSpec(lake.layout);
  await requireReadable(lake.layout.catalog);
  const toolchain = await prepare(lake, caller, { extensions: false });
  const release = lockLake(lake.layout, 'cryptodm tables create');
  try {
    return await createTables(
      lakeTask(lake, toolchain, 'io.cryptodm.local.Functions', ['create-tables']),
      caller.signal,
    );
  } finally {
    release();
  }
}
