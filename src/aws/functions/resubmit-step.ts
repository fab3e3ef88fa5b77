import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { addSteps, findCluster, listSteps } from '../services/emr.ts';
import { publishAlert } from './alert.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import { readLakeSpec } from './lake-spec.ts';
import { decideResubmission } from './resubmission.ts';

/** Source: "EMR Step Status Change" in "Amazon EMR events" of EventBridge. */
const stepChange = z.object({
  detail: z.object({ clusterId: z.string(), stepId: z.string(), name: z.string(), state: z.string() }),
});

export type Resubmitted = { resubmitted: string } | { ignored: string } | { gaveUp: string };

/** Submits the step of a stream job again after it has failed, with the same arguments; never one that was cancelled. */
export async function resubmitStep(lake: LakeEnvironment, event: unknown): Promise<Resubmitted> {
  const parsed = stepChange.safeParse(event);
  if (!parsed.success) throw new Fault('usage', `the event is wrong: ${z.prettifyError(parsed.error)}`);
  const { clusterId, stepId, name, state } = parsed.data.detail;
  if (state !== 'FAILED') return { ignored: `${stepId} is ${state.toLowerCase()}` };
  const { jobs } = await readLakeSpec(lake);
  if (!jobs.some(({ id }) => id === name)) return { ignored: `${name} is not a stream job` };
  const cluster = await findCluster(lake.connection, lake.variable('CLUSTER_NAME') ?? `${lake.lake}-jobs`);
  if (cluster?.id !== clusterId)
    return { ignored: `the cluster ${clusterId} is not the cluster of the lake, or is ending` };
  const decision = decideResubmission(await listSteps(lake.connection, clusterId), stepId, new Date());
  if ('resubmit' in decision) {
    const [id = ''] = await addSteps(lake.connection, clusterId, [{ name, args: decision.resubmit.args }]);
    return { resubmitted: id };
  }
  if ('gaveUp' in decision) {
    await publishAlert(lake, `${name} will not be submitted again`, [
      `${decision.gaveUp}.`,
      '',
      `See "cryptodm logs ${name}", then start it with "cryptodm jobs submit ${name}".`,
    ]);
  }
  return decision;
}

export const handler = handle(resubmitStep);
