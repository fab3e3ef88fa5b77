import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { lakeSchema } from '../../lake/schema.ts';
import { readObject } from '../services/objects.ts';
import type { LakeEnvironment } from './environment.ts';

const { tables, views } = lakeSchema.shape;

/** The part of the spec (`docs/contracts.md`) that the functions use. */
const specSchema = z.object({
  tables,
  views: views.default([]),
  coins: z.array(z.object({ base: z.string() })),
  producers: z.object({ quotes: z.object({ source: z.string() }) }),
  jobs: z.array(z.object({ id: z.string(), kind: z.string() })),
  /** `index` is absent where the lake has none */
  search: z.object({ url: z.string(), index: z.string().optional() }),
});

export type LakeSpec = z.infer<typeof specSchema>;

/** @throws Fault of kind `part` when there is no spec, `settings` when the object is something else */
export async function readLakeSpec({ connection, spec }: LakeEnvironment): Promise<LakeSpec> {
  const where = `s3://${spec.bucket}/${spec.key}`;
  const object = await readObject(connection, spec.bucket, spec.key);
  if (object === undefined) {
    throw new Fault('part', 'the spec of the lake does not exist', { where, next: 'Run "cryptodm up".' });
  }
  const parsed = specSchema.safeParse(JSON.parse(object.text));
  if (parsed.success) return parsed.data;
  throw new Fault('settings', `the spec is wrong: ${z.prettifyError(parsed.error)}`, {
    where,
    next: 'Run "cryptodm up" again: it writes the spec.',
  });
}
