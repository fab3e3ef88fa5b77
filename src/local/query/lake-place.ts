import { databasesOf } from '../../lake/databases.ts';
import { lakeViews } from '../../lake/views.ts';
import { renamedCoins } from '../../settings/renames.ts';
import type { LakeFiles } from '../../tools/sql/types.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { readyExtensions } from '../setup/extensions-folder.ts';

/** Where the tables of the lake on this machine are, and DuckDB's extensions; only the first query has to fetch those. */
export async function lakePlace(
  { layout, settings }: LocalLake,
  caller: Caller,
): Promise<LakeFiles & { extensions: string }> {
  const { catalog, warehouse } = layout;
  const extensions = await extensionsOf(settings.paths.cache, caller);
  return {
    catalogFile: catalog,
    warehouse,
    views: lakeViews(databasesOf(''), renamedCoins(settings.renamed)),
    extensions,
  };
}

async function extensionsOf(cache: string, caller: Caller): Promise<string> {
  const ready = readyExtensions(cache);
  if (ready !== undefined) return ready;
  const { prepareExtensions } = await import('../setup/preparation.ts');
  return prepareExtensions(cache, caller);
}
