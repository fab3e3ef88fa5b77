import { existsSync, readFileSync } from 'node:fs';
import { Fault } from '../../errors.ts';
import type { AwsLake } from '../lake.ts';
import { readObject, writeObject } from '../services/objects.ts';
import type { Deployment } from './deployment.ts';
import { readDeployment } from './migration.ts';

const key = 'deployment.json';

/** What the object in the state bucket holds; version 1 of a deployment left its time to live beside it. */
interface Stored {
  deployment: unknown;
  /** seconds */
  timeToLive?: number;
}

/** The last deployment that was applied, as the state bucket has it for every machine; undefined when there is none. */
export async function readLastDeployment(lake: AwsLake): Promise<Deployment | undefined> {
  const object = await readObject(lake.connection, lake.bucket.name, key);
  if (object === undefined) return undefined;
  const { deployment, timeToLive } = JSON.parse(object.text) as Stored;
  return readDeployment(deployment, `s3://${lake.bucket.name}/${key}`, timeToLive);
}

export async function writeLastDeployment(lake: AwsLake, deployment: Deployment): Promise<void> {
  const stored: Stored = { deployment };
  await writeObject(lake.connection, lake.bucket.name, key, `${JSON.stringify(stored, null, 1)}\n`);
}

/** The last deployment that was applied, wherever the lake keeps its state; undefined when there is none. */
export async function findDeployment(lake: AwsLake): Promise<Deployment | undefined> {
  if (lake.settings.aws.state === 's3') return readLastDeployment(lake);
  const { deployment } = lake.layout;
  if (!existsSync(deployment)) return undefined;
  return readDeployment(JSON.parse(readFileSync(deployment, 'utf8')), deployment);
}

/** @throws Fault of kind `part` when the lake is not up */
export async function requireDeployment(lake: AwsLake): Promise<Deployment> {
  const found = await findDeployment(lake);
  if (found !== undefined) return found;
  throw new Fault('part', `no lake ${lake.prefix} is up in ${lake.connection.region}`, {
    where: lake.bucket.name,
    next: 'Run "cryptodm up" first.',
  });
}
