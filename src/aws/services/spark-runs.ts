import type { AwsConnection } from './connection.ts';
import { activeStates, killSteps, listSteps } from './emr.ts';
import { activeRunStates, describeJobRun, stopJobRun } from './glue-jobs.ts';

/** A program of Spark that was started, as a run of a job of Glue or as a step of a cluster. */
export interface StartedSpark {
  on: 'glue' | 'emr';
  /** of the run or of the step */
  id: string;
  /** id of the cluster that has the step */
  cluster?: string | undefined;
}

export interface SparkState {
  /** as its service names it */
  state: string;
  /** why it failed */
  reason: string | undefined;
  /** it has not ended */
  isActive: boolean;
}

/** What became of it; undefined when its service knows none of this id. @param job of Glue */
export async function describeSpark(
  connection: AwsConnection,
  job: string,
  { on, id, cluster = '' }: StartedSpark,
): Promise<SparkState | undefined> {
  if (on === 'glue') {
    const run = await describeJobRun(connection, job, id);
    return run && { ...run, isActive: activeRunStates.has(run.state) };
  }
  const step = (await listSteps(connection, cluster)).find((one) => one.id === id);
  return step && { state: step.state, reason: step.reason, isActive: activeStates.has(step.state) };
}

/** Stops it; one that has ended stays as it is. It does not wait for the end. @param job of Glue */
export async function stopSpark(
  connection: AwsConnection,
  job: string,
  { on, id, cluster = '' }: StartedSpark,
): Promise<void> {
  await (on === 'glue' ? stopJobRun(connection, job, id) : killSteps(connection, cluster, [id]));
}
