import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { kindsFor } from '../../engine/step.ts';
import { lakeOutputs, type LakeOutputs } from './lake-outputs.ts';

/** The repository of the lake and what can be put there. */
export interface ImageStore {
  has: (repository: string, tag: string) => Promise<boolean>;
  /** builds the image of this machine's jars, where it is not in the cache, and pushes it */
  push: (repository: string, tag: string, signal: AbortSignal, progress: (text: string) => void) => Promise<void>;
}

/** The image of the producers in the lake's own repository. */
export const producerImage = kindsFor<{ images: ImageStore }>()({
  name: 'producer-image',
  inputs: z.object({ tag: z.string() }),
  takes: { infrastructure: lakeOutputs },

  check: async ({ tag }, _, { taken: { infrastructure }, session: { images } }) =>
    (await images.has(repositoryOf(infrastructure), tag)) ? {} : undefined,

  run: async ({ tag }, { taken: { infrastructure }, session: { images }, signal, progress }) => {
    await images.push(repositoryOf(infrastructure), tag, signal, progress);
    return { detail: tag };
  },

  // The repository goes with the infrastructure, and its images with it.
  undo: async () => Promise.resolve(),
});

/** Its name, which is what follows the registry in `123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-lake-producers`. */
function repositoryOf({ producer_repository: address }: LakeOutputs): string {
  if (address === undefined) throw new Fault('internal', 'the lake reports no repository of images');
  return address.slice(address.indexOf('/') + 1);
}
