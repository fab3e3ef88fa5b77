import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from '@aws-sdk/client-cloudwatch';
import { readObject } from '../tools/aws/objects.ts';
import { callAws, clientConfig } from '../tools/aws/session.ts';
import type { JobProgress } from '../tools/progress.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';
import { readLakeSpec } from './lake-spec.ts';

/** How a job does; null for what it has not told. */
export interface JobHealth {
  id: string;
  /** seconds since the newest record that is visible was produced */
  freshness: number | null;
  /** records that are not read yet */
  lag: number | null;
  /** since the job started */
  badRecords: number | null;
}

/** Turns what the jobs wrote of themselves into metrics. */
export async function reportHealth(lake: LakeEnvironment): Promise<{ jobs: JobHealth[] }> {
  const { jobs } = await readLakeSpec(lake);
  const now = new Date();
  const health = await Promise.all(
    jobs.map(async ({ id }) => {
      const object = await readObject(lake.place, lake.artifacts, `progress/${id}.json`);
      return readHealth(id, object === undefined ? undefined : (JSON.parse(object.text) as JobProgress), now);
    }),
  );
  const data = health.flatMap((job) => metricsOf(lake.lake, job, now));
  if (data.length > 0) await putMetrics(lake, data);
  return { jobs: health };
}

/** Freshness grows while the job is silent: it is measured from the newest record's production to now. */
export function readHealth(id: string, progress: JobProgress | undefined, now: Date): JobHealth {
  const producedAt = Date.parse(progress?.freshness?.producedAt ?? '');
  return {
    id,
    freshness: Number.isNaN(producedAt) ? null : Math.max(0, (now.getTime() - producedAt) / 1000),
    lag: progress?.lag ?? null,
    badRecords: progress?.badRecords ?? null,
  };
}

function metricsOf(lake: string, { id, freshness, lag, badRecords }: JobHealth, now: Date): MetricDatum[] {
  const metrics = [
    { MetricName: 'Freshness', Unit: 'Seconds', Value: freshness },
    { MetricName: 'Lag', Unit: 'Count', Value: lag },
    { MetricName: 'BadRecords', Unit: 'Count', Value: badRecords },
  ] as const;
  const Dimensions = [
    { Name: 'Lake', Value: lake },
    { Name: 'Job', Value: id },
  ];
  return metrics.flatMap(({ Value, ...metric }) =>
    Value === null ? [] : [{ ...metric, Value, Dimensions, Timestamp: now }],
  );
}

async function putMetrics({ place }: LakeEnvironment, data: MetricDatum[]): Promise<void> {
  const cloudwatch = new CloudWatchClient(clientConfig(place));
  try {
    await callAws('cloudwatch:PutMetricData', () =>
      cloudwatch.send(new PutMetricDataCommand({ Namespace: 'CryptoLake', MetricData: data })),
    );
  } finally {
    cloudwatch.destroy();
  }
}

export const handler = handle(reportHealth);
