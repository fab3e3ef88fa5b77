import * as z from 'zod';
import { Fault } from '../../errors.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import { readLakeSpec } from './lake-spec.ts';
import { beginRun, continueRun, type Begun, type Continued } from './maintenance.ts';

/** Source: "Athena Query State Change" in "Monitor Athena query events with EventBridge". */
const stateChange = z.object({
  'detail-type': z.literal('Athena Query State Change'),
  detail: z.object({ queryExecutionId: z.string() }),
});

const request = z.strictObject({ tables: z.array(z.string()).min(1).optional() });

/** Starts the maintenance of all tables or of those named; for an event of Athena, continues the run that the query belongs to. */
export async function optimizeTables(lake: LakeEnvironment, event: unknown): Promise<Begun | Continued> {
  const change = stateChange.safeParse(event);
  if (change.success) return continueRun(lake, change.data.detail.queryExecutionId);
  const asked = request.safeParse(event);
  if (!asked.success) throw new Fault('usage', `the event is wrong: ${z.prettifyError(asked.error)}`);
  const known = (await readLakeSpec(lake)).tables.map(({ name }) => name);
  const tables = asked.data.tables ?? known;
  const unknown = tables.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Fault('usage', `no table ${unknown}; there are: ${known.join(', ')}`);
  return beginRun(lake, [...new Set(tables)]);
}

export const handler = handle(optimizeTables);
