import { applySteps } from '../../engine/run.ts';
import type { Work } from '../../work.ts';
import { writeInventory } from '../containers/inventory-files.ts';
import { writeLastDeployment } from '../deployment/last-deployment.ts';
import { forgetHostKey, storeMachineKeys } from '../deployment/machine-keys.ts';
import { renewLife } from '../services/intent.ts';
import { awsSession } from '../steps/step-session.ts';
import { settleFresh, type PlannedLake, type PlanOptions } from './plan.ts';

export interface RaisedAws {
  changed: string[];
  seconds: number;
}

/**
 * Applies exactly the plan that was shown, then starts topics, producers and stream jobs. What is up stays as it is. If it is stopped,
 * the next run goes on.
 */
export async function raiseAws(shown: PlannedLake, work: Work, options: PlanOptions): Promise<RaisedAws> {
  const started = Date.now();
  const planned = shown.fresh ? await settleFresh(shown, work, options) : shown;
  const { lake, stacks, journal } = planned;
  const { backend, containers, expiresAt } = stacks.deployment;
  try {
    if (backend.kind === 's3') {
      await writeLastDeployment(lake, stacks.deployment);
      await storeMachineKeys(lake);
    }
    if (containers !== undefined) writeInventory(lake, work, options.produce);
    await renewLife(lake.connection, lake.names.buckets.artifacts, expiresAt);
    const session = awsSession({ lake, work, stacks, saved: planned.saved, resumed: planned.resumed });
    const run = { session, journal, signal: work.signal, onEvent: work.onEvent };
    const { changed } = await applySteps(planned.steps, run);
    if (backend.kind === 's3' && containers !== undefined) await forgetHostKey(lake);
    return { changed, seconds: (Date.now() - started) / 1000 };
  } finally {
    await planned.release();
  }
}
