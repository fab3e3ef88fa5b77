import {
  DeleteTaskDefinitionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RunTaskCommand,
  UpdateServiceCommand,
  paginateListClusters,
  paginateListTasks,
  type Task,
} from '@aws-sdk/client-ecs';
import { Fault } from '../../errors.ts';
import { unitsOfCpu } from '../containers/tasks.ts';
import { awsErrorName, callAws, clientConfig, type AwsConnection, useClient } from './connection.ts';

/** A service of ECS, with one task or none. */
export interface ServiceState {
  name: string;
  arn: string;
  /** ARN of the task definition that it should run */
  definition: string;
  desired: number;
  running: number;
  pending: number;
  /** more than one while it changes to another definition */
  deployments: number;
  /** what ECS said last, such as why a task could not be started */
  event: string | undefined;
}

/** A task that has ended, or not yet. */
export interface TaskState {
  ended: boolean;
  /** absent: its program was never started */
  exitCode: number | undefined;
  /** why it ended, in the words of ECS */
  reason: string | undefined;
}

/** The services of these names that are there; none without the cluster. */
export async function describeServices(
  connection: AwsConnection,
  cluster: string,
  names: string[],
): Promise<ServiceState[]> {
  return useEcs(connection, async (ecs) => {
    try {
      const { services = [] } = await callAws('ecs:DescribeServices', () =>
        ecs.send(new DescribeServicesCommand({ cluster, services: names })),
      );
      return services
        .filter(({ status }) => status === 'ACTIVE')
        .map((one) => ({
          name: one.serviceName ?? '',
          arn: one.serviceArn ?? '',
          definition: one.taskDefinition ?? '',
          desired: one.desiredCount ?? 0,
          running: one.runningCount ?? 0,
          pending: one.pendingCount ?? 0,
          deployments: one.deployments?.length ?? 0,
          event: one.events?.[0]?.message,
        }));
    } catch (error) {
      if (awsErrorName(error) === 'ClusterNotFoundException') return [];
      throw error;
    }
  });
}

/** Changes how many tasks a service has, and by which definition; with `restart` its task is replaced in any case. */
export async function updateService(
  connection: AwsConnection,
  cluster: string,
  wanted: { name: string; desired: number; definition?: string; restart?: boolean },
): Promise<void> {
  await useEcs(connection, (ecs) =>
    callAws('ecs:UpdateService', () =>
      ecs.send(
        new UpdateServiceCommand({
          cluster,
          service: wanted.name,
          desiredCount: wanted.desired,
          ...(wanted.definition === undefined ? {} : { taskDefinition: wanted.definition }),
          ...(wanted.restart === true ? { forceNewDeployment: true } : {}),
        }),
      ),
    ),
  );
}

/** Whether a service, or anything else of a cluster, has a task that has not ended; none without the cluster. */
export async function hasTasks(connection: AwsConnection, cluster: string): Promise<boolean> {
  return useEcs(connection, async (ecs) => {
    try {
      // A task that was asked to stop still runs: it is listed by what is wanted of it.
      for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
        const { taskArns = [] } = await callAws('ecs:ListTasks', () =>
          ecs.send(new ListTasksCommand({ cluster, desiredStatus })),
        );
        if (taskArns.length === 0) continue;
        const { tasks = [] } = await callAws('ecs:DescribeTasks', () =>
          ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
        );
        if (tasks.some(({ lastStatus }) => lastStatus !== 'STOPPED')) return true;
      }
      return false;
    } catch (error) {
      if (awsErrorName(error) === 'ClusterNotFoundException') return false;
      throw error;
    }
  });
}

/** Starts one task. @returns its ARN @throws Fault of kind `outside` when ECS has no room for it */
export async function startTask(
  connection: AwsConnection,
  cluster: string,
  { definition, subnets, securityGroups }: { definition: string; subnets: string[]; securityGroups: string[] },
): Promise<string> {
  return useEcs(connection, async (ecs) => {
    const { tasks = [], failures = [] } = await callAws('ecs:RunTask', () =>
      ecs.send(
        new RunTaskCommand({
          cluster,
          taskDefinition: definition,
          launchType: 'FARGATE',
          propagateTags: 'TASK_DEFINITION',
          networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: 'DISABLED' } },
        }),
      ),
    );
    const arn = tasks[0]?.taskArn;
    if (arn !== undefined) return arn;
    const why = failures.map(({ reason }) => reason ?? '').join(', ');
    throw new Fault('outside', `ECS starts no task: ${why}`, { where: cluster, next: 'Run the same command again.' });
  });
}

export async function describeTask(connection: AwsConnection, cluster: string, arn: string): Promise<TaskState> {
  return useEcs(connection, async (ecs) => {
    const { tasks = [] } = await callAws('ecs:DescribeTasks', () =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] })),
    );
    return stateOf(tasks[0]);
  });
}

function stateOf(task: Task | undefined): TaskState {
  const container = task?.containers?.[0];
  return {
    ended: task === undefined || task.lastStatus === 'STOPPED',
    exitCode: container?.exitCode,
    reason: container?.reason ?? task?.stoppedReason,
  };
}

/** Deletes the inactive definitions of these families: otherwise ECS lists them for ever. */
export async function deleteTaskDefinitions(connection: AwsConnection, families: string[]): Promise<void> {
  await useEcs(connection, async (ecs) => {
    for (const familyPrefix of families) {
      const { taskDefinitionArns = [] } = await callAws('ecs:ListTaskDefinitions', () =>
        ecs.send(new ListTaskDefinitionsCommand({ familyPrefix, status: 'INACTIVE' })),
      );
      // ECS takes 10 in a request.
      for (let at = 0; at < taskDefinitionArns.length; at += 10) {
        const taskDefinitions = taskDefinitionArns.slice(at, at + 10);
        await callAws('ecs:DeleteTaskDefinitions', () =>
          ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions })),
        );
      }
    }
  });
}

/** vCPUs of all on-demand tasks of Fargate in the region that run or are about to; pods of EKS are not seen. */
export async function countTaskVcpus(connection: AwsConnection): Promise<number> {
  return useEcs(connection, async (client) => {
    let units = 0;
    await callAws('ecs:ListTasks', async () => {
      for await (const { clusterArns = [] } of paginateListClusters({ client }, {})) {
        for (const cluster of clusterArns) {
          // A page of tasks has at most 100, which is what one question about them takes.
          for await (const { taskArns = [] } of paginateListTasks({ client }, { cluster })) {
            if (taskArns.length === 0) continue;
            const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
            for (const { launchType, capacityProviderName, cpu } of tasks) {
              // Spot has a quota of its own.
              if (launchType === 'FARGATE' && capacityProviderName !== 'FARGATE_SPOT') units += Number(cpu ?? 0);
            }
          }
        }
      }
    });
    return units / unitsOfCpu;
  });
}

async function useEcs<T>(connection: AwsConnection, act: (ecs: ECSClient) => Promise<T>): Promise<T> {
  return useClient(new ECSClient(clientConfig(connection)), act);
}
