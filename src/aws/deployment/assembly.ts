import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../../errors.ts';
import { composeDeployment, type Artifact, type DeploymentFacts } from './composition.ts';
import type { Deployment } from './deployment.ts';
import { isMacieOn } from '../services/macie.ts';
import { provideNodeCertificate } from '../certificates/node-certificate.ts';
import { fetchMachineKeys } from './machine-keys.ts';
import { publicAddress } from '../hosts/public-address.ts';
import { provideSshKey } from '../hosts/ssh-key.ts';
import { packageFolder, prepareJars } from '../../toolchain/preparation.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';
import { expiry } from './time-to-live.ts';

/** Puts the input of the constructs together: builds what is missing, looks up what only this machine knows. */
export async function assembleDeployment(
  lake: AwsLake,
  work: Work,
  given: Pick<DeploymentFacts, 'accountId' | 'zones' | 'cloud' | 'backend'> & {
    /** of which the time to live counts */
    last: Deployment | undefined;
    /** what exists, wherever its state is */
    standing: Deployment | undefined;
  },
): Promise<Deployment> {
  const jars = await prepareJars(work);
  const stored = given.backend.kind === 's3' ? await fetchMachineKeys(lake) : undefined;
  // Without the brokers there are no topics.
  const topics = given.standing?.extent === 'whole' ? given.standing.topics : [];
  const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions]));
  const facts: DeploymentFacts = {
    accountId: given.accountId,
    zones: given.zones,
    // A standing cluster stays where it is: in another subnet it would be another one.
    jobsZone: Math.min(given.standing?.jobsZone ?? 0, given.zones - 1),
    cloud: given.cloud,
    ...(await wayToHost(lake, work, stored)),
    expiresAt: expiry(lake.settings.aws.timeToLive, given.last, new Date()),
    extent: 'whole',
    backend: given.backend,
    macieSession: await chooseMacie(lake, given.last),
    jars: await hashFiles(accountJars.map((jar) => jars.path(jar))),
    certificates: provideNodeCertificate(lake.layout.nodeCertificate, lake.settings.aws.region),
    functions: {
      ...(await functionArchives(packageFolder(work.entry))),
      'create-tables': await hashed(jars.path('CreateTables-1.0.jar')),
    },
  };
  return composeDeployment(lake.lake, lake.settings, facts, partitions);
}

/** What the host needs of this machine; nothing where there is none. @param stored the public key that the account has */
async function wayToHost(
  lake: AwsLake,
  work: Work,
  stored: string | undefined,
): Promise<Pick<DeploymentFacts, 'callerCidr' | 'publicKey'>> {
  const { caller, host, producers } = lake.settings.aws;
  if (producers === 'fargate') return {};
  return {
    // Through Session Manager nobody comes in from outside.
    ...(host.connection === 'ssh' ? { callerCidr: `${caller ?? (await publicAddress(work.signal))}/32` } : {}),
    publicKey: stored ?? (await provideSshKey(lake.layout.key, `${lake.prefix}-producers`)),
  };
}

/** Jars that run in the account; the others run on this machine. */
export const accountJars = [
  'ProducerCrypto-1.0.jar',
  'ProducerTrader-1.0.jar',
  'KafkaConsumerCryptoS3-1.0.jar',
  'KafkaConsumerTraderS3-1.0.jar',
  'KafkaConsumerMarketS3-1.0.jar',
  'KafkaConsumerCryptoElastic-1.0.jar',
  'LakeLayers-1.0.jar',
  'IcebergOptimize-1.0.jar',
] as const;

/** An account has one Macie session a region: a session that is on already is used and left on. */
async function chooseMacie(lake: AwsLake, last: Deployment | undefined): Promise<Deployment['macieSession']> {
  if (!lake.settings.aws.macie) return 'off';
  if (last !== undefined && last.macieSession !== 'off') return last.macieSession;
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
