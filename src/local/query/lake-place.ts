import { lakeViews } from '../../lake/views.ts';
import type { LakeFiles } from '../../tools/sql/types.ts';
import type { Work } from '../../work.ts';
import { layOut } from '../layout.ts';
import { readyExtensions } from '../setup/extensions-folder.ts';

/** Where the tables of the lake on this machine are, and DuckDB's extensions; only the first query has to fetch those. */
export async function lakePlace(work: Work): Promise<LakeFiles & { extensions: string }> {
  const { catalog, warehouse } = layOut(work.settings.paths.data);
  return { catalogFile: catalog, warehouse, views: lakeViews, extensions: await extensionsOf(work) };
}

async function extensionsOf(work: Work): Promise<string> {
  const ready = readyExtensions(work.settings.paths.cache);
  if (ready !== undefined) return ready;
  const { prepareExtensions } = await import('../setup/preparation.ts');
  return prepareExtensions(work);
}
