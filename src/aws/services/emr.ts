import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  EMRClient,
  paginateListClusters,
  paginateListSteps,
  type ClusterState,
} from '@aws-sdk/client-emr';
import { callAws, clientConfig, type AwsConnection, useClient } from './connection.ts';

/** A step of a cluster, newest first in a list. */
export interface EmrStep {
  id: string;
  name: string;
  /** as EMR reports it: PENDING, RUNNING, COMPLETED, CANCELLED, FAILED, INTERRUPTED */
  state: string;
  /** arguments of command-runner.jar */
  args: string[];
  reason: string | undefined;
  created: Date | undefined;
  ended: Date | undefined;
}

/** States of a step that has not ended. */
export const activeStates: ReadonlySet<string> = new Set(['PENDING', 'CANCEL_PENDING', 'RUNNING']);

export interface RunningCluster {
  id: string;
  state: string;
}

/** The running cluster of this name, undefined when there is none. */
export async function findCluster(connection: AwsConnection, name: string): Promise<RunningCluster | undefined> {
  return searchCluster(connection, name, ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING']);
}

/** The newest cluster of this name, running or not; EMR lists those of the last two months. */
export async function findAnyCluster(connection: AwsConnection, name: string): Promise<RunningCluster | undefined> {
  return searchCluster(connection, name, undefined);
}

async function searchCluster(
  connection: AwsConnection,
  name: string,
  states: ClusterState[] | undefined,
): Promise<RunningCluster | undefined> {
  return useEmr(connection, (client) =>
    callAws('elasticmapreduce:ListClusters', async () => {
      let newest: { cluster: RunningCluster; created: number } | undefined;
      for await (const { Clusters = [] } of paginateListClusters({ client }, { ClusterStates: states })) {
        for (const { Id = '', Name, Status } of Clusters) {
          const created = Status?.Timeline?.CreationDateTime?.getTime() ?? 0;
          if (Name !== name || (newest !== undefined && newest.created >= created)) continue;
          newest = { cluster: { id: Id, state: Status?.State ?? '' }, created };
        }
      }
      return newest?.cluster;
    }),
  );
}

export async function listSteps(connection: AwsConnection, clusterId: string): Promise<EmrStep[]> {
  return useEmr(connection, (client) =>
    callAws('elasticmapreduce:ListSteps', async () => {
      const found: EmrStep[] = [];
      for await (const { Steps = [] } of paginateListSteps({ client }, { ClusterId: clusterId })) {
        for (const { Id = '', Name = '', Status, Config } of Steps) {
          found.push({
            id: Id,
            name: Name,
            state: Status?.State ?? '',
            args: Config?.Args ?? [],
            reason: Status?.FailureDetails?.Message ?? Status?.StateChangeReason?.Message,
            created: Status?.Timeline?.CreationDateTime,
            ended: Status?.Timeline?.EndDateTime,
          });
        }
      }
      return found;
    }),
  );
}

/** Submits steps to the cluster. @returns their ids, in the same order */
export async function addSteps(
  connection: AwsConnection,
  clusterId: string,
  steps: { name: string; args: string[] }[],
): Promise<string[]> {
  return useEmr(connection, async (client) => {
    const { StepIds = [] } = await callAws('elasticmapreduce:AddJobFlowSteps', () =>
      client.send(
        new AddJobFlowStepsCommand({
          JobFlowId: clusterId,
          Steps: steps.map(({ name, args }) => ({
            Name: name,
            ActionOnFailure: 'CONTINUE',
            HadoopJarStep: { Jar: 'command-runner.jar', Args: args },
          })),
        }),
      ),
    );
    return StepIds;
  });
}

/** Kills steps and everything that they have started; a step that waits is never begun. It does not wait for their end. */
export async function killSteps(connection: AwsConnection, clusterId: string, ids: string[]): Promise<void> {
  await useEmr(connection, (client) =>
    callAws('elasticmapreduce:CancelSteps', () =>
      client.send(
        new CancelStepsCommand({ ClusterId: clusterId, StepIds: ids, StepCancellationOption: 'TERMINATE_PROCESS' }),
      ),
    ),
  );
}

async function useEmr<T>(connection: AwsConnection, act: (client: EMRClient) => Promise<T>): Promise<T> {
  return useClient(new EMRClient(clientConfig(connection)), act);
}
