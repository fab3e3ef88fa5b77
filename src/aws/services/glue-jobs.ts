import { BatchStopJobRunCommand, GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { awsErrorName, callAws, clientConfig, type AwsConnection, useClient } from './connection.ts';

/** A run of a job of Glue. */
export interface JobRun {
  /** as Glue reports it: STARTING, RUNNING, STOPPING, WAITING, SUCCEEDED, FAILED, STOPPED, TIMEOUT, ERROR, EXPIRED */
  state: string;
  /** why it failed */
  reason: string | undefined;
}

/** States of a run that has not ended. */
export const activeRunStates: ReadonlySet<string> = new Set(['STARTING', 'RUNNING', 'STOPPING', 'WAITING']);

/** Starts a job. @param args by name, without hyphens @returns the id of the run */
export async function startJobRun(
  connection: AwsConnection,
  job: string,
  args: Record<string, string>,
): Promise<string> {
  const Arguments = Object.fromEntries(Object.entries(args).map(([name, value]) => [`--${name}`, value]));
  return useGlue(connection, async (client) => {
    const { JobRunId = '' } = await callAws('glue:StartJobRun', () =>
      client.send(new StartJobRunCommand({ JobName: job, Arguments })),
    );
    return JobRunId;
  });
}

/** A run of a job; undefined when Glue knows none of this id. */
export async function describeJobRun(connection: AwsConnection, job: string, id: string): Promise<JobRun | undefined> {
  return useGlue(connection, (client) =>
    callAws('glue:GetJobRun', async () => {
      try {
        const { JobRun } = await client.send(new GetJobRunCommand({ JobName: job, RunId: id }));
        return JobRun && { state: JobRun.JobRunState ?? '', reason: JobRun.ErrorMessage };
      } catch (error) {
        if (awsErrorName(error) === 'EntityNotFoundException') return undefined;
        throw error;
      }
    }),
  );
}

/** Stops a run; one that has ended stays as it is. It does not wait for the end. */
export async function stopJobRun(connection: AwsConnection, job: string, id: string): Promise<void> {
  await useGlue(connection, (client) =>
    callAws('glue:BatchStopJobRun', () => client.send(new BatchStopJobRunCommand({ JobName: job, JobRunIds: [id] }))),
  );
}

async function useGlue<T>(connection: AwsConnection, act: (client: GlueClient) => Promise<T>): Promise<T> {
  return useClient(new GlueClient(clientConfig(connection)), act);
}
