import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { kindsFor, type StepContext } from '../../engine/step.ts';
import { endSteps, type StepVerbs } from '../jobs/step-end.ts';
import { activeStates, type EmrStep } from '../services/emr.ts';
import type { JobProgress } from '../../tools/progress.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { lakeOutputs } from './lake-outputs.ts';
import { specOutputs } from './spec-object.ts';

const inputs = z.object({
  jobs: z.array(z.object({ id: z.string(), jar: z.string(), mainClass: z.string(), sha256: z.string() })),
});

type Inputs = z.infer<typeof inputs>;
type Job = Inputs['jobs'][number];

/** The cluster's verbs. */
export interface Cluster extends StepVerbs {
  argumentsOf: (job: Job) => string[];
  submit: (clusterId: string, steps: { name: string; args: string[] }[]) => Promise<void>;
  /** the progress that a job wrote last, undefined before the first one */
  progress: (job: string) => Promise<JobProgress | undefined>;
  /** timeout in milliseconds; long, because a cluster that still starts does nothing else */
  withinMs: number;
}

/** The stream jobs as steps of the cluster: each has one active step with just these arguments, under the present spec. */
export const streamSteps = kindsFor<{ cluster: Cluster }>()({
  name: 'stream-steps',
  inputs,
  outputs: z.object({
    /** hash of the spec that the steps were submitted under */
    spec: z.string(),
  }),
  takes: { infrastructure: lakeOutputs, spec: specOutputs },

  check: async ({ jobs }, outputs, { taken: { infrastructure, spec }, session: { cluster } }) => {
    if (outputs?.spec !== spec.hash) return undefined;
    const steps = await cluster.list(infrastructure.cluster_id);
    // A step that is being cancelled does not count.
    const running = steps.filter(({ state }) => activeStates.has(state) && state !== 'CANCEL_PENDING');
    const isOf = (step: EmrStep, job: Job) =>
      step.name === job.id && sameArguments(step.args, cluster.argumentsOf(job));
    const all = jobs.every((job) => running.filter((step) => isOf(step, job)).length === 1);
    return all ? { outputs, detail: titles(jobs) } : undefined;
  },

  run: async ({ jobs }, context) => {
    const {
      taken: { infrastructure, spec },
      session: { cluster },
    } = context;
    const id = infrastructure.cluster_id;
    const old = await activeSteps(cluster, id, jobs);
    // Two writers of one checkpoint would fight: the new step starts only when the old one has ended.
    if (old.length > 0) await requireEnd(cluster, id, old, context.signal);
    const since = new Date().toISOString();
    await cluster.submit(
      id,
      jobs.map((job) => ({ name: job.id, args: cluster.argumentsOf(job) })),
    );
    const triggered = await awaitTriggers(cluster, id, jobs, { since, ...context });
    // A job that stands still because its topic went back needs a spec with a new generation.
    return { outputs: { spec: spec.hash }, detail: titles(jobs), again: !triggered };
  },

  undo: async ({ jobs }, _, { taken: { infrastructure }, session: { cluster }, signal }) => {
    // Without infrastructure there is no cluster either.
    if (infrastructure === undefined) return;
    const running = await activeSteps(cluster, infrastructure.cluster_id, jobs);
    if (running.length > 0) await requireEnd(cluster, infrastructure.cluster_id, running, signal);
  },
});

function titles(jobs: Job[]): string {
  return jobs.map(({ id }) => id).join(', ');
}

async function activeSteps(cluster: Cluster, id: string, jobs: Job[]): Promise<EmrStep[]> {
  const names = new Set(jobs.map((job) => job.id));
  return (await cluster.list(id)).filter(({ name, state }) => names.has(name) && activeStates.has(state));
}

function sameArguments(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((argument, at) => argument === right[at]);
}

async function requireEnd(cluster: Cluster, id: string, steps: EmrStep[], signal: AbortSignal): Promise<void> {
  const ended = await endSteps(cluster, id, steps, { withinMs: cluster.withinMs, everyMs: 1000, signal });
  if (ended === undefined) {
    throw new Fault('part', `the cluster does not end ${steps.map(({ name }) => name).join(', ')}`, {
      where: id,
      next: 'See "cryptodm jobs list", then run the same command: it goes on where it stopped.',
    });
  }
}

/** @returns false when a job will never trigger under this spec */
async function awaitTriggers(
  cluster: Cluster,
  id: string,
  jobs: Job[],
  { since, signal, progress }: { since: string } & Pick<StepContext, 'signal' | 'progress'>,
): Promise<boolean> {
  let waiting = jobs.map((job) => job.id);
  const done = await awaitAnswer(
    async () => {
      const steps = await cluster.list(id);
      const failed = steps.find(
        (step) => waiting.includes(step.name) && /FAILED|CANCELLED|INTERRUPTED/.test(step.state),
      );
      const retried = steps.some((step) => step.name === failed?.name && activeStates.has(step.state));
      // Older steps of the same name failed before this run.
      if (failed !== undefined && !retried) throw stepFailed(failed);
      const reports = await Promise.all(waiting.map(async (job) => ({ job, last: await cluster.progress(job) })));
      if (reports.some(({ last }) => last?.wentBack !== undefined && last.at >= since)) return { triggered: false };
      waiting = reports.filter(({ last }) => last?.triggered !== true || last.at < since).map(({ job }) => job);
      progress(`waiting for a first trigger of ${waiting.join(', ')}`);
      return waiting.length === 0 ? { triggered: true } : undefined;
    },
    { withinMs: cluster.withinMs, everyMs: 2000, signal },
  );
  if (done === undefined) {
    throw new Fault(
      'part',
      `no first trigger of ${waiting.join(', ')} within ${String(cluster.withinMs / 60_000)} minutes`,
      {
        where: id,
        next: 'See "cryptodm jobs list" and "cryptodm logs", then run the same command.',
      },
    );
  }
  return done.triggered;
}

function stepFailed(step: EmrStep): Fault {
  return new Fault('part', `the stream job ${step.name} ${step.state.toLowerCase()}: ${step.reason ?? 'see its log'}`, {
    where: step.id,
    next: `See "cryptodm logs ${step.name}", then run the same command: it goes on where it stopped.`,
  });
}
