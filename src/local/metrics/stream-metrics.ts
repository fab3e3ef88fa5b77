import type { JobStatus, LakeStatus } from '../status/model.ts';
import { counter, gauge, timestamp, type Metric } from './metric.ts';

/** It reads tables: what it has not taken are their commits. */
const layersJob = 'lake-layers';

const jobs =
  (sample: (job: JobStatus) => number | undefined): Metric['samples'] =>
  (status) =>
    status.jobs.map((job) => [{ job: job.id }, sample(job)]);
const producers =
  (sample: (producer: LakeStatus['producers'][number]) => number | undefined): Metric['samples'] =>
  (status) =>
    status.producers.map((producer) => [{ producer: producer.id, source: producer.source }, sample(producer)]);

/** Progress of stream jobs and producers. */
export const streamMetrics: readonly Metric[] = [
  gauge(
    'job_running',
    'Whether the job runs; it does not while it starts or tries again.',
    ['job'],
    jobs(({ state }) => Number(state === 'running')),
  ),
  gauge('job_lag_records', 'Records in the topic that the job has not taken.', ['job'], (status) =>
    status.jobs.filter(({ id }) => id !== layersJob).map((job) => [{ job: job.id }, job.lag]),
  ),
  gauge('job_lag_commits', 'Commits of its tables that the job has not taken.', ['job'], (status) =>
    status.jobs.filter(({ id }) => id === layersJob).map((job) => [{ job: job.id }, job.lag]),
  ),
  gauge(
    'job_freshness_seconds',
    'Time from the production of the newest record of the last batch to its visibility in the store.',
    ['job'],
    jobs(({ freshnessSeconds }) => freshnessSeconds),
  ),
  gauge(
    'job_last_visible_timestamp_seconds',
    'When a record became visible last.',
    ['job'],
    jobs(({ visibleAt }) => timestamp(visibleAt)),
  ),
  gauge(
    'job_last_batch_duration_seconds',
    'How long the last batch took.',
    ['job'],
    jobs(({ lastBatchMs }) => (lastBatchMs === undefined ? undefined : lastBatchMs / 1000)),
  ),
  counter(
    'job_batches',
    'Batches since the job was started.',
    ['job'],
    jobs(({ batches }) => batches),
  ),
  counter(
    'job_rows',
    'Rows written since the job was started.',
    ['job'],
    jobs(({ rows }) => rows),
  ),
  counter(
    'job_bad_records',
    'Malformed records since the job was started.',
    ['job'],
    jobs(({ badRecords }) => badRecords),
  ),
  counter(
    'job_lost_records',
    'Records that the broker had removed before the job read them, since the job was started.',
    ['job'],
    jobs(({ lostRecords }) => lostRecords),
  ),
  counter(
    'producer_sent_records',
    'Records that the producer has sent since it was started.',
    ['producer', 'source'],
    producers(({ sent }) => sent),
  ),
  counter(
    'producer_acknowledged_records',
    'Records of the producer that Kafka has acknowledged since it was started.',
    ['producer', 'source'],
    producers(({ acknowledged }) => acknowledged),
  ),
  gauge(
    'producer_troubles',
    'Troubles that the producer has right now.',
    ['producer', 'source'],
    producers(({ troubles }) => troubles.length),
  ),
  gauge(
    'producer_clock_offset_seconds',
    'How much the clock of the source is ahead of ours.',
    ['producer', 'source'],
    producers(({ clockOffset }) => clockOffset),
  ),
];
