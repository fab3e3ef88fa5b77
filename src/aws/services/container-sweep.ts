import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
} from '@aws-sdk/client-ecs';
import { awsErrorName, clientConfig, useClient } from './connection.ts';
import type { Kind } from './swept-kind.ts';

/** Asks ECS about some ARNs of one kind; a cluster that has gone has nothing in it. */
function ofEcs(kind: string, action: Kind['action'], ask: (ecs: ECSClient, arns: string[]) => Promise<string[]>): Kind {
  return {
    action,
    belongs: new RegExp(`:ecs:[^:]*:[^:]*:${kind}/`),
    find: (connection, arns) => useClient(new ECSClient(clientConfig(connection)), (ecs) => ask(ecs, arns)),
  };
}

/** ARNs by the cluster that is in them: `.../service/CLUSTER/NAME`. */
async function inClusters(arns: string[], ask: (cluster: string, arns: string[]) => Promise<string[]>) {
  const clusters = new Set(arns.map((arn) => arn.split('/').at(-2) ?? ''));
  const found: string[] = [];
  for (const cluster of clusters) {
    const own = arns.filter((arn) => arn.split('/').at(-2) === cluster);
    // ECS takes up to 10 services in a request.
    for (let at = 0; at < own.length; at += 10) {
      try {
        found.push(...(await ask(cluster, own.slice(at, at + 10))));
      } catch (error) {
        if (awsErrorName(error) !== 'ClusterNotFoundException') throw error;
      }
    }
  }
  return found;
}

/** What ECS and ECR still have; clusters, services and definitions are listed for long after their end. */
export const containerKinds: readonly Kind[] = [
  ofEcs('cluster', 'ecs:DescribeClusters', async (ecs, arns) => {
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: arns }));
    return clusters.flatMap(({ clusterArn, status }) => (status === 'INACTIVE' ? [] : (clusterArn ?? [])));
  }),
  ofEcs('service', 'ecs:DescribeServices', (ecs, arns) =>
    inClusters(arns, async (cluster, own) => {
      const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: own }));
      return services.flatMap(({ serviceArn, status }) => (status === 'INACTIVE' ? [] : (serviceArn ?? [])));
    }),
  ),
  ofEcs('task', 'ecs:DescribeTasks', (ecs, arns) =>
    inClusters(arns, async (cluster, own) => {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: own }));
      return tasks.flatMap(({ taskArn, lastStatus }) => (lastStatus === 'STOPPED' ? [] : (taskArn ?? [])));
    }),
  ),
  ofEcs('task-definition', 'ecs:DescribeTaskDefinition', async (ecs, arns) => {
    const found: string[] = [];
    for (const taskDefinition of arns) {
      try {
        const { taskDefinition: one } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
        if (one?.status === 'ACTIVE') found.push(taskDefinition);
      } catch (error) {
        if (awsErrorName(error) !== 'ClientException') throw error;
      }
    }
    return found;
  }),
  {
    action: 'ecr:DescribeRepositories',
    belongs: /:ecr:[^:]*:[^:]*:repository\//,
    find: (connection, names) =>
      useClient(new ECRClient(clientConfig(connection)), async (ecr) => {
        const found: string[] = [];
        for (const name of names) {
          try {
            await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
            found.push(name);
          } catch (error) {
            if (awsErrorName(error) !== 'RepositoryNotFoundException') throw error;
          }
        }
        return found;
      }),
  },
];
