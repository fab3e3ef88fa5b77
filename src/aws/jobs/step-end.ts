import { awaitAnswer } from '../../tools/waiting.ts';
import { activeStates, type EmrStep } from '../services/emr.ts';

/** What a cluster must be able to do so that its steps can be ended. */
export interface StepVerbs {
  list: (clusterId: string) => Promise<EmrStep[]>;
  /** asks the process of a job to end in order */
  retire: (job: string) => Promise<void>;
  /** kills steps and everything that they have started; ones that wait are never begun */
  kill: (clusterId: string, ids: string[]) => Promise<void>;
  /** milliseconds for an orderly end: a job finishes its batch */
  orderlyMs: number;
}

/** Milliseconds for an orderly end. */
export const orderlyMs = 60_000;

/**
 * Ends steps of stream jobs: in order, and by force what has not ended then. A signal by EMR is no way to an orderly end, because it reaches only
 * the process that started the driver (`docs/decisions/0050-a-step-is-its-driver.md`).
 * @param steps running or waiting ones
 * @returns how they ended; undefined when one has not within the time
 */
export async function endSteps(
  cluster: StepVerbs,
  id: string,
  steps: readonly EmrStep[],
  { withinMs, everyMs, signal }: { withinMs: number; everyMs: number; signal: AbortSignal },
): Promise<EmrStep[] | undefined> {
  const ids = new Set(steps.map((step) => step.id));
  const now = async () => (await cluster.list(id)).filter((step) => ids.has(step.id));
  const isEnded = (step: EmrStep) => !activeStates.has(step.state);
  const awaitEnd = (limitMs: number) =>
    awaitAnswer(
      async () => {
        const found = await now();
        return found.every(isEnded) ? found : undefined;
      },
      { withinMs: limitMs, everyMs, signal },
    );
  const waiting = steps.filter(({ state }) => state === 'PENDING').map((step) => step.id);
  if (waiting.length > 0) await cluster.kill(id, waiting);
  if (cluster.orderlyMs > 0) {
    const jobs = new Set(steps.filter(({ state }) => state === 'RUNNING').map(({ name }) => name));
    for (const job of jobs) await cluster.retire(job);
    const ended = await awaitEnd(cluster.orderlyMs);
    if (ended !== undefined) return ended;
  }
  const left = (await now()).filter(({ state }) => state === 'RUNNING' || state === 'PENDING');
  if (left.length > 0)
    await cluster.kill(
      id,
      left.map((step) => step.id),
    );
  return awaitEnd(withinMs);
}
