import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../../errors.ts';
import { composeDeployment, type Artifact } from '../lake-steps.ts';
import type { Deployment } from './deployment.ts';
import { isMacieOn } from '../services/macie.ts';
import { readObject, writeObject } from '../services/objects.ts';
import { provideNodeCertificate } from '../certificates/node-certificate.ts';
import { publicAddress } from '../hosts/public-address.ts';
import { provideSshKey } from '../hosts/ssh-key.ts';
import { packageFolder, prepareJars } from '../../toolchain/preparation.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';

/** The last deployment that was applied, as the state bucket holds it for every machine. */
export interface LastDeployment {
  deployment: Deployment;
  /** seconds that were asked for when `expiresAt` was set */
  timeToLive: number;
}

const key = 'deployment.json';

export async function readLastDeployment(lake: AwsLake): Promise<LastDeployment | undefined> {
  const object = await readObject(lake.connection, lake.bucket.name, key);
  return object === undefined ? undefined : (JSON.parse(object.text) as LastDeployment);
}

export async function writeLastDeployment(lake: AwsLake, deployment: Deployment): Promise<void> {
  const last: LastDeployment = { deployment, timeToLive: lake.settings.aws.timeToLive };
  await writeObject(lake.connection, lake.bucket.name, key, `${JSON.stringify(last, null, 1)}\n`);
}

/** Puts together what the constructs are told: builds what is missing, asks what only this machine knows. */
export async function assembleDeployment(
  lake: AwsLake,
  work: Work,
  given: { accountId: string; last: LastDeployment | undefined; state: Deployment['state'] },
): Promise<Deployment> {
  const jars = await prepareJars(work);
  const { caller } = lake.settings.aws;
  return composeDeployment(lake.lake, lake.settings, {
    prefix: lake.prefix,
    accountId: given.accountId,
    callerCidr: `${caller ?? (await publicAddress(work.signal))}/32`,
    publicKey: await provideSshKey(lake.layout.key, `${lake.prefix}-producers`),
    expiresAt: expiry(lake.settings.aws.timeToLive, given.last, new Date()),
    extent: 'whole',
    state: given.state,
    macie: await chooseMacie(lake, given.last),
    jars: await hashFiles(clusterJars.map((jar) => jars.path(jar))),
    certificates: provideNodeCertificate(lake.layout.nodeCertificate, lake.settings.aws.region),
    functions: {
      ...(await functionArchives(packageFolder(work.entry))),
      'create-tables': await hashed(jars.path('CreateTables-1.0.jar')),
    },
  });
}

/** Jars that run in the account; the rest is for this machine. */
const clusterJars = [
  'ProducerCrypto-1.0.jar',
  'ProducerTrader-1.0.jar',
  'KafkaConsumerCryptoS3-1.0.jar',
  'KafkaConsumerTraderS3-1.0.jar',
  'KafkaConsumerCryptoElastic-1.0.jar',
  'LakeLayers-1.0.jar',
  'IcebergOptimize-1.0.jar',
] as const;

/** A time to live that runs goes on; one that has ended, or that was asked for anew with another length, begins now. */
export function expiry(timeToLive: number, last: LastDeployment | undefined, now: Date): string | undefined {
  if (timeToLive === 0) return undefined;
  const standing = last?.deployment.expiresAt;
  if (standing !== undefined && last?.timeToLive === timeToLive && standing > now.toISOString()) return standing;
  return new Date(now.getTime() + timeToLive * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** There is one Macie connection an account and region: one that somebody else began is used and never ended by us. */
async function chooseMacie(lake: AwsLake, last: LastDeployment | undefined): Promise<Deployment['macie']> {
  if (!lake.settings.aws.macie) return 'off';
  if (last?.deployment.macie === 'create' || last?.deployment.macie === 'adopt') return last.deployment.macie;
  return (await isMacieOn(lake.connection)) ? 'adopt' : 'create';
}

async function functionArchives(folder: string): Promise<Record<string, Artifact>> {
  const archives = join(folder, 'dist', 'functions');
  const names = existsSync(archives) ? readdirSync(archives).filter((name) => name.endsWith('.zip')) : [];
  if (names.length === 0) {
    throw new Fault('internal', 'the functions were not built', { where: archives, next: 'Run "npm run build".' });
  }
  const files = await hashFiles(names.sort().map((name) => join(archives, name)));
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [basename(name, '.zip'), file]));
}

/** Files by their names. */
async function hashFiles(paths: string[]): Promise<Record<string, Artifact>> {
  const files = await Promise.all(paths.map(async (path) => [basename(path), await hashed(path)]));
  return Object.fromEntries(files) as Record<string, Artifact>;
}

async function hashed(path: string): Promise<Artifact> {
  return { path, sha256: await hashFile(path) };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
