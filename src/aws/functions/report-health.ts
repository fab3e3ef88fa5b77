import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from '@aws-sdk/client-cloudwatch';
import { exchangesOf } from '../../lake/exchanges.ts';
import { listProducerTasks } from '../containers/tasks.ts';
import { describeServices } from '../services/container-services.ts';
import { findCluster } from '../services/emr.ts';
import { readIntent } from '../services/intent.ts';
import { optimizeLeaseKey, readLease } from '../services/lease.ts';
import { readObject } from '../services/objects.ts';
import { callAws, clientConfig } from '../services/connection.ts';
import { readSecret } from '../services/secrets-manager.ts';
import { answersSearch } from '../search/answer.ts';
import type { JobProgress } from '../../tools/progress.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import {
  jobMetrics,
  readHealth,
  readMaintenanceHealth,
  maintenanceMetrics,
  partMetrics,
  producerMetrics,
  type JobHealth,
  type MaintenanceHealth,
  type PartHealth,
  type ProducerHealth,
} from './health-metrics.ts';
import { iconsLoadedKey, type IconsLoaded } from './icons-note.ts';
import { readLakeSpec, type LakeSpec } from './lake-spec.ts';
import type { MaintenanceRun } from './maintenance-run.ts';

/** `silent`: why there is nothing to measure. */
export type ReportedHealth =
  | {
      jobs: JobHealth[];
      upkeep: MaintenanceHealth;
      parts: PartHealth;
      /** those in containers; none where they are stopped on purpose, or have a host */
      producers: ProducerHealth[];
    }
  | { silent: string };

/**
 * Turns what the jobs and the functions wrote about themselves into metrics. A lake that was ended on purpose is silent: what its jobs wrote
 * last only gets older.
 */
export async function reportHealth(lake: LakeEnvironment): Promise<ReportedHealth> {
  const now = new Date();
  const { connection, artifacts } = lake;
  const [intent, cluster] = await Promise.all([
    readIntent(connection, artifacts),
    findCluster(connection, lake.variable('CLUSTER_NAME') ?? `${lake.lake}-jobs`),
  ]);
  const isOver = intent?.expiresAt !== undefined && Date.parse(intent.expiresAt) <= now.getTime();
  if (intent?.endedAt !== undefined || isOver) return { silent: 'the time to live has ended' };
  const clusters = intent?.producingSince === undefined ? null : cluster === undefined ? 0 : 1;
  const producers = intent?.producingSince === undefined ? [] : await countTasks(lake);
  const ofProducers = producers.flatMap((producer) => producerMetrics(lake.lake, producer, now));
  if (cluster === undefined) {
    const parts = { clusters, searchFailures: null };
    await putMetrics(lake, [...partMetrics(lake.lake, parts, now), ...ofProducers]);
    return { silent: 'no cluster runs the jobs' };
  }
  const spec = await readLakeSpec(lake);
  const [lease, icons, searchFailures, ...health] = await Promise.all([
    readLease<Partial<MaintenanceRun>>({ connection, bucket: artifacts, key: optimizeLeaseKey }),
    readNote<IconsLoaded>(lake, iconsLoadedKey),
    countSearchFailures(lake, spec.search),
    ...spec.jobs.map(async ({ id, kind }) =>
      readHealth(id, await readNote<JobProgress>(lake, `progress/${id}.json`), {
        now,
        fedSince:
          kind !== 'market-to-table' || exchangesOf(spec.producers.quotes.source) !== undefined
            ? intent?.producingSince
            : undefined,
      }),
    ),
  ]);
  const maintenance = readMaintenanceHealth({ run: lease?.note, loadedAt: icons?.at, madeAt: intent?.madeAt }, now);
  const parts = { clusters, searchFailures };
  await putMetrics(lake, [
    ...health.flatMap((job) => jobMetrics(lake.lake, job, now)),
    ...maintenanceMetrics(lake.lake, maintenance, now),
    ...partMetrics(lake.lake, parts, now),
    ...ofProducers,
  ]);
  return { jobs: health, upkeep: maintenance, parts, producers };
}

/** The tasks that run of each producer, where they are containers: none of one whose task can't be started, or ends again at once. */
async function countTasks(lake: LakeEnvironment): Promise<ProducerHealth[]> {
  const cluster = lake.variable('PRODUCER_CLUSTER');
  if (cluster === undefined) return [];
  const serviceOf = (task: string) => `${lake.lake}-${task}`;
  const tasks = listProducerTasks().map(({ name }) => name);
  const services = await describeServices(lake.connection, cluster, tasks.map(serviceOf));
  return tasks.map((id) => ({ id, running: services.find(({ name }) => name === serviceOf(id))?.running ?? 0 }));
}

/** Asks the index as a reader would. A cluster of one's own may be out of reach from here, so only Elastic Cloud is asked. */
async function countSearchFailures(lake: LakeEnvironment, { url, index }: LakeSpec['search']): Promise<number | null> {
  const secret = lake.variable('SEARCH_SECRET');
  if (secret === undefined || index === undefined) return null;
  const { username, password } = (await readSecret(lake.connection, secret)) ?? {};
  if (username === undefined || password === undefined) return null;
  return (await answersSearch({ url, username, password }, index)) ? 0 : 1;
}

async function readNote<T>({ connection, artifacts }: LakeEnvironment, key: string): Promise<T | undefined> {
  const object = await readObject(connection, artifacts, key);
  return object === undefined ? undefined : (JSON.parse(object.text) as T);
}

async function putMetrics({ connection }: LakeEnvironment, data: MetricDatum[]): Promise<void> {
  if (data.length === 0) return;
  const cloudwatch = new CloudWatchClient(clientConfig(connection));
  try {
    await callAws('cloudwatch:PutMetricData', () =>
      cloudwatch.send(new PutMetricDataCommand({ Namespace: 'CryptoLake', MetricData: data })),
    );
  } finally {
    cloudwatch.destroy();
  }
}

export const handler = handle(reportHealth);
