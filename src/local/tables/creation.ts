import { createTables } from '../steps/tables.ts';
import { layOut } from '../layout.ts';
import { localTask } from '../parts/lake-parts.ts';
import { lockLake } from '../lake-lock.ts';
import { prepare } from '../setup/preparation.ts';
import { requireSpec } from '../standing-lake.ts';
import type { CreatedTable } from '../../lake-target.ts';
import type { Work } from '../../work.ts';

/** Creates the tables of the declaration, or adds what they have gained. */
export async function createLakeTables(work: Work): Promise<CreatedTable[]> {
  const layout = layOut(work.settings.paths.data);
  requireSpec(layout);
  const kit = await prepare(work, { extensions: false });
  const release = lockLake(layout, 'cryptodm tables create');
  try {
    return await createTables(
      localTask(kit, work.settings, layout, 'io.cryptodm.local.Functions', ['create-tables']),
      work.signal,
    );
  } finally {
    release();
  }
}
