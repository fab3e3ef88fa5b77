import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ForeignTableCommit, LakeStatus } from './model.ts';

export type TablesFound = Pick<LakeStatus, 'tables' | 'unreadable'> & {
  foreign: ForeignTableCommit[];
  /** why the catalog itself can't be read */
  catalogFault: string | undefined;
};

const nothing: TablesFound = { tables: [], unreadable: [], foreign: [], catalogFault: undefined };

/** What the tables hold, and what is wrong with them; nothing before the first table is created. */
export async function tablesOf(catalog: string, now = Date.now()): Promise<TablesFound> {
  const holdsTables = existsSync(join(dirname(catalog), 'crypto_db'));
  if (!existsSync(catalog)) {
    return holdsTables ? { ...nothing, catalogFault: `${catalog} is gone` } : nothing;
  }
  const [{ readTables }, { totalsOf }, { growthOf }, { foreignCommits }, { keptDaysOf }] = await Promise.all([
    import('../tables/catalog.ts'),
    import('../../tools/iceberg/metadata.ts'),
    import('../../tools/iceberg/growth.ts'),
    import('../../tools/iceberg/foreign-commits.ts'),
    import('../../lake/maintenance.ts'),
  ]);
  try {
    const { tables, unreadable } = await readTables(catalog);
    return {
      tables: tables.map(({ name, metadata }) => {
        const { records: rows, dataFiles: files, deleteFiles: deletes, snapshots, bytes } = totalsOf(metadata);
        const growth = growthOf(metadata, now);
        const keptDays = keptDaysOf(metadata.properties);
        const future = { ...(growth && { growth }), ...(keptDays > 0 && { keptDays }) };
        return { name, rows, files, deletes, snapshots, bytes, ...future };
      }),
      unreadable,
      foreign: tables.flatMap(({ name, metadata }) =>
        foreignCommits(metadata).map((commit) => ({ table: name, ...commit })),
      ),
      catalogFault: undefined,
    };
  } catch (error) {
    const reason = (error as Error).message;
    // While the first `up` creates them.
    return reason.includes('holds no tables yet') && !holdsTables
      ? nothing
      : { ...nothing, catalogFault: `${catalog}: ${reason}` };
  }
}
