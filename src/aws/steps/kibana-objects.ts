import * as z from 'zod';
import type { StepKind } from '../../engine/step.ts';
import { importSavedObjects } from '../../tools/kibana.ts';
import { asAdministrator, readSearchOutputs, requireSearchOutputs, type CloudAccess } from './search-administrator.ts';

export interface KibanaObjectsInputs {
  /** of the text of the objects */
  sha256: string;
}

const importedSchema = z.object({ sha256: z.string(), deployment: z.string() });

/**
 * Saved objects in the Kibana of a deployment in Elastic Cloud. Only an administrator could see whether they are still there, and whoever has
 * changed or deleted them there since has meant it: they are imported again when they are others, or the deployment is another.
 * @param objects their text, a line each
 */
export function kibanaObjectsKind(access: CloudAccess, objects: string): StepKind<KibanaObjectsInputs> {
  return {
    check: async ({ sha256 }, outputs, context) => {
      const imported = importedSchema.safeParse(outputs);
      const search = readSearchOutputs(context);
      const stands =
        imported.success && imported.data.sha256 === sha256 && imported.data.deployment === search?.deployment_id;
      return Promise.resolve(stands ? { outputs, detail: search.kibana_url } : undefined);
    },

    run: async ({ sha256 }, context) => {
      const search = requireSearchOutputs(context);
      const url = search.kibana_url.replace(/\/+$/, '');
      await asAdministrator(access, search, context.signal, ({ auth }) =>
        importSavedObjects({ url, login: auth }, objects, { signal: context.signal }),
      );
      return { outputs: { sha256, deployment: search.deployment_id }, detail: url };
    },

    // They go with the deployment.
    undo: async () => Promise.resolve(),
  };
}
