import type { Cluster } from '../steps/stream-steps.ts';
import { renderStep } from './emr-step.ts';
import { addSteps, cancelSteps, listSteps } from '../services/emr.ts';
import { readObject } from '../services/objects.ts';
import type { JobProgress } from '../../tools/progress.ts';
import type { AwsLake } from '../lake.ts';

/** The lake's cluster, as the step of its stream jobs needs it. */
export function streamCluster(lake: AwsLake): Cluster {
  const { connection, prefix } = lake;
  return {
    argumentsOf: (job) => renderStep(job, { prefix }).args,
    list: (clusterId) => listSteps(connection, clusterId),
    submit: async (clusterId, steps) => {
      await addSteps(connection, clusterId, steps);
    },
    cancel: async (clusterId, ids) => cancelSteps(connection, clusterId, ids),
    progress: async (job) => readProgress(lake, job),
    withinMs: 15 * 60_000,
  };
}

/** The last progress that a job wrote; undefined before the first. */
export async function readProgress(lake: AwsLake, job: string): Promise<JobProgress | undefined> {
  const object = await readObject(lake.connection, lake.names.buckets.artifacts, `progress/${job}.json`);
  return object === undefined ? undefined : (JSON.parse(object.text) as JobProgress);
}
