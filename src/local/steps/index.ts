import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { asDeclared, defineKind } from '../../engine/step.ts';
import type { IndexTemplate } from '../../tools/elastic.ts';
import { findIndex, makeIndex } from '../../tools/elastic-index.ts';
import { readTables } from '../tables/catalog.ts';

/** An index, its template and its alias. Made again beside data that is older, it says so itself, and the supervisor has it filled. */
export const index = defineKind({
  name: 'index',
  inputs: z.object({
    search: z.object({ url: z.string(), lake: z.string().optional(), credential: z.string().optional() }),
    name: z.string(),
    template: asDeclared<IndexTemplate>(),
    /** where its documents come from; journals of earlier versions do not have it */
    source: z.object({ catalog: z.string(), table: z.string(), checkpoints: z.string() }).optional(),
  }),

  check: async ({ search, name, template }) => {
    const detail = await findIndex(search, { name, template });
    return detail === undefined ? undefined : { detail };
  },

  run: async ({ search, name, template, source }, { note }) => {
    const isEmpty = source !== undefined && (await holdsData(source));
    const { names, created } = await makeIndex(search, { name, template }, isEmpty);
    if (created && isEmpty)
      note('the index was gone; the supervisor fills it from the tables: "cryptodm status" says how far it is');
    return { detail: names };
  },

  // It goes with the node's storage.
  undo: async () => Promise.resolve(),
});

/** Whether the table has rows, or the job has passed records, which it never brings again. */
async function holdsData(source: { catalog: string; table: string; checkpoints: string }): Promise<boolean> {
  if (hasCommits(source.checkpoints)) return true;
  const { tables, unreadable } = await readTables(source.catalog).catch(() => ({ tables: [], unreadable: [] }));
  const table = tables.find(({ name }) => name === source.table);
  return table?.metadata.current !== undefined || unreadable.some(({ name }) => name === source.table);
}

/** Whether Spark has noted the end of a batch in a checkpoint of the job. */
function hasCommits(checkpoints: string): boolean {
  const names = (folder: string) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  return names(checkpoints).some((generation) => names(join(checkpoints, generation, 'commits')).length > 0);
}
