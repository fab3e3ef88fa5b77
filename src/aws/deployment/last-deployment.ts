import { existsSync, readFileSync } from 'node:fs';
import { Fault } from '../../errors.ts';
import type { Deployment } from './deployment.ts';
import { findCluster, type RunningCluster } from '../services/emr.ts';
import { readLastDeployment } from './assembly.ts';
import type { AwsLake } from '../lake.ts';

/** The last deployment that was applied, undefined when there is none. */
export async function findDeployment(lake: AwsLake): Promise<Deployment | undefined> {
  if (lake.settings.aws.state === 's3') return (await readLastDeployment(lake))?.deployment;
  if (!existsSync(lake.layout.deployment)) return undefined;
  return JSON.parse(readFileSync(lake.layout.deployment, 'utf8')) as Deployment;
}

/** @throws Fault of kind `part` when the lake was not raised */
export async function requireDeployment(lake: AwsLake): Promise<Deployment> {
  const found = await findDeployment(lake);
  if (found !== undefined) return found;
  throw new Fault('part', `no lake ${lake.prefix} is up in ${lake.connection.region}`, {
    where: lake.bucket.name,
    next: 'Run "cryptodm up" first.',
  });
}

/** The lake's cluster, found by its name so that any machine works. @throws Fault of kind `part` when none runs */
export async function requireCluster(lake: AwsLake): Promise<RunningCluster> {
  const found = await findCluster(lake.connection, lake.names.cluster);
  if (found !== undefined) return found;
  throw new Fault('part', `no cluster ${lake.names.cluster} runs in ${lake.connection.region}`, {
    where: lake.names.cluster,
    next: 'Run "cryptodm up": it makes what is missing, also after the end of the time to live.',
  });
}
