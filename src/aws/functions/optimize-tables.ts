import * as z from 'zod';
import { Fault } from '../../errors.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import { readLakeSpec } from './lake-spec.ts';
import { beginRun, continueRun, type Begun, type Continued } from './maintenance.ts';
import { sparkOf } from './spark-maintenance.ts';

/**
 * What has ended. Sources: "Athena Query State Change" in "Monitor Athena query events with EventBridge", "Glue Job State Change" in "Automating Glue with EventBridge", "EMR
 * Step Status Change" in "Amazon EMR events".
 */
const stateChange = z.union([
  z
    .object({
      'detail-type': z.literal('Athena Query State Change'),
      detail: z.object({ queryExecutionId: z.string() }),
    })
    .transform(({ detail }) => detail.queryExecutionId),
  z
    .object({ 'detail-type': z.literal('Glue Job State Change'), detail: z.object({ jobRunId: z.string() }) })
    .transform(({ detail }) => detail.jobRunId),
  z
    .object({ 'detail-type': z.literal('EMR Step Status Change'), detail: z.object({ stepId: z.string() }) })
    .transform(({ detail }) => detail.stepId),
]);

const request = z.strictObject({
  tables: z.array(z.string()).min(1).optional(),
  via: z.enum(['athena', 'spark']).default('athena'),
  /** only with Spark: Athena has its limits from the tables */
  options: z
    .strictObject({
      dryRun: z.boolean().default(false),
      retainSeconds: z.number().optional(),
      orphansOlderThanSeconds: z.number().optional(),
      targetFileBytes: z.number().optional(),
    })
    .optional(),
});

/** Starts the maintenance of all tables or of those named; for an event, continues the run that the query, job or step belongs to. */
export async function optimizeTables(lake: LakeEnvironment, event: unknown): Promise<Begun | Continued> {
  const change = stateChange.safeParse(event);
  if (change.success) return continueRun(lake, change.data);
  const asked = request.safeParse(event);
  if (!asked.success) throw new Fault('usage', `the event is wrong: ${z.prettifyError(asked.error)}`);
  const { via, options, tables: named } = asked.data;
  if (via === 'athena' && options !== undefined) throw new Fault('usage', 'Athena takes no options');
  const known = (await readLakeSpec(lake)).tables.map(({ name }) => name);
  const tables = [...new Set(named ?? known)];
  const unknown = tables.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Fault('usage', `no table ${unknown}; there are: ${known.join(', ')}`);
  if (via === 'athena') return beginRun(lake, { tables });
  const { dryRun = false, retainSeconds, orphansOlderThanSeconds, targetFileBytes } = options ?? {};
  const limits = { dryRun, retainSeconds, orphansOlderThanSeconds, targetFileBytes };
  return beginRun(lake, { tables, spark: { on: sparkOf(lake), options: limits } });
}

export const handler = handle(optimizeTables);
