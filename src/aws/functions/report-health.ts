import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from '@aws-sdk/client-cloudwatch';
import { exchangesOf } from '../../lake/exchanges.ts';
import { optimizeLeaseKey, readLease } from '../services/lease.ts';
import { readObject } from '../services/objects.ts';
import { callAws, clientConfig } from '../services/connection.ts';
import type { JobProgress } from '../../tools/progress.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import {
  jobMetrics,
  readHealth,
  readMaintenanceHealth,
  maintenanceMetrics,
  type JobHealth,
  type MaintenanceHealth,
} from './health-metrics.ts';
import { iconsLoadedKey, type IconsLoaded } from './icons-note.ts';
import { readLakeSpec } from './lake-spec.ts';
import type { MaintenanceRun } from './maintenance-run.ts';

export interface ReportedHealth {
  jobs: JobHealth[];
  upkeep: MaintenanceHealth;
}

/** Turns what the jobs and the functions wrote about themselves into metrics. */
export async function reportHealth(lake: LakeEnvironment): Promise<ReportedHealth> {
  const { jobs, producers } = await readLakeSpec(lake);
  const now = new Date();
  const [lease, icons, ...health] = await Promise.all([
    readLease<Partial<MaintenanceRun>>({ connection: lake.connection, bucket: lake.artifacts, key: optimizeLeaseKey }),
    readNote<IconsLoaded>(lake, iconsLoadedKey),
    ...jobs.map(async ({ id, kind }) =>
      readHealth(id, await readNote<JobProgress>(lake, `progress/${id}.json`), {
        now,
        isFed: kind !== 'market-to-table' || exchangesOf(producers.quotes.source) !== undefined,
      }),
    ),
  ]);
  const maintenance = readMaintenanceHealth(lease?.note, icons?.at, now);
  const data = [
    ...health.flatMap((job) => jobMetrics(lake.lake, job, now)),
    ...maintenanceMetrics(lake.lake, maintenance, now),
  ];
  if (data.length > 0) await putMetrics(lake, data);
  return { jobs: health, upkeep: maintenance };
}

async function readNote<T>({ connection, artifacts }: LakeEnvironment, key: string): Promise<T | undefined> {
  const object = await readObject(connection, artifacts, key);
  return object === undefined ? undefined : (JSON.parse(object.text) as T);
}

async function putMetrics({ connection }: LakeEnvironment, data: MetricDatum[]): Promise<void> {
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
