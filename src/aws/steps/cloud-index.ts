import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { asDeclared, kindsFor } from '../../engine/step.ts';
import { deleteIndex, type IndexTemplate, type Search } from '../../tools/elastic.ts';
import { findIndex, makeIndex } from '../../tools/elastic-index.ts';
import { searchOutputs, type SearchAccess, type SearchOutputs } from './search-administrator.ts';

const inputs = z.object({
  name: z.string(),
  template: asDeclared<IndexTemplate>(),
  /** absent: the URL that the stack of Elastic Cloud reports */
  url: z.string().optional(),
});

type Inputs = z.infer<typeof inputs>;

/** The index in a cluster that asks for a user; its name and password never reach the journal. */
export const cloudIndex = kindsFor<{ search: Pick<SearchAccess, 'readUser'> }>()({
  name: 'cloud-index',
  inputs,
  takes: { search: searchOutputs.optional() },

  check: async (inputs, _, { taken, session }) => {
    const detail = await findIndex(await reach(inputs, taken, session.search), inputs);
    return detail === undefined ? undefined : { detail };
  },

  run: async (inputs, { taken, session, note }) => {
    const { names, created } = await makeIndex(await reach(inputs, taken, session.search), inputs, false);
    if (created)
      note('the index is new; if the tables hold quotes already, "cryptodm index rebuild" brings them into it');
    return { detail: names };
  },

  undo: async (inputs, _, { taken, session }) => {
    // A cluster of Elastic Cloud goes as a whole; in a cluster of somebody else only the index is ours.
    if (inputs.url !== undefined) await deleteIndex(await reach(inputs, taken, session.search), inputs.name);
  },
});

async function reach(
  inputs: Inputs,
  taken: { search?: SearchOutputs | undefined },
  { readUser }: Pick<SearchAccess, 'readUser'>,
): Promise<Search> {
  const url = inputs.url ?? taken.search?.url;
  if (url === undefined) {
    throw new Fault('part', 'no address of an Elasticsearch cluster is known', {
      next: 'Set "elastic.url" in cryptodm.yaml, or run "cryptodm up" to make one in Elastic Cloud.',
    });
  }
  const auth = await readUser();
  return auth === undefined ? { url } : { url, auth };
}
