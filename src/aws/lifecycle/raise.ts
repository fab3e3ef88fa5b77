import { applySteps } from '../../engine/run.ts';
import type { Work } from '../../work.ts';
import { writeLastDeployment } from '../deployment/assembly.ts';
import { awsKinds } from '../steps/kinds.ts';
import { settleFresh, type PlannedLake, type PlanOptions } from './plan.ts';

export interface RaisedAws {
  changed: string[];
  seconds: number;
}

/**
 * Applies exactly the plan that was shown, then brings topics, producers and stream jobs up. What stands stays as it is; whatever stops
 * it, the next run goes on.
 */
export async function raiseAws(shown: PlannedLake, work: Work, options: PlanOptions): Promise<RaisedAws> {
  const started = Date.now();
  const planned = shown.fresh ? await settleFresh(shown, work, options) : shown;
  const { lake, stacks, journal } = planned;
  try {
    if (stacks.deployment.state.kind === 's3') await writeLastDeployment(lake, stacks.deployment);
    const kinds = awsKinds({ lake, work, stacks, saved: planned.saved, resumed: planned.resumed });
    const run = { kinds, journal, signal: work.signal, onEvent: work.onEvent };
    const { changed } = await applySteps(planned.steps, run);
    return { changed, seconds: (Date.now() - started) / 1000 };
  } finally {
    await planned.release();
  }
}
