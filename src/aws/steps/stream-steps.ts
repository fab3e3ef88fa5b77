import { Fault } from '../../errors.ts';
import type { StepContext, StepKind } from '../../engine/step.ts';
import { activeStates, type EmrStep } from '../services/emr.ts';
import type { JobProgress } from '../../tools/progress.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { readLakeOutputs } from './lake-outputs.ts';

export interface StreamStepsInputs {
  jobs: { id: string; jar: string; mainClass: string; sha256: string }[];
}

export interface StreamStepsOutputs {
  /** of the spec that the steps were submitted under */
  spec: string;
}

/** The cluster's verbs. */
export interface Cluster {
  argumentsOf: (job: StreamStepsInputs['jobs'][number]) => string[];
  list: (clusterId: string) => Promise<EmrStep[]>;
  submit: (clusterId: string, steps: { name: string; args: string[] }[]) => Promise<void>;
  cancel: (clusterId: string, ids: string[]) => Promise<void>;
  /** what a job wrote last of itself, undefined before its first word */
  progress: (job: string) => Promise<JobProgress | undefined>;
  /** what the cluster is asked to do before it has ended its start can be long */
  withinMs: number;
}

/** The stream jobs as steps of the cluster: they stand when each has one active step with just these arguments, under the present spec. */
export function streamStepsKind(cluster: Cluster): StepKind<StreamStepsInputs, StreamStepsOutputs> {
  const specOf = (context: StepContext) => (context.outputs('spec') as { hash?: string } | undefined)?.hash ?? '';
  const clusterOf = (context: StepContext) => readLakeOutputs(context.outputs('infrastructure')).cluster_id;
  const titles = (inputs: StreamStepsInputs) => inputs.jobs.map(({ id }) => id).join(', ');
  const isOf = (step: EmrStep, job: StreamStepsInputs['jobs'][number]) =>
    step.name === job.id && sameArguments(step.args, cluster.argumentsOf(job));

  return {
    check: async (inputs, outputs, context) => {
      const spec = specOf(context);
      if (outputs?.spec !== spec) return undefined;
      const steps = await cluster.list(clusterOf(context));
      // One that is being ended does not stand.
      const running = steps.filter(({ state }) => activeStates.has(state) && state !== 'CANCEL_PENDING');
      const all = inputs.jobs.every((job) => running.filter((step) => isOf(step, job)).length === 1);
      return all ? { outputs: { spec }, detail: titles(inputs) } : undefined;
    },

    run: async (inputs, context) => {
      const id = clusterOf(context);
      const names = new Set(inputs.jobs.map((job) => job.id));
      const old = (await cluster.list(id)).filter(({ name, state }) => names.has(name) && activeStates.has(state));
      if (old.length > 0) await endSteps(cluster, id, old, context);
      const since = new Date().toISOString();
      await cluster.submit(
        id,
        inputs.jobs.map((job) => ({ name: job.id, args: cluster.argumentsOf(job) })),
      );
      await awaitTriggers(cluster, id, inputs, { since, context });
      return { outputs: { spec: specOf(context) }, detail: titles(inputs) };
    },

    undo: async (inputs, _, context) => {
      const outputs = context.outputs('infrastructure') as { cluster_id?: string } | undefined;
      if (outputs?.cluster_id === undefined) return;
      const names = new Set(inputs.jobs.map((job) => job.id));
      const steps = await cluster.list(outputs.cluster_id);
      const running = steps.filter(({ name, state }) => names.has(name) && activeStates.has(state));
      if (running.length > 0) await endSteps(cluster, outputs.cluster_id, running, context);
    },
  };
}

function sameArguments(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((argument, at) => argument === right[at]);
}

/** Two writers of one checkpoint would fight: the new step starts only when the old one has ended. */
async function endSteps(cluster: Cluster, id: string, steps: EmrStep[], context: StepContext): Promise<void> {
  await cluster.cancel(
    id,
    steps.map((step) => step.id),
  );
  const ids = new Set(steps.map((step) => step.id));
  const ended = await awaitAnswer(
    async () =>
      (await cluster.list(id)).some((step) => ids.has(step.id) && activeStates.has(step.state)) ? undefined : true,
    { withinMs: cluster.withinMs, everyMs: 1000, signal: context.signal },
  );
  if (ended === undefined) {
    throw new Fault('part', `the cluster does not end ${steps.map(({ name }) => name).join(', ')}`, {
      where: id,
      next: 'See "cryptodm jobs list", then run the same command: it goes on where it stopped.',
    });
  }
}

async function awaitTriggers(
  cluster: Cluster,
  id: string,
  inputs: StreamStepsInputs,
  { since, context }: { since: string; context: StepContext },
): Promise<void> {
  let waiting = inputs.jobs.map((job) => job.id);
  const done = await awaitAnswer(
    async () => {
      const steps = await cluster.list(id);
      const failed = steps.find(
        (step) => waiting.includes(step.name) && /FAILED|CANCELLED|INTERRUPTED/.test(step.state),
      );
      const retried = steps.some((step) => step.name === failed?.name && activeStates.has(step.state));
      // Older steps of the same name failed before this run.
      if (failed !== undefined && !retried) throw stepFailed(failed);
      const progress = await Promise.all(waiting.map(async (job) => ({ job, last: await cluster.progress(job) })));
      waiting = progress.filter(({ last }) => last?.triggered !== true || last.at < since).map(({ job }) => job);
      context.progress?.(`waiting for a first trigger of ${waiting.join(', ')}`);
      return waiting.length === 0 ? true : undefined;
    },
    { withinMs: cluster.withinMs, everyMs: 2000, signal: context.signal },
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
}

function stepFailed(step: EmrStep): Fault {
  return new Fault('part', `the stream job ${step.name} ${step.state.toLowerCase()}: ${step.reason ?? 'see its log'}`, {
    where: step.id,
    next: `See "cryptodm logs ${step.name}", then run the same command: it goes on where it stopped.`,
  });
}
