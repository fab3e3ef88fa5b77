import { deepEqual, equal, match } from 'node:assert/strict';
import { jobStatus, type AwsLakeStatus } from '../../../../src/aws/status/status.ts';
import { nameAwsProblems } from '../../../../src/aws/status/problems.ts';
import { figuresOf } from '../../../../src/tools/job-figures.ts';
import { renderAwsStatus } from '../../../../src/aws/status/status-text.ts';
import type { JobProgress } from '../../../../src/tools/progress.ts';

const job = { id: 'quotes-iceberg', title: 'quotes' };
const progress = (at: string, state: JobProgress['state']): JobProgress => ({
  job: job.id,
  at,
  state,
  since: at,
  batch: 3,
  batches: 4,
  rows: 12,
  inputRows: 12,
  batchMs: 800,
  offsets: {},
  generation: 1,
  badRecords: 0,
  triggered: true,
});
const step = (state: string) => ({ id: 's-1', state, created: new Date('2025-07-08T05:00:00Z') });

const sample: AwsLakeStatus = {
  target: 'aws',
  prefix: 'acme-lake',
  region: 'us-east-1',
  account: '123456789012',
  state: 'up',
  brokers: { state: 'ACTIVE', brokers: 3, type: 'kafka.t3.small' },
  cluster: { id: 'j-1', state: 'RUNNING' },
  host: { id: 'i-1', state: 'running', type: 't4g.small', address: '203.0.113.9', since: undefined },
  services: undefined,
  jobs: [jobStatus(job, step('RUNNING'), progress('2025-07-08T05:01:00Z', 'running'))],
  problems: [],
  growing: [],
  producers: [{ id: 'quotes', at: '2025-07-08T05:01:00Z', line: 'polling' }],
  expiresAt: '2025-07-08T06:31:00Z',
  maintenance: undefined,
  guards: { budget: 'sees', unconfirmed: [] },
  cost: { perHour: 0.75, unpriced: [] },
};

describe('jobStatus', () => {
  it('is what the step is, and within a running step what the job says', () => {
    equal(jobStatus(job, undefined, progress('2025-07-08T05:01:00Z', 'running')).state, 'down');
    equal(jobStatus(job, step('PENDING'), undefined).state, 'pending');
    equal(jobStatus(job, step('RUNNING'), undefined).state, 'starting');
    equal(jobStatus(job, step('RUNNING'), progress('2025-07-08T05:01:00Z', 'retrying')).state, 'retrying');
  });

  it('does not take the last words of an earlier step for those of this one', () => {
    equal(jobStatus(job, step('RUNNING'), progress('2025-07-08T04:59:00Z', 'running')).state, 'starting');
  });
});

describe('renderAwsStatus', () => {
  const status = (changes: Partial<AwsLakeStatus>): AwsLakeStatus => ({ ...sample, ...changes });
  const now = new Date('2025-07-08T05:02:00Z');

  it('tells parts, cost and end', () => {
    const text = renderAwsStatus(status({}), now);
    match(text, /about 0\.75 dollars an hour, ends in 89 min/);
    match(text, /Kafka \(MSK\) +active +3 x kafka\.t3\.small/);
    match(text, /producer of quotes: 60 s ago: polling/);
  });

  it('tells what the services of the producers do, and what ECS says of one that does not start', () => {
    const one = { arn: 'a', definition: 'd', desired: 1, running: 1, pending: 0, deployments: 1, event: undefined };
    const services = [
      { ...one, name: 'acme-lake-producer-quotes' },
      { ...one, name: 'acme-lake-producer-trades', running: 0, event: 'unable to place a task' },
    ];
    const text = renderAwsStatus(status({ host: undefined, services }), now);
    match(text, /acme-lake-producer-quotes \(ECS\) +running/);
    match(text, /acme-lake-producer-trades \(ECS\) +starting +unable to place a task/);
    equal(/EC2/.test(text), false);
  });

  it('tells what the tables will take, where that is known', () => {
    const growth = { rowsPerSecond: 1000, bytesPerRow: 50 };
    const growing = [{ name: 'crypto_db.market_trade', bytes: 1e9, growth, keptDays: 30 }];
    match(
      renderAwsStatus(status({ growing }), now),
      /crypto_db\.market_trade of 30 days will take about 164\.2 GB at the present rate \(1000\.0 rows\/s of 50 bytes\); all tables get 163\.2 GB in 38 days/,
    );
  });

  it('says what does not guard or inform yet', () => {
    const text = (guards: AwsLakeStatus['guards'], more: Partial<AwsLakeStatus> = {}) =>
      renderAwsStatus(status({ guards, ...more }), now);
    const blind = text({ budget: 'blind', unconfirmed: ['ana@example.com'] });
    match(blind, /! The budget sees no costs, because the tag "lake" is not active/);
    match(blind, /Until then the time to live is what limits the cost/);
    match(blind, /! ana@example\.com gets no alarm/);
    match(text({ budget: 'blind', unconfirmed: [] }, { expiresAt: undefined }), /this lake has no time to live/);
    equal(/!/.test(text({ budget: 'unknown', unconfirmed: [] })), false);
  });

  it('says what to do after the time to live, and before the first up', () => {
    match(
      renderAwsStatus(status({ state: 'ended', expiresAt: '2025-07-08T05:00:00Z' }), now),
      /the data is still there.*\n.*ended at/,
    );
    match(renderAwsStatus(status({ state: 'down' }), now), /Start it with "cryptodm up"/);
  });
});

