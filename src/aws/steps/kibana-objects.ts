import * as z from 'zod';
import { kindsFor } from '../../engine/step.ts';
import { importSavedObjects } from '../../tools/kibana.ts';
import { asAdministrator, searchOutputs, type CloudAccess } from './search-administrator.ts';

interface Session {
  search: CloudAccess;
  /** text of the saved objects, a line each */
  savedObjects: string;
}

/**
 * Saved objects in the Kibana of a deployment in Elastic Cloud. Only an administrator could see whether they are still there, and a person
 * who changed or deleted them there meant it: they are imported again only when they or the deployment are others.
 */
export const kibanaObjects = kindsFor<Session>()({
  name: 'kibana-objects',
  inputs: z.object({
    /** of the text of the objects */
    sha256: z.string(),
  }),
  outputs: z.object({ sha256: z.string(), deployment: z.string() }),
  takes: { search: searchOutputs },

  check: async ({ sha256 }, outputs, { taken: { search } }) => {
    const imported = outputs?.sha256 === sha256 && outputs.deployment === search.deployment_id;
    return Promise.resolve(imported ? { outputs, detail: search.kibana_url } : undefined);
  },

  run: async ({ sha256 }, { taken: { search }, session, signal }) => {
    const url = search.kibana_url.replace(/\/+$/, '');
    await asAdministrator(session.search, search, signal, ({ auth }) =>
      importSavedObjects({ url, login: auth }, session.savedObjects, { signal }),
    );
    return { outputs: { sha256, deployment: search.deployment_id }, detail: url };
  },

  // They go with the deployment.
  undo: async () => Promise.resolve(),
});
