import type { Cluster } from '../steps/stream-steps.ts';
import { executorsOf, renderStep } from './emr-step.ts';
import { orderlyMs, type StepVerbs } from './step-end.ts';
import { addSteps, killSteps, listSteps } from '../services/emr.ts';
import { readObject, writeObject } from '../services/objects.ts';
import type { JobProgress } from '../../tools/progress.ts';
import type { AwsLake } from '../lake.ts';

/** How steps of the lake's cluster are ended. */
export function stepVerbs({ connection, names }: AwsLake): StepVerbs {
  return {
    list: (clusterId) => listSteps(connection, clusterId),
    // The process of a job ends when its own id is no longer there (`RunMark` in `jars/jobs`).
    retire: async (job) => {
      await writeObject(
        connection,
        names.buckets.artifacts,
        `progress/${job}.run`,
        `retired ${new Date().toISOString()}`,
      );
    },
    kill: (clusterId, ids) => killSteps(connection, clusterId, ids),
    orderlyMs,
  };
}

/** The lake's cluster, as the step of its stream jobs needs it. */
export function streamCluster(lake: AwsLake): Cluster {
  const { connection, prefix } = lake;
  const executors = executorsOf(lake.settings);
  return {
    ...stepVerbs(lake),
    argumentsOf: (job) => renderStep(job, { prefix, executors }).args,
    submit: async (clusterId, steps) => {
      await addSteps(connection, clusterId, steps);
    },
    progress: async (job) => readProgress(lake, job),
    withinMs: 15 * 60_000,
  };
}

/** The last progress that a job wrote; undefined before the first. */
export async function readProgress(lake: AwsLake, job: string): Promise<JobProgress | undefined> {
  const object = await readObject(lake.connection, lake.names.buckets.artifacts, `progress/${job}.json`);
  return object === undefined ? undefined : (JSON.parse(object.text) as JobProgress);
}