describe('nameAwsProblems', () => {
  const now = new Date('2025-07-08T05:02:00Z');
  const said = (changes: Partial<JobProgress>): JobProgress => ({
    ...progress('2025-07-08T05:01:00Z', 'running'),
    ...changes,
  });
  const find = (its: JobProgress | undefined, metadata: { table: string; text: string | undefined }[] = []) =>
    nameAwsProblems([{ ...job, ...figuresOf(its) }], [its], metadata);

  it('finds nothing where jobs keep up and only we have committed', () => {
    const ours = metadataOf({ 'cryptodm.commit': 'stream', operation: 'append', 'added-records': '3' });
    deepEqual(find(undefined), []);
    deepEqual(find(said({}), [{ table: 'crypto_db.crypto_quote', text: ours }]), []);
    deepEqual(find(said({}), [{ table: 'crypto_db.candle', text: undefined }]), []);
  });

  it('names a topic that fills, with the time left', () => {
    const backlog = { topic: 'trades', bytes: 80e6, most: 100e6, waiting: 60e6, slowest: job.id, growth: 1e5 };
    const [problem] = find(said({ backlog }));
    equal(problem?.id, 'topic-filling');
    match(problem?.what ?? '', /^quotes has not taken 60 MB of trades: producers pause at 90 MB, in 5 min/);
    deepEqual(find(said({ backlog: { ...backlog, waiting: 40e6 } })), []);
  });

  it('names what was removed unread', () => {
    const lostBetween = { from: '2025-07-08T05:00:00Z', to: '2025-07-08T05:01:00Z' };
    const [problem] = find(said({ lostRecords: 20, lostBetween }));
    match(problem?.what ?? '', /^20 records for quotes were removed from the topic before it had read them, produced/);
  });

  it('names commits of others, and shows them to people', () => {
    const foreign = metadataOf({ 'engine-name': 'trino', operation: 'append', 'added-records': '3' });
    const problems = find(said({}), [{ table: 'crypto_db.crypto_quote', text: foreign }]);
    match(problems[0]?.what ?? '', /^1 commit to crypto_db\.crypto_quote is not of this lake: append by trino, 3 rows/);
    const jobs = [jobStatus(job, step('RUNNING'), said({}))];
    const status = { ...sample, jobs, problems };
    match(renderAwsStatus(status, now), /\n! 1 commit to crypto_db\.crypto_quote is not of this lake/);
  });
});

function metadataOf(summary: Record<string, string>): string {
  return JSON.stringify({
    ...{ location: 's3://lake/crypto_quote', 'format-version': 2, 'last-updated-ms': 1, 'current-schema-id': 0 },
    schemas: [{ 'schema-id': 0, fields: [] }],
    properties: { 'cryptodm.foreign.from': '0' },
    snapshots: [{ 'snapshot-id': 7, 'sequence-number': 1, 'timestamp-ms': 1, summary }],
    'snapshot-log': [{ 'timestamp-ms': 1, 'snapshot-id': 7 }],
    'current-snapshot-id': 7,
  });
}
