import type { Answer } from '../../lake-target.ts';
import { table } from '../../tools/text-table.ts';
import type { SubmittedJob } from './jobs.ts';
import type { EmrStep } from '../services/emr.ts';

/** The steps of the cluster. */
export function listedSteps(steps: readonly EmrStep[]): Answer {
  if (steps.length === 0) return { data: [], text: 'The cluster runs, and has no steps.' };
  const rows = steps.map(({ name, id, state, created, ended, reason }) => [
    name,
    id,
    state.toLowerCase(),
    created?.toISOString() ?? '',
    ended?.toISOString() ?? '',
    reason ?? '',
  ]);
  return { data: steps, text: table(['job', 'step', 'state', 'submitted', 'ended', 'reason'], rows).join('\n') };
}

export function submittedJobs(jobs: readonly SubmittedJob[]): Answer {
  const lines = jobs.map(
    ({ job, step, action }) => `${job}: ${action === 'submitted' ? 'submitted as' : 'already running as'} ${step}`,
  );
  return { data: jobs, text: lines.join('\n') };
}

export function cancelledSteps(steps: readonly EmrStep[]): Answer {
  return {
    data: steps.map(({ id, name, state }) => ({ job: name, step: id, state })),
    text: steps.map(({ id, name, state }) => `${name} (${id}): ${state.toLowerCase()}`).join('\n'),
  };
}
