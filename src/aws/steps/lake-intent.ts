import * as z from 'zod';
import { kindsFor } from '../../engine/step.ts';
import { readIntent, writeIntent } from '../services/intent.ts';
import type { SpecStore } from './spec-object.ts';

/** What `up` and `produce` want of the lake, for the functions that watch and end it. */
export const lakeIntent = kindsFor<{ spec: Pick<SpecStore, 'connection' | 'bucket'> }>()({
  name: 'lake-intent',
  inputs: z.object({
    /** UTC; absent: no end */
    expiresAt: z.string().optional(),
    producing: z.boolean(),
  }),

  check: async ({ expiresAt, producing }, _, { session: { spec } }) => {
    const known = await readIntent(spec.connection, spec.bucket);
    const same = known?.expiresAt === expiresAt && (known?.producingSince !== undefined) === producing;
    return known !== undefined && same && known.endedAt === undefined ? {} : undefined;
  },

  run: async ({ expiresAt, producing }, { session: { spec } }) => {
    const now = new Date().toISOString();
    const known = await readIntent(spec.connection, spec.bucket);
    await writeIntent(spec.connection, spec.bucket, {
      madeAt: known?.madeAt ?? now,
      expiresAt,
      producingSince: producing ? (known?.producingSince ?? now) : undefined,
    });
    return {};
  },

  // The bucket may stay, and a lake without jobs is not stale.
  undo: async (_inputs, _outputs, { session: { spec } }) => {
    const known = await readIntent(spec.connection, spec.bucket);
    if (known !== undefined) await writeIntent(spec.connection, spec.bucket, { madeAt: known.madeAt });
  },
});
