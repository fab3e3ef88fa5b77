import * as z from 'zod';
import { asDeclared, defineKind } from '../../engine/step.ts';
import type { IndexTemplate } from '../../tools/elastic.ts';
import { findIndex, makeIndex } from '../../tools/elastic-index.ts';

/** An index, its template and its alias. */
export const index = defineKind({
  name: 'index',
  inputs: z.object({
    search: z.object({ url: z.string(), lake: z.string().optional(), credential: z.string().optional() }),
    name: z.string(),
    template: asDeclared<IndexTemplate>(),
  }),

  check: async ({ search, ...declared }) => {
    const detail = await findIndex(search, declared);
    return detail === undefined ? undefined : { detail };
  },

  run: async ({ search, ...declared }) => ({ detail: await makeIndex(search, declared) }),

  // It goes with the node's storage.
  undo: async () => Promise.resolve(),
});
