import { isStreamJob, type Lake, type Schedule } from '../../lake/schema.ts';
import type { Settings } from '../../settings/schema.ts';
import { databaseOf, layers } from '../../lake/databases.ts';
import { Fault } from '../../errors.ts';
import { requireSamePartitions } from '../../lake/partitions.ts';
import { lackOfMemory } from '../jobs/cluster-memory.ts';
import { executorsOf } from '../jobs/emr-step.ts';
import { requirePrefix } from '../lake.ts';
import { imageTag } from '../containers/image.ts';
import { maintenanceMain } from '../maintenance/spark-job.ts';
import type { Deployment } from './deployment.ts';

/** A file that the deployment uploads into the account. */
export interface Artifact {
  path: string;
  sha256: string;
}

/** What is known about the caller, the account and the artifacts when a deployment is put together. */
export interface DeploymentFacts {
  accountId: string;
  /** `a.b.c.d/32` */
  callerCidr?: string;
  /** absent where the producers have no host */
  publicKey?: string;
  expiresAt: string | undefined;
  zones: number;
  jobsZone: number;
  /** absent where another cluster is used */
  cloud?: { region: string; version: string } | undefined;
  extent: Deployment['extent'];
  backend: Deployment['backend'];
  macieSession: Deployment['macieSession'];
  jars: Record<string, Artifact>;
  functions: Record<string, Artifact>;
  /** the zip with which the cluster's nodes speak TLS */
  certificates?: Artifact;
}

/**
 * The input of the constructs.
 * @param partitions of the topics that exist, by name
 * @throws Fault of kind `settings` when no prefix is given, when the jobs do not fit into the cluster, or when the topics that exist have other partitions
 */
export function composeDeployment(
  lake: Lake,
  settings: Settings,
  facts: DeploymentFacts,
  partitions: ReadonlyMap<string, number> = new Map(),
): Deployment {
  const { aws, elastic } = settings;
  requireSamePartitions(lake, partitions);
  const executors = executorsOf(settings);
  const lack = lackOfMemory(aws.emr, lake.jobs, executors);
  if (lack !== undefined) {
    throw new Fault('settings', `the stream jobs do not fit into the cluster: ${lack}`, {
      where: 'aws.emr.core',
      next: 'Choose a larger type or a larger aws.emr.coreCount (default: 1 x m6g.xlarge), or smaller aws.emr.executors or aws.emr.executorMemory.',
    });
  }
  const lackBeside =
    aws.upkeep === 'emr' ? lackOfMemory(aws.emr, [...lake.jobs, maintenanceMain], executors) : undefined;
  if (lackBeside !== undefined) {
    throw new Fault('settings', `the maintenance does not fit into the cluster beside the stream jobs: ${lackBeside}`, {
      where: 'aws.upkeep',
      next: 'Set "aws.upkeep" to glue or athena, or choose a larger aws.emr.core.',
    });
  }
  const { expiresAt, cloud, ...known } = facts;
  return {
    version: 2,
    ...known,
    aws: { ...aws, prefix: requirePrefix(settings) },
    ...(expiresAt === undefined ? {} : { expiresAt }),
    databases: layers.map((layer) => ({ name: databaseOf(layer, aws.databasePrefix), layer })),
    topics: lake.topics.map(({ id, name, partitions, retentionDays }) => ({ id, name, partitions, retentionDays })),
    tables: lake.tables.map(({ name }) => ({ name })),
    jobs: lake.jobs.map((job) => ({
      id: job.id,
      title: job.title,
      jar: job.jar,
      ...(isStreamJob(job) ? { topic: job.topic } : {}),
    })),
    schedules: { icons: cronOf(lake, 'assets'), optimize: cronOf(lake, 'optimize') },
    alarms: lake.alarms.map(({ id, title, severity, account: { threshold, holdSeconds } }) => ({
      ...{ id, title, severity, threshold, holdSeconds },
    })),
    coinapiUrl: settings.coinapi.url,
    ...(aws.producers === 'fargate' ? { containers: containersOf(aws.containers, facts.jars) } : {}),
    search: searchOf(elastic, cloud),
  };
}

function containersOf(
  { architecture, image }: Settings['aws']['containers'],
  jars: DeploymentFacts['jars'],
): NonNullable<Deployment['containers']> {
  const own = { kind: 'own', tag: imageTag(jars, architecture) } as const;
  return { architecture, image: image === undefined ? own : { kind: 'published', name: image } };
}

function searchOf(
  { url, cloud: { size } }: Settings['elastic'],
  cloud: DeploymentFacts['cloud'],
): Deployment['search'] {
  if (url !== undefined) return { kind: 'existing', url };
  if (cloud === undefined) throw new Error('a deployment in Elastic Cloud needs a region and a version');
  return { kind: 'cloud', ...cloud, size };
}

/** A schedule in the syntax of EventBridge: "Cron expressions" of its guide. */
function cronOf(lake: Lake, id: Schedule['id']): string {
  const schedule = lake.schedules.find((candidate) => candidate.id === id);
  if (schedule === undefined) throw new Error(`the lake declares no schedule ${id}`);
  const [hour = 0, minute = 0] = schedule.at.split(':').map(Number);
  const days = schedule.every === 'day' ? '* * ?' : `? * ${schedule.on.slice(0, 3).toUpperCase()}`;
  return `cron(${String(minute)} ${String(hour)} ${days} *)`;
}
