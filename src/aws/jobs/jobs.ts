import { Fault } from '../../errors.ts';
import type { Job } from '../../lake/schema.ts';
import { executorsOf, renderStep, type ClusterJob } from './emr-step.ts';
import { activeStates, addSteps, listSteps, type EmrStep } from '../services/emr.ts';
import { endSteps } from './step-end.ts';
import { stepVerbs } from './stream-cluster.ts';
import type { AwsLake } from '../lake.ts';
import { requireDeployment } from '../deployment/last-deployment.ts';
import { requireCluster } from './running-cluster.ts';

/** Steps of the lake's cluster, newest first. @throws Fault of kind `part` when no cluster runs */
export async function listJobs(lake: AwsLake): Promise<EmrStep[]> {
  const cluster = await requireCluster(lake);
  return listSteps(lake.connection, cluster.id);
}

export interface SubmittedJob {
  job: string;
  step: string;
  /** `running`: a step of this name runs already, and two would write the same checkpoint */
  action: 'submitted' | 'running';
}

/**
 * Submits a stream job as a step of the cluster, or all of them; running ones stay as they are.
 * @throws Fault of kind `usage` for an unknown job, `part` when the lake or its cluster is not up
 */
export async function submitJobs(lake: AwsLake, name: string | undefined): Promise<SubmittedJob[]> {
  const jobs = name === undefined ? lake.lake.jobs : [requireJob(lake, name)];
  const [cluster, { jars }] = await Promise.all([requireCluster(lake), requireDeployment(lake)]);
  const active = (await listSteps(lake.connection, cluster.id)).filter(({ state }) => activeStates.has(state));
  const running = new Map(active.map((step) => [step.name, step.id]));
  const due = jobs.filter(({ id }) => !running.has(id));
  const given = { prefix: lake.prefix, executors: executorsOf(lake.settings) };
  const steps = due.map((job) => renderStep(clusterJob(job, jars), given));
  const ids = steps.length === 0 ? [] : await addSteps(lake.connection, cluster.id, steps);
  const submitted = new Map(due.map((job, at) => [job.id, ids[at] ?? '']));
  return jobs.map(({ id }) => {
    const step = running.get(id);
    return step === undefined
      ? { job: id, step: submitted.get(id) ?? '', action: 'submitted' }
      : { job: id, step, action: 'running' };
  });
}

/** How long EMR may take to end what was killed. */
const endWithinMs = 5 * 60_000;

/**
 * Ends the steps of a job, in order where it can, and waits until they have ended.
 * @param name of a job, or the id of a step
 * @throws Fault of kind `usage` when none runs, `part` when it does not end
 */
export async function cancelJob(
  lake: AwsLake,
  name: string,
  how: { now: boolean; signal: AbortSignal; everyMs?: number },
): Promise<EmrStep[]> {
  const cluster = await requireCluster(lake);
  const found = (await listSteps(lake.connection, cluster.id)).filter(
    (step) => (step.name === name || step.id === name) && activeStates.has(step.state),
  );
  if (found.length === 0) {
    throw new Fault('usage', `no step of ${name} runs`, {
      where: lake.names.cluster,
      next: `See "cryptodm jobs list". Jobs: ${lake.lake.jobs.map(({ id }) => id).join(', ')}.`,
    });
  }
  const verbs = stepVerbs(lake);
  const ended = await endSteps(how.now ? { ...verbs, orderlyMs: 0 } : verbs, cluster.id, found, {
    ...{ withinMs: endWithinMs, everyMs: how.everyMs ?? 1000, signal: how.signal },
  });
  if (ended !== undefined) return ended;
  throw new Fault('part', `${name} did not end within ${String(endWithinMs / 60_000)} minutes`, {
    where: found.map(({ id }) => id).join(', '),
    next: 'See "cryptodm jobs list".',
  });
}

/** A job with the deployed jar. @throws Fault of kind `part` when the deployment has no such jar */
export function clusterJob(
  job: Pick<Job, 'id' | 'jar' | 'mainClass'>,
  jars: Record<string, { sha256: string }>,
): ClusterJob {
  const artifact = jars[job.jar];
  if (artifact === undefined) {
    throw new Fault('part', `${job.jar} is not deployed`, { where: job.jar, next: 'Run "cryptodm up".' });
  }
  return { id: job.id, jar: job.jar, mainClass: job.mainClass, sha256: artifact.sha256 };
}

function requireJob(lake: AwsLake, name: string): Job {
  const job = lake.lake.jobs.find(({ id }) => id === name);
  if (job !== undefined) return job;
  throw new Fault('usage', `no job ${name}`, { next: `There are: ${lake.lake.jobs.map(({ id }) => id).join(', ')}.` });
}
