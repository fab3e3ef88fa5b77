import { findJdk } from '../../toolchain/jdk.ts';
import { thisMachine } from '../../toolchain/machine.ts';
import { findMaven } from '../../toolchain/maven.ts';
import { packageFolder } from '../../toolchain/preparation.ts';
import type { FunctionName } from '../../lake/functions.ts';
import type { Work } from '../../work.ts';
import { callFunction } from '../calls/function-calls.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { AwsLake } from '../lake.ts';
import { readEvents } from '../services/cloudwatch-logs.ts';
import { describeServices, describeTask, hasTasks, startTask, updateService } from '../services/container-services.ts';
import { hasImage, openRegistry } from '../services/image-registry.ts';
import type { ImageStore } from '../steps/producer-image.ts';
import type { ProducerCluster } from '../steps/producer-tasks.ts';
import { buildImage } from './image.ts';
import { pushImage } from './registry.ts';

/** ECS of a lake. */
export function producerCluster(lake: AwsLake): ProducerCluster {
  const { connection, names } = lake;
  return {
    services: (cluster, wanted) => describeServices(connection, cluster, wanted),
    update: (cluster, wanted) => updateService(connection, cluster, wanted),
    hasTasks: (cluster) => hasTasks(connection, cluster),
    start: (cluster, task) => startTask(connection, cluster, task),
    task: (cluster, arn) => describeTask(connection, cluster, arn),
    log: async (name, arn) => {
      const lines: string[] = [];
      const stream = `task/${name}/${arn.split('/').at(-1) ?? ''}`;
      const range = { group: names.producerLogs, stream, from: Date.now() - 3_600_000 };
      for await (const { line } of readEvents(connection, range, AbortSignal.timeout(30_000))) lines.push(line);
      return lines.slice(-20);
    },
    invoke: async (name, signal) => {
      await callFunction(lake, name as FunctionName, {}, signal);
    },
    // A task of Fargate starts within a minute or two; one that can't be placed is tried again by ECS.
    withinMs: 10 * 60_000,
    everyMs: 2000,
  };
}

/** The repository of a lake, and the image that this machine builds. */
export function imageStore(lake: AwsLake, work: Work, { jars, containers }: Deployment): ImageStore {
  return {
    has: (repository, tag) => hasImage(lake.connection, repository, tag),
    push: async (repository, tag, signal, progress) => {
      progress('building the image');
      const jdk = findJdk(thisMachine(work.env));
      const archive = await buildImage({
        packageFolder: packageFolder(work.entry),
        cache: lake.settings.paths.cache,
        jars,
        architecture: containers?.architecture ?? 'amd64',
        tools: { jdk, maven: await findMaven(thisMachine(work.env), jdk, signal) },
        signal,
      });
      progress('pushing the image');
      await pushImage(archive, { ...(await openRegistry(lake.connection)), repository, tag }, signal);
    },
  };
}
