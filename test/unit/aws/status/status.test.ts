import { equal, match } from 'node:assert/strict';
import { jobStatus, type AwsLakeStatus } from '../../../../src/aws/status/status.ts';
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
  const status = (changes: Partial<AwsLakeStatus>): AwsLakeStatus => ({
    target: 'aws',
    prefix: 'acme-lake',
    region: 'us-east-1',
    account: '123456789012',
    state: 'up',
    brokers: { state: 'ACTIVE', brokers: 3, type: 'kafka.t3.small' },
    cluster: { id: 'j-1', state: 'RUNNING' },
    host: { id: 'i-1', state: 'running', type: 't4g.small', address: '203.0.113.9', since: undefined },
    jobs: [jobStatus(job, step('RUNNING'), progress('2025-07-08T05:01:00Z', 'running'))],
    producers: [{ id: 'quotes', at: '2025-07-08T05:01:00Z', line: 'polling' }],
    expiresAt: '2025-07-08T06:31:00Z',
    cost: { perHour: 0.75, unpriced: [] },
    ...changes,
  });
  const now = new Date('2025-07-08T05:02:00Z');

  it('tells parts, cost and end', () => {
    const text = renderAwsStatus(status({}), now);
    match(text, /about 0\.75 dollars an hour, ends in 89 min/);
    match(text, /Kafka \(MSK\) +active +3 x kafka\.t3\.small/);
    match(text, /producer of quotes: 60 s ago: polling/);
  });

  it('says what to do after the time to live, and before the first up', () => {
    match(
      renderAwsStatus(status({ state: 'ended', expiresAt: '2025-07-08T05:00:00Z' }), now),
      /the data is still there.*\n.*ended at/,
    );
    match(renderAwsStatus(status({ state: 'down' }), now), /Start it with "cryptodm up"/);
  });
});
