import type { EmrStep } from '../services/emr.ts';

/** What to do about a step that has failed. */
export type Decision = { resubmit: EmrStep } | { ignored: string } | { gaveUp: string };

/** So many failures within the window are answered by a new step; one more is not. */
export const mostResubmissions = 5;
const windowMs = 3_600_000;

const active = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING']);
const broken = new Set(['FAILED', 'INTERRUPTED']);

/**
 * Decides from the steps of the cluster alone, so that an event that arrives twice does nothing the second time.
 * @param steps in any order
 * @param stepId the step that has failed
 */
export function decideResubmission(steps: EmrStep[], stepId: string, now: Date): Decision {
  const failed = steps.find(({ id }) => id === stepId);
  if (failed === undefined) return { ignored: `there is no step ${stepId}` };
  if (failed.state !== 'FAILED') return { ignored: `${stepId} is ${failed.state.toLowerCase()}` };
  const since = failed.created?.getTime() ?? 0;
  const same = steps.filter(({ name, id }) => name === failed.name && id !== stepId);
  const running = same.find(({ state }) => active.has(state));
  if (running !== undefined) return { ignored: `${running.id} runs ${failed.name} already` };
  const later = same.find(({ created }) => (created?.getTime() ?? 0) > since);
  if (later !== undefined) return { ignored: `${later.id} (${later.state.toLowerCase()}) came after it` };
  const recent = [failed, ...same].filter(
    ({ state, ended }) => broken.has(state) && (ended ?? now).getTime() > now.getTime() - windowMs,
  );
  if (recent.length <= mostResubmissions) return { resubmit: failed };
  const reason = failed.reason === undefined ? '' : `: ${failed.reason}`;
  return { gaveUp: `${failed.name} has failed ${String(recent.length)} times within an hour${reason}` };
}
