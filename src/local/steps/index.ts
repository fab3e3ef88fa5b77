import type { StepKind } from '../../engine/step.ts';
import type { Search } from '../../tools/elastic.ts';
import { findIndex, makeIndex, type DeclaredIndex } from '../../tools/elastic-index.ts';

export interface IndexInputs extends DeclaredIndex {
  search: Search;
}

/** An index, its template and its alias. */
export const index: StepKind<IndexInputs> = {
  check: async ({ search, ...declared }) => {
    const detail = await findIndex(search, declared);
    return detail === undefined ? undefined : { detail };
  },

  run: async ({ search, ...declared }) => ({ detail: await makeIndex(search, declared) }),

  // It goes with the node's storage.
  undo: async () => Promise.resolve(),
};
