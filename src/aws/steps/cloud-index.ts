import { Fault } from '../../errors.ts';
import type { StepContext, StepKind } from '../../engine/step.ts';
import { deleteIndex, type Search } from '../../tools/elastic.ts';
import { findIndex, makeIndex, type DeclaredIndex } from '../../tools/elastic-index.ts';

export interface CloudIndexInputs extends DeclaredIndex {
  /** absent: the URL that stack `search` tells */
  url?: string;
}

/** The index in a cluster that asks who we are; user and password never reach the journal. */
export function cloudIndexKind(
  credentials: () => Promise<{ username: string; password: string } | undefined>,
): StepKind<CloudIndexInputs> {
  const reach = async (inputs: CloudIndexInputs, context: StepContext): Promise<Search> => {
    const url = inputs.url ?? (context.outputs('search') as { url?: string } | undefined)?.url;
    if (url === undefined) {
      throw new Fault('part', 'no address of an Elasticsearch cluster is known', {
        next: 'Set "elastic.url" in cryptodm.yaml, or run "cryptodm up" to make one in Elastic Cloud.',
      });
    }
    const auth = await credentials();
    return auth === undefined ? { url } : { url, auth };
  };
  return {
    check: async (inputs, _, context) => {
      const detail = await findIndex(await reach(inputs, context), inputs);
      return detail === undefined ? undefined : { detail };
    },
    run: async (inputs, context) => ({ detail: await makeIndex(await reach(inputs, context), inputs) }),
    undo: async (inputs, _, context) => {
      // A cluster of Elastic Cloud goes as a whole; in somebody's own one, just the index is ours.
      if (inputs.url !== undefined) await deleteIndex(await reach(inputs, context), inputs.name);
    },
  };
}
